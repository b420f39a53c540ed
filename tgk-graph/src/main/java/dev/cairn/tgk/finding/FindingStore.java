package dev.cairn.tgk.finding;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.View;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Keeps findings in a store: what is wrong, where, and who saw it when, as artifacts and edges like
 * any other, so that they are synced, audited and proven like any other.
 *
 * <p>A batch is validated whole before anything of it is written. Findings and occurrences never
 * change; an observation is refreshed, by this node its own alone. Writing what is known writes
 * nothing. The state of the findings is the same in whatever order batches were written, and on all
 * nodes that hold the same records. Safe for any thread; let one object write to a store at a time.
 */
public final class FindingStore {
  /** Most records in one commit of a large batch. */
  private static final int COMMIT_RECORDS_MAX = 32_768;

  /** A commit takes no further part past so many bytes. */
  private static final long COMMIT_BYTES = 32L << 20;

  private final Store store;
  private final int commitRecordsMax;

  /**
   * The findings of a store.
   *
   * @param store folds {@link FindingIndex} and {@link dev.cairn.tgk.index.GraphIndex}
   */
  public FindingStore(Store store) {
    this(store, COMMIT_RECORDS_MAX);
  }

  FindingStore(Store store, int commitRecordsMax) {
    this.store = store;
    this.commitRecordsMax = commitRecordsMax;
  }

  /** Reads the findings as they are now. */
  public FindingReader reader() {
    return reader(store.now());
  }

  /** Reads the findings in a view of the store. */
  public FindingReader reader(View view) {
    return new FindingReader(store, view);
  }

  /**
   * Writes a batch. One that fits a commit is there as a whole or not at all; a larger one is
   * written parents first, so that what is there after a crash is whole, and the same batch again
   * adds the rest.
   *
   * @throws dev.cairn.asl.error.ConflictException if a finding contradicts what is here, naming
   *     field and values
   * @throws NotFoundException if an occurrence's finding or an observation's occurrence is neither
   *     in the batch nor here, naming each
   */
  public synchronized WriteResult write(FindingBatch batch) {
    FindingReader reader = reader();
    batch.findings().values().forEach(finding -> checkSame(reader, finding));
    checkParents(reader, batch);

    SortedSet<FindingId> fresh = new TreeSet<>(batch.findings().keySet());
    fresh.removeIf(id -> reader.finding(id).isPresent());
    long occurrences =
        batch.occurrences().keySet().stream()
            .filter(key -> reader.occurrence(key).isEmpty())
            .count();
    Drafts drafts = new Drafts();
    for (Finding finding : batch.findings().values()) {
      drafts.put(Finding.TYPE, finding.encode());
      drafts.endOfPart();
    }
    for (Occurrence occurrence : batch.occurrences().values()) {
      put(occurrence, reader, batch, drafts);
    }
    Tally tally = new Tally();
    batch
        .seen()
        .forEach(
            (occurrence, seen) -> {
              Observation observation = new Observation(occurrence, observer());
              Sighting before = reader.state(observation).orElse(null);
              Sighting after = before == null ? new Sighting(seen, null) : before.with(seen);
              tally.add(before, after);
              put(observation, before, after, drafts);
            });
    drafts.commit();
    return new WriteResult(fresh, occurrences, tally.fresh, tally.refreshed, tally.unchanged);
  }

  /** What became of observations. */
  private static final class Tally {
    private long fresh;
    private long refreshed;
    private long unchanged;

    void add(@Nullable Sighting before, Sighting after) {
      if (before == null) {
        fresh++;
      } else if (before.equals(after)) {
        unchanged++;
      } else {
        refreshed++;
      }
    }
  }

  private NodeId observer() {
    return store.origin().node();
  }

  private static void checkSame(FindingReader reader, Finding given) {
    Optional<StatedFinding> held = reader.finding(given.id());
    if (held.isPresent() && !held.get().contradictions().contains(given)) {
      FindingBatch.checkSame(held.get().finding(), given);
    }
  }

  private static void checkParents(FindingReader reader, FindingBatch batch) {
    TreeSet<FindingId> findings = new TreeSet<>();
    for (Occurrence occurrence : batch.occurrences().values()) {
      FindingId id = occurrence.finding();
      if (!batch.findings().containsKey(id) && reader.finding(id).isEmpty()) {
        findings.add(id);
      }
    }
    TreeSet<ArtifactKey> occurrences = new TreeSet<>();
    for (ArtifactKey key : batch.seen().keySet()) {
      if (!batch.occurrences().containsKey(key) && reader.occurrence(key).isEmpty()) {
        occurrences.add(key);
      }
    }
    if (!findings.isEmpty() || !occurrences.isEmpty()) {
      throw new NotFoundException(
          "the batch names parents that are neither in it nor here:"
              + (findings.isEmpty() ? "" : " findings " + findings)
              + (occurrences.isEmpty() ? "" : " occurrences " + occurrences));
    }
  }

  private static void put(
      Occurrence occurrence, FindingReader reader, FindingBatch batch, Drafts drafts) {
    ArtifactKey key = drafts.put(Occurrence.TYPE, occurrence.encode());
    Finding given = batch.findings().get(occurrence.finding());
    ArtifactKey finding =
        given != null
            ? given.key()
            : reader
                .finding(occurrence.finding())
                .map(StatedFinding::key)
                .orElseThrow(() -> new AssertionError("a parent that was here is gone"));
    drafts.put(
        TypeTag.EDGE, FindingEdges.occurrence(key, occurrence.canonicalId(), finding).encode());
    drafts.endOfPart();
  }

  private static void put(
      Observation observation, @Nullable Sighting before, Sighting after, Drafts drafts) {
    if (after.equals(before)) {
      return;
    }
    ArtifactKey key = drafts.put(Observation.TYPE, observation.encode());
    drafts.put(TypeTag.EDGE, FindingEdges.observation(key, observation.occurrence()).encode());
    ArtifactKey sighting = drafts.put(Sighting.TYPE, after.encode());
    drafts.attest(TypeTag.EDGE, FindingEdges.sighting(key, sighting).encode());
    drafts.endOfPart();
  }

  /**
   * States that this node has taken note of every occurrence that a finding has by now, or takes
   * that back for those of which it had. What is so already is left as it is.
   *
   * @return the number of observations that changed
   * @throws NotFoundException if there is no such finding
   * @throws RefusedException if it has no occurrence
   */
  public synchronized long acknowledge(FindingId id, Acknowledgement acknowledgement) {
    FindingReader reader = reader();
    if (reader.finding(id).isEmpty()) {
      throw new NotFoundException("no finding " + id);
    }
    TreeMap<ArtifactKey, Boolean> known = new TreeMap<>();
    reader.forEachOccurrence(
        id,
        (key, occurrence) -> {
          if (known.size() >= FindingBatch.OCCURRENCES_MAX) {
            throw new RefusedException(
                "finding " + id + ": more than " + FindingBatch.OCCURRENCES_MAX + " occurrences");
          }
          known.put(key, true);
        });
    if (known.isEmpty()) {
      throw new RefusedException("finding " + id + " has no occurrence to acknowledge");
    }
    Drafts drafts = new Drafts();
    long changed = 0;
    for (ArtifactKey occurrence : known.keySet()) {
      Observation observation = new Observation(occurrence, observer());
      Sighting before = reader.state(observation).orElse(null);
      if (changes(before, acknowledgement)) {
        put(
            observation,
            before,
            before == null ? new Sighting(null, acknowledgement) : before.with(acknowledgement),
            drafts);
        changed++;
      }
    }
    drafts.commit();
    return changed;
  }

  private static boolean changes(@Nullable Sighting before, Acknowledgement now) {
    Acknowledgement then = before == null ? null : before.acknowledgement();
    if (!now.standing()) {
      return then != null && then.standing();
    }
    return then == null || !then.standing() || !then.reason().equals(now.reason());
  }

  /**
   * Removes a finding with all that belongs to it, whoever put it. An audit that finds it again
   * states it anew.
   *
   * @return the number of artifacts and edges removed
   * @throws NotFoundException if there is no such finding
   */
  public synchronized long remove(FindingId id, @Nullable String reason) {
    FindingReader reader = reader();
    if (reader.finding(id).isEmpty()) {
      throw new NotFoundException("no finding " + id);
    }
    TombstoneNote note = new TombstoneNote(false, reason);
    Drafts drafts = new Drafts();
    reader.forEachArtifact(
        id,
        key -> {
          drafts.tombstone(key, note);
          drafts.endOfPart();
        });
    drafts.commit();
    return drafts.tombstones;
  }

  /** Commits, one begun when the one before is full: at the end of a part, never within one. */
  private final class Drafts {
    private CommitDraft draft = new CommitDraft();
    private long bytes;
    private long tombstones;

    ArtifactKey put(TypeTag type, Bytes payload) {
      var prepared = store.prepare(type, payload);
      draft.put(prepared);
      bytes += payload.length();
      return prepared.id().key();
    }

    /** Puts it even if it is live: it shall be the latest of its slot. */
    void attest(TypeTag type, Bytes payload) {
      draft.attest(store.prepare(type, payload));
      bytes += payload.length();
    }

    void tombstone(ArtifactKey key, TombstoneNote note) {
      draft.tombstone(key, note);
      tombstones++;
    }

    void endOfPart() {
      if (draft.size() >= commitRecordsMax || bytes >= COMMIT_BYTES) {
        commit();
      }
    }

    void commit() {
      if (!draft.isEmpty()) {
        store.commit(draft);
        draft = new CommitDraft();
        bytes = 0;
      }
    }
  }
}
