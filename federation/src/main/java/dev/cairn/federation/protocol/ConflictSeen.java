package dev.cairn.federation.protocol;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.evidence.Evidence;
import java.util.List;

/**
 * Something that a session met and that does not fit what is held here.
 *
 * @param kind what
 * @param subject the thing in question: an origin, a key, a digest
 * @param message for people
 * @param left what is held here, or was due; may be empty
 * @param right what came; may be empty
 */
public record ConflictSeen(Kind kind, String subject, String message, Bytes left, Bytes right) {

  /** That a node is found out: what it signed first against what it signed last. */
  public static ConflictSeen proven(Evidence evidence) {
    List<Bytes> notes = evidence.notes();
    return new ConflictSeen(
        Kind.EQUIVOCATION,
        evidence.origin().toString(),
        evidence.describe(),
        notes.get(0),
        notes.get(notes.size() - 1));
  }

  /** Of what kind a conflict is. */
  public enum Kind {
    /** A node signed what cannot all be true, and there is evidence of it. */
    EQUIVOCATION(1),
    /** Two nodes hold different records of one log, and there is no evidence who is to blame. */
    DIFFERENCE(2),
    /** Bytes that do not hash to what they were said to be: refused, and kept aside. */
    WRONG_BYTES(3),
    /** One key of different bytes that both hash to it. */
    COLLISION(4),
    /** A clock or logseq that is implausibly far ahead: held off until time has caught up. */
    CLOCK(5),
    /** A log that goes further than its node's key is believed: the rest is not taken. */
    REVOKED(6);

    private final int code;

    Kind(int code) {
      this.code = code;
    }

    /** The number in rows. */
    public int code() {
      return code;
    }

    /** How the kind is written everywhere: small letters, with a hyphen. */
    public String text() {
      return switch (this) {
        case EQUIVOCATION -> "equivocation";
        case DIFFERENCE -> "difference";
        case WRONG_BYTES -> "wrong-bytes";
        case COLLISION -> "collision";
        case CLOCK -> "clock";
        case REVOKED -> "revoked";
      };
    }
  }
}
