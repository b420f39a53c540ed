package dev.cairn.asl.crypto;

import dev.cairn.asl.bytes.Bytes;

/** A running hash. One owner at a time. */
public interface Hasher {
  /** Adds {@code array[offset, offset+length)}. */
  void update(byte[] array, int offset, int length);

  /** Adds all of {@code bytes}. */
  default void update(Bytes bytes) {
    byte[] array = bytes.toArray();
    update(array, 0, array.length);
  }

  /** An independent copy of the running state. */
  Hasher fork();

  /** The digest of all that was added; the hasher starts over. */
  Bytes digest();
}
