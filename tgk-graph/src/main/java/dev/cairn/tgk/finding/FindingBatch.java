package dev.cairn.tgk.finding;

import dev.cairn.asl.error.ConflictException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What one run of an audit found, in any order: to be written as a whole. One owner at a time.
 *
 * <p>What is refused here leaves the batch as it was.
 */
public final class FindingBatch {
  /** Most findings in a batch. */
  public static final int FINDINGS_MAX = 65_536;

  /** Most occurrences, and most observations, in a batch. */
  public static final int OCCURRENCES_MAX = 1 << 20;

  private final long atMillis;
  private final String version;
  private final TreeMap<FindingId, Finding> findings = new TreeMap<>();
  private final TreeMap<ArtifactKey, Occurrence> occurrences = new TreeMap<>();
  private final TreeMap<ArtifactKey, Seen> seen = new TreeMap<>();

  /**
   * An empty batch.
   *
   * @param atMillis when the run took place, in milliseconds since 1970-01-01T00:00:00Z
   * @param version of the program that ran
   */
  public FindingBatch(long atMillis, String version) {
    this.atMillis = atMillis;
    this.version = Seen.once(atMillis, version, "").version();
  }

  /**
   * States a finding.
   *
   * @throws ConflictException if the batch states something else of the same id
   */
  public FindingBatch add(Finding finding) {
    FindingId id = finding.id();
    Finding before = findings.get(id);
    if (before != null) {
      checkSame(before, finding);
    } else {
      checkRoom(findings.size(), FINDINGS_MAX, "findings");
      findings.put(id, finding);
    }
    return this;
  }

  /**
   * States an occurrence.
   *
   * @return its key
   */
  public ArtifactKey add(Occurrence occurrence) {
    ArtifactKey key = occurrence.key();
    if (!occurrences.containsKey(key)) {
      checkRoom(occurrences.size(), OCCURRENCES_MAX, "occurrences");
      occurrences.put(key, occurrence);
    }
    return key;
  }

  /**
   * States that this node's run saw an occurrence, of this batch or of an earlier one.
   *
   * @param detail what was seen there
   */
  public FindingBatch observe(ArtifactKey occurrence, String detail) {
    Seen more = Seen.once(atMillis, version, detail);
    Seen before = seen.get(occurrence);
    if (before == null) {
      checkRoom(seen.size(), OCCURRENCES_MAX, "observations");
    }
    seen.put(occurrence, before == null ? more : before.join(more));
    return this;
  }

  /** States an occurrence, and that this node's run saw it. */
  public FindingBatch observe(Occurrence occurrence, String detail) {
    return observe(add(occurrence), detail);
  }

  SortedMap<FindingId, Finding> findings() {
    return Collections.unmodifiableSortedMap(findings);
  }

  SortedMap<ArtifactKey, Occurrence> occurrences() {
    return Collections.unmodifiableSortedMap(occurrences);
  }

  SortedMap<ArtifactKey, Seen> seen() {
    return Collections.unmodifiableSortedMap(seen);
  }

  /** Refuses a statement that contradicts another one of the same id. */
  static void checkSame(Finding held, Finding given) {
    String thing = "finding " + held.id() + " (" + held.rule() + ", " + held.subject() + ")";
    if (held.severity() != given.severity()) {
      throw new ConflictException(
          thing, "severity", held.severity().text(), given.severity().text());
    }
    if (!held.message().equals(given.message())) {
      throw new ConflictException(thing, "message", held.message(), given.message());
    }
  }

  private static void checkRoom(int size, int max, String what) {
    if (size >= max) {
      throw new RefusedException("a batch of more than " + max + " " + what);
    }
  }
}
