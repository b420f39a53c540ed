package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.Hasher;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.PayloadDigest;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * Payloads by their digest: whole in one row up to {@link Store#INLINE_BYTES_MAX}, else cut into
 * chunks.
 *
 * <pre>
 *   payload row:    0 | bytes                                  inline
 *                   1 | u64 length | (digest 32 | u32 length)* chunked
 *   chunk row:      digest -> bytes
 *   chunk use row:  digest | payload digest, or 24 zero bytes | u64 for a payload still arriving
 * </pre>
 *
 * <p>Chunks are written before the commit that needs them, idempotent and invisible. A chunk that
 * loses its last user is removed while no other payload may take it over: between {@link #remove}
 * and {@link #endRemovals} arriving payloads wait. Safe for any thread.
 */
final class PayloadStore {
  static final int CHUNK_BYTES = 1 << 20;

  private static final int INLINE = 0;
  private static final int CHUNKED = 1;
  private static final int LIST_HEAD_BYTES = 1 + Long.BYTES;
  private static final int LIST_ENTRY_BYTES = HashAlgorithm.DIGEST_BYTES + Integer.BYTES;

  private final StorageEngine engine;
  private final AtomicLong arrivals;

  /** Shared by those who use chunks more, held alone by the sequencer while it removes some. */
  private final ReentrantReadWriteLock chunkUse = new ReentrantReadWriteLock();

  /**
   * Payloads on an engine.
   *
   * @param engine where rows go
   * @param firstArrival a number that no earlier process on this engine gave to an arriving payload
   */
  PayloadStore(StorageEngine engine, long firstArrival) {
    this.engine = engine;
    this.arrivals = new AtomicLong(firstArrival);
  }

  boolean has(PayloadDigest digest) {
    return engine.get(StoreTables.PAYLOAD, digest.digest()) != null
        || engine.get(StoreTables.NOTE, digest.digest()) != null;
  }

  /** The row of a small payload, for the batch that commits it. */
  static void putInline(RowWriter rows, PayloadDigest digest, Bytes payload) {
    RowChange row = inlineRow(digest, payload);
    rows.put(row.table(), row.key(), Objects.requireNonNull(row.value()));
  }

  private static RowChange inlineRow(PayloadDigest digest, Bytes payload) {
    byte[] row = new byte[1 + payload.length()];
    row[0] = INLINE;
    payload.copyTo(row, 1);
    return RowChange.put(StoreTables.PAYLOAD, digest.digest(), Bytes.wrap(row));
  }

  /** The row of a tombstone's note, for the batch that commits the tombstone. */
  static void putNote(RowWriter rows, PayloadDigest digest, Bytes note) {
    rows.put(StoreTables.NOTE, digest.digest(), note);
  }

  /** A payload in arrival; its bytes go into chunks as they come. */
  Arrival arrive() {
    return new Arrival();
  }

  Bytes read(PayloadDigest digest, long maxBytes) {
    Layout layout = layout(digest);
    if (layout.length > maxBytes) {
      throw new RefusedException(
          "payload "
              + digest
              + ": "
              + layout.length
              + " bytes, more than the "
              + maxBytes
              + " asked for");
    }
    Bytes payload = layout.inline;
    if (payload == null) {
      List<Bytes> pieces = new ArrayList<>();
      for (Chunk chunk : layout.chunks) {
        pieces.add(chunk(digest, chunk));
      }
      payload = Bytes.concat(pieces.toArray(Bytes[]::new));
    }
    if (!HashAlgorithm.SHA_256.hash(payload).equals(digest.digest())) {
      throw damaged(digest, "its bytes hash to another digest");
    }
    return payload;
  }

  InputStream open(PayloadDigest digest, long from, long to) {
    Layout layout = layout(digest);
    if (from < 0 || to < from || to > layout.length) {
      throw new RefusedException(
          "payload "
              + digest
              + ": range "
              + from
              + "-"
              + to
              + " is not within its "
              + layout.length
              + " bytes");
    }
    if (layout.inline != null) {
      Bytes whole = read(digest, layout.length);
      return new PayloadInputStream(List.of(() -> whole), from, to, null);
    }
    List<PayloadInputStream.Piece> pieces = new ArrayList<>();
    long at = 0;
    long skip = from;
    for (Chunk chunk : layout.chunks) {
      long end = at + chunk.length;
      if (end <= from) {
        skip -= chunk.length;
      } else if (at < to) {
        pieces.add(() -> chunk(digest, chunk));
      }
      at = end;
    }
    boolean whole = from == 0 && to == layout.length;
    return new PayloadInputStream(pieces, skip, skip + (to - from), whole ? digest : null);
  }

  /** A whole payload, checked to be that artifact's. */
  InputStream open(ArtifactId id) {
    PayloadDigest digest = id.payloadDigest();
    Layout layout = layout(digest);
    if (layout.length != id.payloadLength()) {
      throw notThatArtifact(id);
    }
    Bytes inline = layout.inline;
    List<PayloadInputStream.Piece> pieces = new ArrayList<>();
    if (inline != null) {
      pieces.add(() -> inline);
    }
    layout.chunks.forEach(chunk -> pieces.add(() -> chunk(digest, chunk)));
    return new ArtifactInputStream(new PayloadInputStream(pieces, 0, layout.length, null), id);
  }

  static DamagedException notThatArtifact(ArtifactId id) {
    return new DamagedException(
        "artifact "
            + id.key()
            + ": the payload "
            + id.payloadDigest()
            + " that its latest record states is not its payload");
  }

  long length(PayloadDigest digest) {
    return layout(digest).length;
  }

  /** Chunk digests, for people; empty if inline. */
  List<Bytes> chunkDigests(PayloadDigest digest) {
    return layout(digest).chunks.stream().map(Chunk::digest).toList();
  }

  /**
   * Removes a payload's rows in this batch, and those of its chunks that nothing else uses. Once
   * the batch is written or given up the same thread must call {@link #endRemovals}.
   */
  void remove(Batch batch, PayloadDigest digest) {
    if (!chunkUse.isWriteLockedByCurrentThread()) {
      chunkUse.writeLock().lock();
    }
    Bytes row = batch.get(StoreTables.PAYLOAD, digest.digest());
    if (row == null) {
      return;
    }
    batch.delete(StoreTables.PAYLOAD, digest.digest());
    TreeSet<Bytes> chunks = new TreeSet<>();
    parse(digest, row).chunks.forEach(chunk -> chunks.add(chunk.digest));
    for (Bytes chunk : chunks) {
      batch.delete(StoreTables.CHUNK_USE, chunk.plus(digest.digest()));
      if (!batch.anyWithPrefix(StoreTables.CHUNK_USE, chunk)) {
        batch.delete(StoreTables.CHUNK, chunk);
      }
    }
  }

  /** Lets arriving payloads go on, if this thread removed any. */
  void endRemovals() {
    if (chunkUse.isWriteLockedByCurrentThread()) {
      chunkUse.writeLock().unlock();
    }
  }

  /** Writes rows of an arriving payload while nothing is removed. */
  private void writeArriving(List<RowChange> changes) {
    Lock using = chunkUse.readLock();
    using.lock();
    try {
      engine.write(changes, Durability.RELAXED);
    } finally {
      using.unlock();
    }
  }

  private record Chunk(Bytes digest, int length) {}

  private record Layout(long length, @Nullable Bytes inline, List<Chunk> chunks) {}

  private Layout layout(PayloadDigest digest) {
    Bytes row = engine.get(StoreTables.PAYLOAD, digest.digest());
    if (row != null) {
      return parse(digest, row);
    }
    Bytes note = engine.get(StoreTables.NOTE, digest.digest());
    if (note == null) {
      throw new NotFoundException("payload " + digest + " is not held here");
    }
    return new Layout(note.length(), note, List.of());
  }

  private static Layout parse(PayloadDigest digest, Bytes row) {
    if (row.length() > 0 && row.at(0) == INLINE) {
      return new Layout(row.length() - 1L, row.slice(1), List.of());
    }
    if (row.length() < LIST_HEAD_BYTES
        || row.at(0) != CHUNKED
        || (row.length() - LIST_HEAD_BYTES) % LIST_ENTRY_BYTES != 0) {
      throw damaged(digest, "its row is neither inline nor a list of chunks");
    }
    List<Chunk> chunks = new ArrayList<>();
    long total = 0;
    for (int at = LIST_HEAD_BYTES; at < row.length(); at += LIST_ENTRY_BYTES) {
      int length = row.u32At(at + HashAlgorithm.DIGEST_BYTES);
      chunks.add(new Chunk(row.slice(at, at + HashAlgorithm.DIGEST_BYTES), length));
      total += length;
    }
    if (total != row.u64At(1)) {
      throw damaged(digest, "its chunks do not add up to its length");
    }
    return new Layout(total, null, chunks);
  }

  private Bytes chunk(PayloadDigest payload, Chunk chunk) {
    Bytes bytes = engine.get(StoreTables.CHUNK, chunk.digest);
    if (bytes == null) {
      throw damaged(payload, "chunk " + chunk.digest.toHex() + " is missing");
    }
    if (bytes.length() != chunk.length || !HashAlgorithm.SHA_256.hash(bytes).equals(chunk.digest)) {
      throw damaged(payload, "chunk " + chunk.digest.toHex() + " hashes to another digest");
    }
    return bytes;
  }

  static DamagedException damaged(PayloadDigest digest, String what) {
    return new DamagedException(
        "payload " + digest + ": " + what + "; run fsck and repair from a peer");
  }

  /** A payload in arrival. One owner at a time. */
  final class Arrival {
    private final Bytes token =
        Bytes.wrap(new byte[24]).plus(Bytes.u64(arrivals.getAndIncrement()));
    private final Hasher whole = HashAlgorithm.SHA_256.newHasher();
    private final List<Chunk> chunks = new ArrayList<>();
    private byte[] buffer = new byte[Store.INLINE_BYTES_MAX];
    private int filled;
    private long length;

    private Arrival() {}

    void write(byte[] bytes, int offset, int count) {
      whole.update(bytes, offset, count);
      length += count;
      int at = offset;
      int left = count;
      while (left > 0) {
        if (filled == buffer.length) {
          buffer = Arrays.copyOf(buffer, Math.min(CHUNK_BYTES, buffer.length * 4));
        }
        int taken = Math.min(left, buffer.length - filled);
        System.arraycopy(bytes, at, buffer, filled, taken);
        filled += taken;
        at += taken;
        left -= taken;
        if (filled == CHUNK_BYTES) {
          flush();
        }
      }
    }

    long length() {
      return length;
    }

    /**
     * Ends the payload and makes it readable by its digest.
     *
     * @param expected what it must hash to, or null to take what it is
     */
    PayloadDigest finish(@Nullable PayloadDigest expected) {
      boolean small = chunks.isEmpty() && length <= Store.INLINE_BYTES_MAX;
      if (!small && filled > 0) {
        flush();
      }
      PayloadDigest digest = new PayloadDigest(whole.digest());
      if (expected != null && !expected.equals(digest)) {
        abandon();
        throw new MalformedException("payload " + expected + ": what came hashes to " + digest);
      }
      writeArriving(
          small
              ? List.of(inlineRow(digest, Bytes.copyOf(buffer, 0, filled)))
              : chunkedRows(digest));
      return digest;
    }

    private List<RowChange> chunkedRows(PayloadDigest digest) {
      ByteBuffer list = ByteBuffer.allocate(LIST_HEAD_BYTES + chunks.size() * LIST_ENTRY_BYTES);
      list.put((byte) CHUNKED).putLong(length);
      List<RowChange> changes = new ArrayList<>();
      for (Chunk chunk : chunks) {
        list.put(chunk.digest.toByteBuffer()).putInt(chunk.length);
        changes.add(
            RowChange.put(StoreTables.CHUNK_USE, chunk.digest.plus(digest.digest()), Bytes.EMPTY));
        changes.add(RowChange.delete(StoreTables.CHUNK_USE, chunk.digest.plus(token)));
      }
      changes.add(RowChange.put(StoreTables.PAYLOAD, digest.digest(), Bytes.wrap(list.array())));
      return changes;
    }

    /** Gives the payload up; chunks that nothing else uses are left to collection. */
    void abandon() {
      List<RowChange> changes = new ArrayList<>();
      for (Chunk chunk : chunks) {
        changes.add(RowChange.delete(StoreTables.CHUNK_USE, chunk.digest.plus(token)));
      }
      if (!changes.isEmpty()) {
        engine.write(changes, Durability.RELAXED);
      }
    }

    private void flush() {
      Bytes piece = Bytes.copyOf(buffer, 0, filled);
      Chunk chunk = new Chunk(HashAlgorithm.SHA_256.hash(piece), filled);
      writeArriving(
          List.of(
              RowChange.put(StoreTables.CHUNK_USE, chunk.digest.plus(token), Bytes.EMPTY),
              RowChange.put(StoreTables.CHUNK, chunk.digest, piece)));
      chunks.add(chunk);
      filled = 0;
    }
  }
}
