package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.DamagedException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a payload lies in the store: whole in its row, or as a list of chunks.
 *
 * <pre>
 *   0 | bytes                                  inline
 *   1 | u64 length | (digest 32 | u32 length)* chunked
 * </pre>
 *
 * @param length bytes of the payload
 * @param inline the payload; null if it is chunked
 * @param chunks its chunks in order; empty if it is inline
 */
record PayloadRow(long length, @Nullable Bytes inline, List<Chunk> chunks) {
  private static final int INLINE = 0;
  private static final int CHUNKED = 1;
  private static final int LIST_HEAD_BYTES = 1 + Long.BYTES;
  private static final int LIST_ENTRY_BYTES = HashAlgorithm.DIGEST_BYTES + Integer.BYTES;

  /** One chunk of a payload. */
  record Chunk(Bytes digest, int length) {}

  static Bytes inline(Bytes payload) {
    byte[] row = new byte[1 + payload.length()];
    row[0] = INLINE;
    payload.copyTo(row, 1);
    return Bytes.wrap(row);
  }

  static Bytes chunked(long length, List<Chunk> chunks) {
    ByteBuffer row = ByteBuffer.allocate(LIST_HEAD_BYTES + chunks.size() * LIST_ENTRY_BYTES);
    row.put((byte) CHUNKED).putLong(length);
    for (Chunk chunk : chunks) {
      row.put(chunk.digest.toByteBuffer()).putInt(chunk.length);
    }
    return Bytes.wrap(row.array());
  }

  /**
   * A row's meaning.
   *
   * @param what the payload, for errors
   */
  static PayloadRow decode(Object what, Bytes row) {
    if (row.length() > 0 && row.at(0) == INLINE) {
      return new PayloadRow(row.length() - 1L, row.slice(1), List.of());
    }
    if (row.length() < LIST_HEAD_BYTES
        || row.at(0) != CHUNKED
        || (row.length() - LIST_HEAD_BYTES) % LIST_ENTRY_BYTES != 0) {
      throw damaged(what, "its row is neither inline nor a list of chunks");
    }
    List<Chunk> chunks = new ArrayList<>();
    long total = 0;
    for (int at = LIST_HEAD_BYTES; at < row.length(); at += LIST_ENTRY_BYTES) {
      int length = row.u32At(at + HashAlgorithm.DIGEST_BYTES);
      if (length < 1) {
        throw damaged(what, "a chunk of " + length + " bytes");
      }
      chunks.add(new Chunk(row.slice(at, at + HashAlgorithm.DIGEST_BYTES), length));
      total += length;
    }
    if (total != row.u64At(1)) {
      throw damaged(what, "its chunks do not add up to its length");
    }
    return new PayloadRow(total, null, chunks);
  }

  /** A payload that is not what it must be. */
  static DamagedException damaged(Object what, String how) {
    return new DamagedException(
        "payload " + what + ": " + how + "; run fsck and repair from a peer");
  }
}
