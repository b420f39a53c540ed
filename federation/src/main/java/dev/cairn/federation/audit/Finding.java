package dev.cairn.federation.audit;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import java.util.List;

/**
 * Something that an audit found wrong with one thing, or could not decide about it.
 *
 * @param kind what is wrong
 * @param subject the thing: an origin, a key, a digest
 * @param message for people
 * @param occurrences where, in order of discovery; the first {@value #OCCURRENCES_MAX}
 * @param count how many occurrences there were in all
 */
public record Finding(
    Kind kind, String subject, String message, List<Occurrence> occurrences, long count) {
  /** Most occurrences kept with one finding. */
  public static final int OCCURRENCES_MAX = 100;

  private static final int ID_BYTES = 8;

  /** What can be wrong. */
  public enum Kind {
    /** A node signed two logs that contradict each other. */
    FORK(Severity.MISBEHAVIOUR),
    /** A bundle does not verify. */
    BUNDLE(Severity.ERROR),
    /** A log's record is not canonical, out of order, or another than its index says. */
    RECORD(Severity.ERROR),
    /** A log's records do not give the root that is stored with it. */
    LOG_ROOT(Severity.ERROR),
    /** A checkpoint does not verify, or signs other records than are held. */
    CHECKPOINT(Severity.ERROR),
    /** Records of another node's log that no checkpoint covers. */
    UNSIGNED(Severity.ERROR),
    /** A payload does not have the digest, length or key that its record states. */
    PAYLOAD(Severity.ERROR),
    /** The payload of a live artifact is not here, though nobody erased it. */
    PAYLOAD_MISSING(Severity.ERROR),
    /** What the store shows as live is not what the records say. */
    LIVENESS(Severity.ERROR),
    /** The stored state differs from the state computed anew. */
    STATE(Severity.ERROR),
    /** A recorded snapshot is not reproduced. */
    SNAPSHOT(Severity.ERROR),
    /** A receipt is not what running its program again gives. */
    RECEIPT(Severity.ERROR),
    /** Stored rows are damaged. */
    UNREADABLE(Severity.ERROR),
    /** Two sources hold different records or states. */
    DIVERGENCE(Severity.ERROR),
    /** More findings than are kept. */
    MORE(Severity.ERROR),
    /** A check could not be made: a read failed, or what it needs is not here. */
    UNDECIDED(Severity.UNDECIDED);

    private final Severity severity;

    Kind(Severity severity) {
      this.severity = severity;
    }

    /** How bad that is. */
    public Severity severity() {
      return severity;
    }
  }

  /** How bad a finding is. */
  public enum Severity {
    /** Nothing is known to be wrong, nor to be right. */
    UNDECIDED,
    /** Something does not verify. */
    ERROR,
    /** A node's own signatures prove that it broke the rules. */
    MISBEHAVIOUR
  }

  /**
   * One place.
   *
   * @param source which store or file
   * @param place where in it
   * @param detail what was seen there
   */
  public record Occurrence(String source, String place, String detail) {}

  public Finding {
    occurrences = List.copyOf(occurrences);
  }

  /** The same for the same kind and subject in every audit: 16 hex digits. */
  public String id() {
    return HashAlgorithm.SHA_256
        .hash(Bytes.utf8(kind.name() + "\n" + subject))
        .slice(0, ID_BYTES)
        .toHex();
  }

  /** How bad it is. */
  public Severity severity() {
    return kind.severity();
  }
}
