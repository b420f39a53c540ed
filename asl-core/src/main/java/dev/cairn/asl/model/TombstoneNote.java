package dev.cairn.asl.model;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborReader;
import dev.cairn.asl.cbor.CborWriter;
import org.jspecify.annotations.Nullable;

/**
 * The payload of a tombstone record: {@code [1, erase: bool, reason: text / null]} in deterministic
 * CBOR.
 *
 * @param erase whether the target's payload is to be removed too
 * @param reason why, for people; in NFC, at most {@value #REASON_CHARS_MAX} characters
 */
public record TombstoneNote(boolean erase, @Nullable String reason) {
  /** Longest reason, in UTF-16 units. */
  public static final int REASON_CHARS_MAX = 4096;

  /** No note has more canonical bytes: at most three are a UTF-16 unit's. */
  public static final int BYTES_MAX = 3 * REASON_CHARS_MAX + 16;

  private static final int VERSION = 1;
  private static final int FIELDS = 3;

  public TombstoneNote {
    if (reason != null && reason.length() > REASON_CHARS_MAX) {
      throw new IllegalArgumentException("reason of " + reason.length() + " characters");
    }
    if (reason != null && !CborWriter.isCanonical(reason)) {
      throw new IllegalArgumentException("reason is not well-formed Unicode in NFC");
    }
  }

  /** The canonical bytes. */
  public Bytes encode() {
    CborWriter out = new CborWriter().array(FIELDS).uint(VERSION).bool(erase);
    return (reason == null ? out.nul() : out.text(reason)).toBytes();
  }

  /** Reads canonical bytes, strictly. */
  public static TombstoneNote decode(Bytes encoded) {
    CborReader in = new CborReader("tombstone note", encoded);
    in.structure(VERSION, FIELDS);
    boolean erase = in.bool();
    String reason = in.nul() ? null : in.text();
    if (reason != null && reason.length() > REASON_CHARS_MAX) {
      throw in.malformed("a reason of " + reason.length() + " characters");
    }
    in.end();
    return new TombstoneNote(erase, reason);
  }
}
