package dev.cairn.asl.model;

import dev.cairn.asl.error.MalformedException;
import org.jspecify.annotations.Nullable;

/** What a log record states. */
public enum RecordKind {
  /** An artifact was put. */
  ARTIFACT(1),
  /** A program execution receipt was put: this origin vouches for it. */
  PER(2),
  /** An edge was put. */
  TGK_EDGE(3),
  /** What the canonical id names is no longer live. */
  TOMBSTONE(4);

  private final int code;

  RecordKind(int code) {
    this.code = code;
  }

  /** The number in formats. */
  public int code() {
    return code;
  }

  /** The kind with number {@code code}. */
  public static RecordKind byCode(int code) {
    return switch (code) {
      case 1 -> ARTIFACT;
      case 2 -> PER;
      case 3 -> TGK_EDGE;
      case 4 -> TOMBSTONE;
      default -> throw new MalformedException("unknown record kind " + code);
    };
  }

  /** The kind that a put of an artifact with this tag has: it follows from the tag alone. */
  public static RecordKind ofPut(@Nullable TypeTag tag) {
    if (TypeTag.EDGE.equals(tag)) {
      return TGK_EDGE;
    }
    if (TypeTag.RECEIPT.equals(tag)) {
      return PER;
    }
    return ARTIFACT;
  }
}
