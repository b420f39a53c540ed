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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A payload in arrival: cut by content into chunks, which are written as they become whole, under a
 * token that keeps them until the payload is all here.
 *
 * <p>Memory is bounded by {@link #BUFFER_BYTES_MAX} and 36 bytes a chunk. The chunks of a payload
 * longer than {@link #LOGGED_BYTES_MAX} go past the log of writes, so that their bytes are written
 * once, and are made durable before anything refers to them. One owner at a time.
 */
final class ArrivingPayload {
  /** How payloads are cut. */
  static final FastCdc CHUNKER = new FastCdc(64 << 10, 256 << 10, 1 << 20, 0);

  /** Longest payload whose chunks go through the log of writes, as a sync of it is the cheapest. */
  static final long LOGGED_BYTES_MAX = 4L << 20;

  /** Memory of one arrival, for several chunks so that little of it is moved. */
  static final int BUFFER_BYTES_MAX = 4 << 20;

  private static final Bytes TOKEN_PREFIX = Bytes.wrap(new byte[24]);

  private final PayloadStore payloads;
  private final long number;
  private final Bytes token;
  private final @Nullable Hasher own;
  private final Feed feed;
  private final List<Chunk> chunks = new ArrayList<>();
  private byte[] buffer = new byte[Store.INLINE_BYTES_MAX];
  private int filled;
  private long length;
  private boolean pastLog;

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
        if (buffer.length < BUFFER_BYTES_MAX) {
          buffer = Arrays.copyOf(buffer, Math.min(BUFFER_BYTES_MAX, buffer.length * 4));
        } else {
          cut(CHUNKER.maxBytes());
        }
      }
      int taken = Math.min(left, buffer.length - filled);
      System.arraycopy(bytes, at, buffer, filled, taken);
      feed.update(buffer, filled, taken);
      filled += taken;
      at += taken;
      left -= taken;
    }
  }

  long length() {
    return length;
  }

  /**
   * Ends the payload and makes it readable by its digest.
   *
   * @param digest what its bytes hash to; compared if they are hashed here
   */
  void finish(PayloadDigest digest) {
    boolean small = chunks.isEmpty() && length <= Store.INLINE_BYTES_MAX;
    if (own != null) {
      PayloadDigest actual = new PayloadDigest(own.digest());
      if (!actual.equals(digest)) {
        abandon();
        throw new MalformedException("payload " + digest + ": what came hashes to " + actual);
      }
    }
    if (!small) {
      cut(1);
      if (pastLog) {
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
    payloads.removeUses(chunks.stream().map(chunk -> chunk.digest().plus(token)).toList());
    suspend();
  }

  /**
   * Ends the arrival before the payload's end. Its chunks stay until collection, so that another
   * try finds them.
   */
  void suspend() {
    chunks.clear();
    filled = 0;
    payloads.endArriving(number);
  }

  /** Cuts chunks off the buffer while at least {@code bytesMin} are in it. */
  private void cut(int bytesMin) {
    int from = 0;
    while (filled - from >= bytesMin) {
      int size = CHUNKER.cut(buffer, from, filled);
      keep(Bytes.copyOf(buffer, from, from + size));
      from += size;
    }
    System.arraycopy(buffer, from, buffer, 0, filled - from);
    filled -= from;
  }

  private void keep(Bytes bytes) {
    Chunk chunk = new Chunk(HashAlgorithm.SHA_256.hash(bytes), bytes.length());
    chunks.add(chunk);
    payloads.writeArriving(
        List.of(
            RowChange.put(
                StoreTables.CHUNK_USE,
                chunk.digest().plus(token),
                Bytes.u64(payloads.nowMillis()))),
        Durability.RELAXED);
    if (!payloads.isChunkHere(chunk.digest(), token)) {
      pastLog |= length > LOGGED_BYTES_MAX;
      payloads.writeArriving(
          List.of(RowChange.put(StoreTables.CHUNK, chunk.digest(), bytes)),
          pastLog ? Durability.DEFERRED : Durability.RELAXED);
    }
  }
}
