package dev.cairn.federation.audit;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.audit.AuditFinding.Place;
import dev.cairn.tgk.finding.Finding;
import dev.cairn.tgk.finding.FindingBatch;
import dev.cairn.tgk.finding.FindingId;
import dev.cairn.tgk.finding.FindingStore;
import dev.cairn.tgk.finding.FindingText;
import dev.cairn.tgk.finding.Occurrence;
import dev.cairn.tgk.finding.StatedOccurrence;
import dev.cairn.tgk.finding.WriteResult;
import java.util.List;
import java.util.Optional;

/**
 * Keeps what audits find in a store of findings, so that what was found before is observed again
 * instead of being told as new.
 *
 * <p>Kind and subject of a finding make its rule and subject there; its message is the statement of
 * its kind, since what a message says beyond that may differ from run to run; what was seen at a
 * place becomes the detail of the observation. Text is brought into the form that the store holds,
 * and cut where it is too long. Safe for any thread, one at a time.
 */
public final class FindingKeeper {
  private static final String NOWHERE = "(unnamed)";

  private final FindingStore findings;

  /** What a store of findings knows of a place of a finding. */
  public enum Standing {
    /** Nothing. */
    NEW,
    /** That it was seen before. */
    KNOWN,
    /** That somebody has taken note of it. */
    ACKNOWLEDGED
  }

  /**
   * A keeper.
   *
   * @param store where findings are kept, of a node of one's own: none that is audited
   */
  public FindingKeeper(Store store) {
    this.findings = new FindingStore(store);
  }

  /** How a place of a finding stands to what is kept, before it is kept itself. */
  public Standing standing(AuditFinding finding, Place place) {
    Optional<StatedOccurrence> known =
        findings.reader().occurrence(occurrence(finding, place).key());
    return known
        .map(stated -> stated.acknowledged() ? Standing.ACKNOWLEDGED : Standing.KNOWN)
        .orElse(Standing.NEW);
  }

  /** The key of the occurrence that a place of a finding is kept as. */
  public static ArtifactKey occurrenceKey(AuditFinding finding, Place place) {
    return occurrence(finding, place).key();
  }

  /**
   * Keeps what an audit found, whole or not at all.
   *
   * @param report what it found
   * @param atMillis when, in milliseconds since 1970-01-01T00:00:00Z
   * @param version of the program
   */
  public WriteResult keep(List<AuditFinding> report, long atMillis, String version) {
    FindingBatch batch =
        new FindingBatch(
            Math.max(0, atMillis), FindingText.fit(version, FindingText.VERSION_BYTES_MAX));
    for (AuditFinding finding : report) {
      batch.add(kept(finding));
      for (Place place : finding.places()) {
        batch.observe(
            occurrence(finding, place),
            FindingText.fit(place.detail(), FindingText.DETAIL_BYTES_MAX));
      }
    }
    return findings.write(batch);
  }

  private static Finding kept(AuditFinding finding) {
    return new Finding(
        finding.kind().rule(),
        finding.severity(),
        finding.keptSubject(),
        finding.kind().statement());
  }

  private static Occurrence occurrence(AuditFinding finding, Place place) {
    FindingId id = finding.id();
    return new Occurrence(
        id,
        name(place.source()),
        place.origin(),
        place.logseq(),
        place.canonicalId(),
        name(place.where()));
  }

  private static String name(String text) {
    return text.isEmpty() ? NOWHERE : FindingText.fit(text, FindingText.NAME_BYTES_MAX);
  }
}
