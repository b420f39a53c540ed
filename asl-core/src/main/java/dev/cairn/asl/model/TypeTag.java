package dev.cairn.asl.model;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import org.jspecify.annotations.Nullable;

/**
 * What kind of thing an artifact is, in media-type style: 1 to {@value #LENGTH_MAX} printable ASCII
 * characters (0x20-0x7e), such as {@code text/plain} or {@code tgk/edge}. Part of the artifact's
 * identity.
 *
 * @param text the tag
 */
public record TypeTag(String text) implements Comparable<TypeTag> {
  /** Longest tag, in bytes. */
  public static final int LENGTH_MAX = 127;

  /** An edge of the provenance graph. */
  public static final TypeTag EDGE = new TypeTag("tgk/edge");

  /** A program. */
  public static final TypeTag PROGRAM = new TypeTag("pel/program");

  /** A program execution receipt. */
  public static final TypeTag RECEIPT = new TypeTag("pel/receipt");

  /** A snapshot. */
  public static final TypeTag SNAPSHOT = new TypeTag("asl/snapshot");

  /** What a node states first in a new epoch. */
  public static final TypeTag EPOCH = new TypeTag("asl/epoch");

  /** What a node states last: its key is given up. */
  public static final TypeTag CLOSING = new TypeTag("asl/closing");

  /** The note that a tombstone record carries: why, and whether to erase. */
  public static final TypeTag TOMBSTONE = new TypeTag("asl/tombstone");

  public TypeTag {
    if (text.isEmpty() || text.length() > LENGTH_MAX) {
      throw new MalformedException(
          "type tag: " + text.length() + " characters, not 1 to " + LENGTH_MAX);
    }
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < 0x20 || text.charAt(i) > 0x7e) {
        throw new MalformedException("type tag: character " + (i + 1) + " is not printable ASCII");
      }
    }
  }

  /** The tag's ASCII bytes. */
  public Bytes bytes() {
    return Bytes.utf8(text);
  }

  // What a record has of these by itself is put together at the first call, late in every start.
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TypeTag tag && text.equals(tag.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public int compareTo(TypeTag other) {
    return text.compareTo(other.text);
  }

  @Override
  public String toString() {
    return text;
  }
}
