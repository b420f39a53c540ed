package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.chunk.FastCdc;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.Hasher;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.store.PayloadRow.Chunk;
import dev.cairn.asl.store.PayloadStore.ChunkPresence;
import dev.cairn.asl.work.BesideThreads;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * A payload in arrival: cut by content into chunks, which are written as they become whole, under a
 * token that keeps them until the payload is all here.
 *
 * <p>The chunks of a payload longer than {@link #LOGGED_BYTES_MAX} go past the log of writes, so
 * that their bytes are written once, and are made durable before anything refers to them; but for
 * the first that are new, {@link #LOGGED_NEW_BYTES} of them, as there are no others in a file that
 * was changed in one place. While its owner fills one buffer and has it hashed as a whole, the one
 * before is cut, and its chunks hashed and written, beside it ({@link BesideThreads}).
 *
 * <p>Memory is bounded by {@link #BUFFER_BYTES_MAX}, {@link #SECOND_BUFFER_BYTES} and 36 bytes a
 * chunk. One owner at a time.
 */
final class ArrivingPayload {
  /** How payloads are cut. */
  static final FastCdc CHUNKER = new FastCdc(64 << 10, 256 << 10, 1 << 20, 0);

  /** Longest payload whose chunks go through the log of writes, as a sync of it is the cheapest. */
  static final long LOGGED_BYTES_MAX = 4L << 20;

  /**
   * So many new bytes of a longer payload go through the log of writes as well: to write them twice
   * takes less time than to wait until chunks that went past it are durable.
   */
  static final long LOGGED_NEW_BYTES = 1L << 20;

  /** Longest buffer that is filled: a payload that fits is cut at its end, by its owner. */
  static final int BUFFER_BYTES_MAX = 4 << 20;

  /** What a second buffer has room for, with what the first one's cut left in front. */
  static final int SECOND_BUFFER_BYTES = 5 << 19;

  /** Room in front of a buffer for what the cut of the one before leaves: less than a chunk. */
  private static final int HEADROOM_BYTES = CHUNKER.maxBytes();

  private static final Bytes TOKEN_PREFIX = Bytes.wrap(new byte[24]);

  private final PayloadStore payloads;
  private final long number;
  private final Bytes token;
  private final @Nullable Hasher own;
  private final Feed feed;
  private final List<Chunk> chunks = new ArrayList<>();
  private long length;

  // What is being filled, from "from" to "filled".
  private byte[] buffer = new byte[Store.INLINE_BYTES_MAX];
  private int from;
  private int filled;

  // What is being cut, or was: what is left of it is from "restFrom" to "restTo". While "cutting"
  // is set, the chunks, and what follows, are its own.
  private @Nullable Future<?> cutting;
  private byte @Nullable [] other;
  private int restFrom;
  private int restTo;

  /** What chunks that were not here came to. */
  private long newBytes;

  /** Whether a chunk went past the log of writes, here or perhaps for another arrival. */
  private boolean unsynced;

  /** Takes all bytes of a payload as they come. */
  @FunctionalInterface
  interface Feed {
    void update(byte[] bytes, int offset, int count);
  }

  /** A payload that is hashed here. */
  ArrivingPayload(PayloadStore payloads, long number) {
    this(payloads, number, HashAlgorithm.SHA_256.newHasher(), null);
  }

  /**
   * A payload that its caller hashes.
   *
   * @param feed gets the very bytes that are kept
   */
  ArrivingPayload(PayloadStore payloads, long number, Feed feed) {
    this(payloads, number, null, feed);
  }

  private ArrivingPayload(
      PayloadStore payloads, long number, @Nullable Hasher own, @Nullable Feed feed) {
    this.payloads = payloads;
    this.number = number;
    this.token = token(number);
    this.own = own;
    this.feed = feed != null ? feed : Objects.requireNonNull(own)::update;
  }

  /** What stands in the place of a payload digest while the payload of that number arrives. */
  static Bytes token(long number) {
    return TOKEN_PREFIX.plus(Bytes.u64(number));
  }

  /** True for what stands in the place of a payload digest while a payload arrives. */
  static boolean isToken(Bytes user) {
    return user.startsWith(TOKEN_PREFIX);
  }

  /** True for a key of {@link StoreTables#CHUNK_USE} by which an arriving payload uses a chunk. */
  static boolean isArriving(Bytes use) {
    return use.length() == HashAlgorithm.DIGEST_BYTES + TOKEN_PREFIX.length() + Long.BYTES
        && isToken(user(use));
  }

  /** Who uses a chunk, of a key of {@link StoreTables#CHUNK_USE}. */
  static Bytes user(Bytes use) {
    return use.slice(HashAlgorithm.DIGEST_BYTES);
  }

  /** The number of the arriving payload that uses a chunk. */
  static long number(Bytes use) {
    return use.u64At(HashAlgorithm.DIGEST_BYTES + TOKEN_PREFIX.length());
  }

  /** When an arriving payload brought a chunk. */
  static long sinceMillis(Bytes value) {
    return value.length() < Long.BYTES ? 0 : value.u64At(0);
  }

  void write(byte[] bytes, int offset, int count) {
    length += count;
    int at = offset;
    int left = count;
    while (left > 0) {
      if (filled == buffer.length) {
        makeRoom();
      }
      int taken = Math.min(left, buffer.length - filled);
      System.arraycopy(bytes, at, buffer, filled, taken);
      feed.update(buffer, filled, taken);
      filled += taken;
      at += taken;
      left -= taken;
    }
  }

  /** A longer buffer, or the other one, while this one is cut. */
  private void makeRoom() {
    if (other == null && buffer.length < BUFFER_BYTES_MAX) {
      buffer = Arrays.copyOf(buffer, Math.min(BUFFER_BYTES_MAX, buffer.length * 4));
      return;
    }
    takeRest();
    byte[] free = other == null ? new byte[SECOND_BUFFER_BYTES] : other;
    byte[] full = buffer;
    restFrom = from;
    restTo = filled;
    other = full;
    boolean isLong = length > LOGGED_BYTES_MAX;
    cutting =
        payloads.beside(() -> restFrom = cut(full, restFrom, restTo, CHUNKER.maxBytes(), isLong));
    buffer = free;
    from = HEADROOM_BYTES;
    filled = HEADROOM_BYTES;
  }

  /** Waits for the cut beside, and puts what it left in front of what was filled meanwhile. */
  private void takeRest() {
    Future<?> running = cutting;
    if (running == null) {
      return;
    }
    cutting = null;
    BesideThreads.await(running);
    int rest = restTo - restFrom;
    from -= rest;
    System.arraycopy(Objects.requireNonNull(other), restFrom, buffer, from, rest);
  }

  long length() {
    return length;
  }

  /**
   * Ends the payload and makes it readable by its digest; if that fails, the arrival has ended too.
   *
   * @param digest what its bytes hash to; compared if they are hashed here
   */
  void finish(PayloadDigest digest) {
    boolean finished = false;
    try {
      end(digest);
      finished = true;
    } finally {
      if (!finished) {
        suspend();
      }
    }
  }

  private void end(PayloadDigest digest) {
    takeRest();
    boolean small = length <= Store.INLINE_BYTES_MAX;
    if (own != null) {
      PayloadDigest actual = new PayloadDigest(own.digest());
      if (!actual.equals(digest)) {
        abandon();
        throw new MalformedException("payload " + digest + ": what came hashes to " + actual);
      }
    }
    if (!small) {
      cut(buffer, from, filled, 1, length > LOGGED_BYTES_MAX);
      if (unsynced) {
        payloads.sync();
      }
    }
    payloads.writeArriving(
        small
            ? List.of(
                PayloadStore.arrivedRow(
                    digest,
                    payloads.nowMillis(),
                    PayloadRow.inline(Bytes.copyOf(buffer, 0, filled))))
            : chunkedRows(digest),
        Durability.RELAXED);
    payloads.endArriving(number);
  }

  private List<RowChange> chunkedRows(PayloadDigest digest) {
    List<RowChange> changes = new ArrayList<>();
    for (Chunk chunk : chunks) {
      changes.add(
          RowChange.put(StoreTables.CHUNK_USE, chunk.digest().plus(digest.digest()), Bytes.EMPTY));
      changes.add(RowChange.delete(StoreTables.CHUNK_USE, chunk.digest().plus(token)));
    }
    changes.add(
        PayloadStore.arrivedRow(digest, payloads.nowMillis(), PayloadRow.chunked(length, chunks)));
    return changes;
  }

  /** Gives the payload up, and takes away the chunks that it alone brought. */
  void abandon() {
    giveUpCutting();
    payloads.removeUses(chunks.stream().map(chunk -> chunk.digest().plus(token)).toList());
    suspend();
  }

  /**
   * Ends the arrival before the payload's end. Its chunks stay until collection, so that another
   * try finds them.
   */
  void suspend() {
    giveUpCutting();
    chunks.clear();
    from = 0;
    filled = 0;
    payloads.endArriving(number);
  }

  /** Waits until nothing is written beside any more; whether that failed says nothing now. */
  private void giveUpCutting() {
    Future<?> running = cutting;
    cutting = null;
    if (running != null) {
      BesideThreads.awaitEnd(running);
    }
  }

  /**
   * Cuts chunks off what is in a buffer while at least {@code bytesMin} are left; where that is.
   */
  private int cut(byte[] bytes, int begin, int end, int bytesMin, boolean isLong) {
    int at = begin;
    while (end - at >= bytesMin) {
      int size = CHUNKER.cut(bytes, at, end);
      keep(Bytes.copyOf(bytes, at, at + size), isLong);
      at += size;
    }
    return at;
  }

  /**
   * True if the next new chunk of a payload goes past the log of writes.
   *
   * @param isLong whether the payload is longer than {@link #LOGGED_BYTES_MAX}
   * @param newBytes what its chunks that were not here came to so far
   */
  static boolean isPastLog(boolean isLong, long newBytes) {
    return isLong && newBytes >= LOGGED_NEW_BYTES;
  }

  private void keep(Bytes bytes, boolean isLong) {
    Chunk chunk = new Chunk(HashAlgorithm.SHA_256.hash(bytes), bytes.length());
    chunks.add(chunk);
    payloads.writeArriving(
        List.of(
            RowChange.put(
                StoreTables.CHUNK_USE,
                chunk.digest().plus(token),
                Bytes.u64(payloads.nowMillis()))),
        Durability.RELAXED);
    ChunkPresence presence = payloads.presence(chunk.digest(), token);
    unsynced |= presence == ChunkPresence.ARRIVED;
    if (presence == ChunkPresence.NONE) {
      boolean pastLog = isPastLog(isLong, newBytes);
      newBytes += bytes.length();
      unsynced |= pastLog;
      payloads.writeArriving(
          List.of(RowChange.put(StoreTables.CHUNK, chunk.digest(), bytes)),
          pastLog ? Durability.DEFERRED : Durability.RELAXED);
    }
  }
}
