package dev.cairn.federation.audit;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.tgk.finding.FindingId;
import dev.cairn.tgk.finding.FindingText;
import dev.cairn.tgk.finding.RuleId;
import dev.cairn.tgk.finding.Severity;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Something that an audit found wrong with one thing, or could not decide about it.
 *
 * @param kind what is wrong
 * @param subject the thing: an origin, a key, a digest
 * @param message for people
 * @param places where, in order of discovery; the first {@value #PLACES_MAX}
 * @param count how many places there were in all
 */
public record AuditFinding(
    Kind kind, String subject, String message, List<Place> places, long count) {
  /** Most places kept with one finding. */
  public static final int PLACES_MAX = 100;

  /**
   * What can be wrong. Stores of findings outlive programs: the name, severity and statement of a
   * kind never change, and whatever means something else is another kind.
   */
  public enum Kind {
    /** A node signed two logs that contradict each other. */
    FORK(Severity.MISBEHAVIOUR, "a node signed two logs that contradict each other"),
    /** A node signed two states for one cut. */
    TWO_STATES(Severity.MISBEHAVIOUR, "a node signed two states for one cut"),
    /** What is said to be evidence proves nothing. */
    EVIDENCE(Severity.ERROR, "what is said to be evidence against a node proves nothing"),
    /** A bundle does not verify. */
    BUNDLE(Severity.ERROR, "a bundle does not verify"),
    /** A log's record is not canonical, out of order, or another than its index says. */
    RECORD(Severity.ERROR, "a record is not canonical, not where its index says, or out of order"),
    /** A record says something else than the one that was signed and applied in its place. */
    ALTERED(Severity.ERROR, "a record is not the one that was signed and applied in its place"),
    /** A record that was signed and applied is not in its log. */
    MISSING(Severity.ERROR, "a record that was signed and applied is not in its log"),
    /** A record is in a log that was neither signed nor applied there. */
    EXTRA(Severity.ERROR, "a record is in a log that was neither signed nor applied there"),
    /** Two records of a log have changed places. */
    ORDER(Severity.ERROR, "two records of a log have changed places"),
    /** A log's records do not give the root that is stored with it. */
    LOG_ROOT(Severity.ERROR, "the records of a log do not give the root that is stored with them"),
    /** A checkpoint does not verify, or signs other records than are held. */
    CHECKPOINT(
        Severity.ERROR,
        "a checkpoint does not verify, or signs other or more records than are held"),
    /** A cosignature does not verify, or is of no checkpoint that is held. */
    COSIGNATURE(
        Severity.ERROR, "a cosignature does not verify, or is of no checkpoint that is held"),
    /** An epoch's log does not go on from where its opening says that others ended. */
    EPOCH(
        Severity.ERROR,
        "an epoch's log does not go on from where its opening says that the ones before ended"),
    /** Records of another node's log that no checkpoint covers. */
    UNSIGNED(Severity.ERROR, "records of another node that no checkpoint covers"),
    /** Records that their node's key is not believed for any more. */
    REVOKED(Severity.ERROR, "records beyond the place up to which their node's key is believed"),
    /** A payload does not have the digest, length or key that its record states. */
    PAYLOAD(
        Severity.ERROR, "a payload does not have the length, digest or key that its record states"),
    /** The payload of a live artifact is not here, though nobody erased it. */
    PAYLOAD_MISSING(
        Severity.ERROR, "the payload of a live artifact is gone, though nobody erased it"),
    /** What the store shows as live is not what the records say. */
    LIVENESS(Severity.ERROR, "what is shown as live is not what the records say"),
    /** The stored state differs from the state computed anew. */
    STATE(Severity.ERROR, "the stored state root or counts differ from those computed anew"),
    /** A recorded snapshot is not reproduced. */
    SNAPSHOT(Severity.ERROR, "a recorded snapshot is not reproduced"),
    /** A receipt is not what running its program again gives. */
    RECEIPT(Severity.ERROR, "running a receipt's program again gives another receipt"),
    /** Receipts tell different things of one program on the same inputs. */
    CONTRADICTION(
        Severity.ERROR,
        "receipts tell different things of one program on the same inputs: at most one is right"),
    /** A receipt speaks of an artifact that no record here puts. */
    REFERENCE(Severity.WARNING, "a receipt speaks of an artifact that no record here puts"),
    /** Stored rows are damaged. */
    UNREADABLE(Severity.ERROR, "stored rows are damaged"),
    /** Two sources hold different records or states. */
    DIVERGENCE(
        Severity.ERROR,
        "two sources hold different records, or the same records and different states"),
    /** A source holds less of a log than another, and the same as far as it goes. */
    LAG(Severity.NOTE, "a source holds less of a log than another, and the same as far as it goes"),
    /** A payload that one source has erased, another still keeps. */
    ERASURE(Severity.NOTE, "a payload that is erased in one source is still kept in another"),
    /** More findings than are kept. */
    MORE(Severity.ERROR, "there is more to find than is kept"),
    /** A check could not be made: a read failed, or what it needs is not here. */
    UNDECIDED(
        Severity.UNDECIDED,
        "a check could not be made: reading failed, or what it needs is not here");

    private final Severity severity;
    private final String statement;

    Kind(Severity severity, String statement) {
      this.severity = severity;
      this.statement = statement;
    }

    /** How bad that is. */
    public Severity severity() {
      return severity;
    }

    /** What is wrong, the same words for every finding of the kind. */
    public String statement() {
      return statement;
    }

    /** The name as it is written everywhere: lower case, with hyphens. */
    public String text() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The rule that a finding of this kind breaks. */
    public RuleId rule() {
      return new RuleId("audit:" + text());
    }
  }

  /**
   * One place.
   *
   * @param source which store or file
   * @param origin whose log, if the place is a record of one
   * @param logseq of that record, if it is known
   * @param canonicalId of the record or artifact, if it is known
   * @param where the place in words: {@code record 17 of …}
   * @param detail what was seen there
   * @param difference how two sources differ there; null if the place is not one of a difference
   * @param differs the source that differs from its reference there; empty if that is not known
   */
  public record Place(
      String source,
      @Nullable Origin origin,
      @Nullable Long logseq,
      @Nullable ArtifactKey canonicalId,
      String where,
      String detail,
      @Nullable DifferenceClass difference,
      String differs) {
    /** A place of no difference between sources. */
    public Place(
        String source,
        @Nullable Origin origin,
        @Nullable Long logseq,
        @Nullable ArtifactKey canonicalId,
        String where,
        String detail) {
      this(source, origin, logseq, canonicalId, where, detail, null, "");
    }

    /** A place that is no record's. */
    public static Place of(String source, String where) {
      return new Place(source, null, null, null, where, "");
    }

    /** A place in a log. */
    public static Place in(String source, Origin origin, String where) {
      return new Place(source, origin, null, null, where, "");
    }

    /** A record of a log. */
    public static Place of(String source, Origin origin, long index, LogRecord record) {
      return new Place(source, origin, record.logseq(), record.id(), recordText(origin, index), "");
    }

    /** A record of a log that cannot be read as one. */
    public static Place of(String source, Origin origin, long index) {
      return in(source, origin, recordText(origin, index));
    }

    /** An artifact of a source. */
    public static Place of(String source, ArtifactKey artifact, String where) {
      return new Place(source, null, null, artifact, where, "");
    }

    private static String recordText(Origin origin, long index) {
      return "record " + index + " of " + origin;
    }

    /** The same place with what was seen there. */
    public Place with(String seen) {
      return new Place(source, origin, logseq, canonicalId, where, seen, difference, differs);
    }

    /** The same place as one where a source differs from another. */
    Place differing(DifferenceClass how, String which) {
      return new Place(source, origin, logseq, canonicalId, where, detail, how, which);
    }
  }

  public AuditFinding {
    places = List.copyOf(places);
  }

  /** The same for the same kind and subject in every audit, whoever makes it. */
  public FindingId id() {
    return FindingId.of(kind.rule(), keptSubject());
  }

  /** The subject as stores of findings hold it. */
  String keptSubject() {
    return subject.isEmpty() ? "(unnamed)" : FindingText.fit(subject, FindingText.NAME_BYTES_MAX);
  }

  /** How bad it is. */
  public Severity severity() {
    return kind.severity();
  }
}
