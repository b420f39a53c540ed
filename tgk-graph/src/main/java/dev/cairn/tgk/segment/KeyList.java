package dev.cairn.tgk.segment;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Artifact keys side by side, {@value ArtifactKey#BYTES} bytes each and no object. Grows by chunks,
 * so that growing copies nothing. One owner until it is filled.
 */
public final class KeyList {
  private static final int CHUNK_SHIFT = 13;
  private static final int CHUNK_MASK = (1 << CHUNK_SHIFT) - 1;

  private final List<byte[]> chunks = new ArrayList<>();
  private int size;

  /** An empty list. */
  public KeyList() {}

  /** How many there are. */
  public int size() {
    return size;
  }

  /** Appends a key's binary form. */
  public void add(Bytes key) {
    if (key.length() != ArtifactKey.BYTES) {
      throw new IllegalArgumentException("a key of " + key.length() + " bytes");
    }
    if ((size & CHUNK_MASK) == 0) {
      chunks.add(new byte[ArtifactKey.BYTES << CHUNK_SHIFT]);
    }
    key.copyTo(chunk(size), at(size));
    size++;
  }

  /** A key's binary form, copied. */
  public Bytes get(int index) {
    return Bytes.copyOf(chunk(index), at(index), at(index) + ArtifactKey.BYTES);
  }

  /** Order of the key at {@code index} and another. */
  int compare(int index, KeyList other, int otherIndex) {
    return Arrays.compareUnsigned(
        chunk(index),
        at(index),
        at(index) + ArtifactKey.BYTES,
        other.chunk(otherIndex),
        other.at(otherIndex),
        other.at(otherIndex) + ArtifactKey.BYTES);
  }

  boolean equals(int index, Bytes key, int from) {
    return key.equalsAt(from, chunk(index), at(index), ArtifactKey.BYTES);
  }

  /** The last eight bytes of a key as a number. */
  long tail(int index) {
    return tail(Bytes.wrap(chunk(index)), at(index));
  }

  /** The same of the key that begins at {@code from}. */
  static long tail(Bytes bytes, int from) {
    return bytes.u64At(from + ArtifactKey.BYTES - Long.BYTES);
  }

  int hashId(int index) {
    byte[] chunk = chunk(index);
    int at = at(index);
    return ((chunk[at] & 0xff) << Byte.SIZE) | (chunk[at + 1] & 0xff);
  }

  /** The first {@code count} bytes of a digest as a number. */
  int digestPrefix(int index, int count) {
    byte[] chunk = chunk(index);
    int at = at(index) + 2;
    int prefix = 0;
    for (int i = 0; i < count; i++) {
      prefix = (prefix << Byte.SIZE) | (chunk[at + i] & 0xff);
    }
    return prefix;
  }

  byte[] chunk(int index) {
    return chunks.get(index >>> CHUNK_SHIFT);
  }

  int at(int index) {
    return (index & CHUNK_MASK) * ArtifactKey.BYTES;
  }
}
