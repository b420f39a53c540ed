package dev.cairn.federation.audit;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.Position;
import dev.cairn.asl.store.HistoryEntry;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.View;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Checks that what a store shows as live is what its records say, without folding them again.
 *
 * <p>An id is live with its latest put, unless a tombstone comes later. So it is enough that every
 * record fits what is shown ({@link #record}), and that every entry shown is a put of some log
 * ({@link #entry}). Both read single rows, so memory does not grow with the store. One owner.
 */
final class LivenessAudit {
  private static final int DEAD_REMEMBERED = 4_096;

  private final Store store;
  private final View now;
  private final Map<ArtifactKey, Optional<Position>> tombstones =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<ArtifactKey, Optional<Position>> eldest) {
          return size() > DEAD_REMEMBERED;
        }
      };

  LivenessAudit(Store store) {
    this.store = store;
    this.now = store.now();
  }

  /**
   * Checks that a record is the one shown, or comes before it.
   *
   * @throws MalformedException if it should be shown, or should have ended what is shown
   */
  void record(Origin origin, LogRecord record) {
    Position position = record.position(origin);
    Optional<Position> shown = now.live(record.id()).map(LivenessAudit::position);
    boolean fits;
    if (shown.isPresent()) {
      int order = position.compareTo(shown.get());
      fits = record.isPut() ? order <= 0 : order < 0;
    } else {
      fits = !record.isPut() || isBefore(position, lastTombstone(record.id()));
    }
    if (!fits) {
      throw new MalformedException(
          (record.isPut() ? "it puts " : "it removes ")
              + record.id()
              + " at logseq "
              + record.logseq()
              + ", the state shows "
              + shown.map(put -> "its put at logseq " + put.logseq()).orElse("it as not live"));
    }
  }

  private static boolean isBefore(Position position, Optional<Position> other) {
    return other.isPresent() && position.compareTo(other.get()) < 0;
  }

  private Optional<Position> lastTombstone(ArtifactKey key) {
    Optional<Position> known = tombstones.get(key);
    if (known == null) {
      known =
          store.history(key).stream()
              .filter(entry -> !entry.record().isPut() && entry.record().id().equals(key))
              .map(entry -> entry.record().position(entry.origin()))
              .max(Position::compareTo);
      tombstones.put(key, known);
    }
    return known;
  }

  /**
   * Checks that an entry shown as live is a put of some log.
   *
   * @throws MalformedException if no record says so
   */
  void entry(LiveEntry shown) {
    if (store.history(shown.key()).stream().noneMatch(entry -> isPutOf(entry, shown))) {
      throw new MalformedException(
          "the state shows a put at logseq "
              + shown.logseq()
              + " of "
              + shown.origin()
              + ", no record says so");
    }
  }

  private static boolean isPutOf(HistoryEntry entry, LiveEntry shown) {
    LogRecord record = entry.record();
    return record.isPut()
        && record.kind() == shown.kind()
        && record.position(entry.origin()).equals(position(shown))
        && record.payloadDigest().equals(shown.artifact().payloadDigest());
  }

  private static Position position(LiveEntry entry) {
    return new Position(entry.logseq(), entry.key(), entry.origin());
  }
}
