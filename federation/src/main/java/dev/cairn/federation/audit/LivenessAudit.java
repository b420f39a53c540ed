package dev.cairn.federation.audit;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.Position;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.store.HistoryEntry;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.asl.store.RecordPlace;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.View;
import dev.cairn.federation.protocol.ProtocolLimits;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

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
  private final LogDamage damage;
  private final View now;
  private final Map<ArtifactKey, Optional<Position>> tombstones =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<ArtifactKey, Optional<Position>> eldest) {
          return size() > DEAD_REMEMBERED;
        }
      };

  LivenessAudit(Store store, LogDamage damage) {
    this.store = store;
    this.damage = damage;
    this.now = store.now();
  }

  /**
   * Where derived rows know a record to stand.
   *
   * @param index in its log
   * @param same whether they state the same of it
   */
  record Known(long index, boolean same) {}

  /** What derived rows know of a record; null if they do not know it. */
  @Nullable Known known(Origin origin, LogRecord record) {
    LiveEntry shown = now.live(record.id()).orElse(null);
    if (shown != null && shown.logseq() == record.logseq() && shown.origin().equals(origin)) {
      boolean same = shown.kind() == record.kind() && states(record, shown.artifact());
      return new Known(shown.index(), same);
    }
    RecordPlace place = store.place(record.id(), record.logseq(), origin).orElse(null);
    if (place == null) {
      return null;
    }
    ArtifactId put = place.put();
    boolean same =
        put == null
            ? !record.isPut() && erases(record).orElse(place.erases()) == place.erases()
            : record.isPut() && states(record, put);
    return new Known(place.index(), same);
  }

  /**
   * What a tombstone's note says; empty if it cannot be read, which the check of payloads tells.
   */
  private Optional<Boolean> erases(LogRecord record) {
    try {
      Bytes note = store.payload(record.payloadDigest(), ProtocolLimits.INLINE_PAYLOAD_BYTES_MAX);
      return Optional.of(TombstoneNote.decode(note).erase());
    } catch (DamagedException | NotFoundException | RefusedException | MalformedException e) {
      return Optional.empty();
    }
  }

  private static boolean states(LogRecord record, ArtifactId artifact) {
    return record.payloadLength() == artifact.payloadLength()
        && record.payloadDigest().equals(artifact.payloadDigest())
        && Objects.equals(record.tag(), artifact.tag());
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
          store.places(key).stream()
              .filter(place -> isTombstone(key, place))
              .map(place -> new Position(place.logseq(), key, place.origin()))
              .max(Position::compareTo);
      tombstones.put(key, known);
    }
    return known;
  }

  /** True if the log has the tombstone that derived rows know of. */
  private boolean isTombstone(ArtifactKey key, RecordPlace place) {
    if (place.put() != null) {
      return false;
    }
    return store
        .record(place.origin(), damage.rowOf(place.origin(), place.index()))
        .filter(record -> !record.isPut() && record.id().equals(key))
        .filter(record -> record.logseq() == place.logseq())
        .isPresent();
  }

  /** Forgets what it read of logs: more is known of their damage now. */
  void forget() {
    tombstones.clear();
  }

  /**
   * Checks that an entry shown as live is a put of some log.
   *
   * @throws MalformedException if no record says so
   */
  void entry(LiveEntry shown) {
    long row = damage.rowOf(shown.origin(), shown.index());
    boolean said =
        row == shown.index()
            ? store.history(shown.key()).stream().anyMatch(entry -> isPutOf(entry, shown))
            : store
                .record(shown.origin(), row)
                .filter(record -> isPutOf(new HistoryEntry(shown.origin(), record), shown))
                .isPresent();
    if (!said) {
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
