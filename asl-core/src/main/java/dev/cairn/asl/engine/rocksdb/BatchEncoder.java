package dev.cairn.asl.engine.rocksdb;

import dev.cairn.asl.bytes.Bytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Writes a batch in RocksDB's own form, so that it crosses into native code in one call instead of
 * one a row.
 *
 * <p>The form is that of the write-ahead log, the comment "WriteBatch::rep_" of RocksDB's
 * write_batch.cc:
 *
 * <pre>
 *   u64le sequence = 0 | u32le count | change …
 *   put     0x05 | varint family | varint length, key | varint length, value
 *   delete  0x04 | varint family | varint length, key
 * </pre>
 *
 * <p>Family 0, the default one, has other codes and is not written here. The size comes first
 * ({@link #size}), so that the bytes are written once. One owner; used once.
 */
final class BatchEncoder {
  /** Bytes before the first change. */
  static final int HEADER_BYTES = 12;

  private static final byte DELETE = 4;
  private static final byte PUT = 5;

  private final byte[] batch;
  private int at = HEADER_BYTES;
  private int count;

  /** An empty batch of {@link #HEADER_BYTES} and the {@link #size} of every change to come. */
  BatchEncoder(long size) {
    this.batch = new byte[Math.toIntExact(size)];
  }

  /** Bytes that a change takes; a delete has a {@code valueLength} of -1. */
  static int size(int family, int keyLength, int valueLength) {
    int size = 1 + varintSize(family) + varintSize(keyLength) + keyLength;
    return valueLength < 0 ? size : size + varintSize(valueLength) + valueLength;
  }

  /** Adds a put, or a delete if {@code value} is null. */
  void change(int family, Bytes key, @Nullable Bytes value) {
    if (family <= 0) {
      throw new AssertionError("family " + family);
    }
    batch[at++] = value == null ? DELETE : PUT;
    varint(family);
    bytes(key);
    if (value != null) {
      bytes(value);
    }
    count++;
  }

  /** The batch. */
  byte[] toArray() {
    if (at != batch.length) {
      throw new AssertionError("batch of " + at + " bytes, announced as " + batch.length);
    }
    ByteBuffer.wrap(batch).order(ByteOrder.LITTLE_ENDIAN).putLong(0, 0).putInt(8, count);
    return batch;
  }

  private void bytes(Bytes value) {
    varint(value.length());
    value.copyTo(batch, at);
    at += value.length();
  }

  private void varint(int value) {
    int rest = value;
    while (rest >= 0x80) {
      batch[at++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    batch[at++] = (byte) rest;
  }

  private static int varintSize(int value) {
    int size = 1;
    for (int rest = value >>> 7; rest != 0; rest >>>= 7) {
      size++;
    }
    return size;
  }
}
