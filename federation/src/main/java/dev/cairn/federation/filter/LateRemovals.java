package dev.cairn.federation.filter;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.store.RecordCursor;
import dev.cairn.asl.store.RecordPlace;
import dev.cairn.asl.store.Store;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Finds removals that a peer holds under their leaf hash as whoever sent it did not know what they
 * remove, and that this store knows to be of interest to it.
 *
 * <p>Of each log the peer says up to where it was told. A pair of a put and its removal that both
 * lie before these ends was told of; so of each other pair one of the two lies behind, and all that
 * lies there is looked at, once: a removal for itself, and a put for the removals of its key that
 * lie before the ends, unless another put of the key lies there. Of several puts of a key that are
 * looked at one stands for all. That they agree on its type is taken for granted, as true ones do.
 * What comes while this looks lies behind the ends of the next time. One owner.
 */
final class LateRemovals {
  /** Most places of a key that are read at once. */
  private static final int PLACES_MAX = 256;

  /** Of so many keys it is remembered that they were looked up. */
  private static final int KEYS_MAX = 1_024;

  private final Store store;
  private final FilteredLog log;
  private final NavigableMap<Origin, Reach> reaches;
  private final Predicate<Origin> withheld;

  /** Whether puts can have removals before the ends. */
  private final boolean looksUp;

  private @Nullable Origin origin;
  private long index;
  private final ArrayDeque<ArtifactKey> keys = new ArrayDeque<>();

  /** Keys that were looked up, or wait for it, of whose puts a later one than all at hand came. */
  private final Set<ArtifactKey> outrun =
      Collections.newSetFromMap(
          new LinkedHashMap<>() {
            @Override
            protected boolean removeEldestEntry(Map.Entry<ArtifactKey, Boolean> eldest) {
              return size() > KEYS_MAX;
            }
          });

  // Among the records of the first key: first whether a put lies before the ends; if none does, its
  // removals are told.
  private @Nullable RecordPlace after;
  private boolean telling;

  /**
   * Of one log.
   *
   * @param told among the first so many the peer was told of removals
   * @param held so many the peer holds in part, of what is here; 0 if it holds none or all
   * @param size so many are here; none of the others is more
   */
  record Reach(long told, long held, long size) {}

  LateRemovals(
      Store store,
      FilteredLog log,
      NavigableMap<Origin, Reach> reaches,
      Predicate<Origin> withheld) {
    this.store = store;
    this.log = log;
    this.reaches = reaches;
    this.withheld = withheld;
    this.looksUp = reaches.values().stream().anyMatch(reach -> before(reach) > 0);
    goTo(reaches.isEmpty() ? null : reaches.firstKey());
  }

  /** So many records, from the first, may be removals that the peer was told of as unknown. */
  private static long before(Reach reach) {
    return Math.min(reach.told(), reach.held());
  }

  /** True if nothing is left to be looked at. */
  boolean isDone() {
    return origin == null && keys.isEmpty();
  }

  /**
   * The next of them, by log and index; perhaps none. Looks at about {@link
   * FilterPart#LOOKED_AT_MAX} rows and records.
   */
  SortedMap<Origin, SortedMap<Long, Bytes>> next() {
    TreeMap<Origin, SortedMap<Long, Bytes>> found = new TreeMap<>();
    int left = FilterPart.LOOKED_AT_MAX;
    while (left > 0 && !isDone()) {
      left -= keys.isEmpty() ? scan(left, found) : lookUp(left, found);
    }
    return found;
  }

  private void goTo(@Nullable Origin next) {
    origin = next;
    index = next == null ? 0 : reach(next).told();
  }

  private Reach reach(Origin of) {
    Reach reach = reaches.get(of);
    return reach == null ? new Reach(0, 0, 0) : reach;
  }

  /** Goes on in one log; how much was looked at. */
  private int scan(int most, Map<Origin, SortedMap<Long, Bytes>> found) {
    Origin at = origin;
    if (at == null) {
      return 1;
    }
    Reach reach = reach(at);
    boolean silent = withheld.test(at);
    long end = looksUp ? reach.size() : silent ? 0 : reach.held();
    int looks = 1;
    if (index < end) {
      try (RecordCursor records = store.records(at, index, end)) {
        while (looks <= most && records.next()) {
          LogRecord record = records.record();
          looks += look(at, record, silent ? 0 : reach.held(), found);
          index = record.index() + 1;
        }
      }
    }
    if (index >= end || looks <= most) {
      goTo(reaches.higherKey(at));
    }
    return looks;
  }

  private int look(
      Origin at, LogRecord record, long held, Map<Origin, SortedMap<Long, Bytes>> found) {
    if (record.kind() == RecordKind.TOMBSTONE) {
      if (record.index() < held) {
        take(at, record, found);
      }
      return 1;
    }
    if (!looksUp) {
      return 1;
    }
    // Most puts have no removal; of those that have, one of each key goes on.
    Optional<RecordPlace> latest = store.putBesideTombstones(record.id());
    if (latest.isPresent() && standsForAll(at, record, latest.get())) {
      keys.add(record.id());
    }
    return 2;
  }

  /** True if no other put of a key stands for this one. */
  private boolean standsForAll(Origin at, LogRecord put, RecordPlace latest) {
    if (latest.origin().equals(at) && latest.index() == put.index()) {
      return true;
    }
    // One that came since this began to look is not looked at: it can stand for none.
    return latest.index() >= reach(latest.origin()).size() && outrun.add(put.id());
  }

  /** Goes on among the records of one key; how much was looked at. */
  private int lookUp(int most, Map<Origin, SortedMap<Long, Bytes>> found) {
    ArtifactKey key = keys.element();
    int limit = Math.min(most, PLACES_MAX);
    List<RecordPlace> places = store.places(key, after, limit);
    if (!telling && places.stream().anyMatch(this::isToldPut)) {
      next(false);
      return 1 + places.size();
    }
    if (telling) {
      places.forEach(place -> tell(place, found));
    }
    if (places.size() == limit) {
      after = places.get(limit - 1);
    } else {
      next(!telling);
    }
    return 1 + places.size();
  }

  /** From the first record on again, of the same key or of the next one. */
  private void next(boolean tellingSame) {
    if (!tellingSame) {
      keys.remove();
    }
    telling = tellingSame;
    after = null;
  }

  private boolean isToldPut(RecordPlace place) {
    return place.put() != null && place.index() < reach(place.origin()).told();
  }

  private void tell(RecordPlace place, Map<Origin, SortedMap<Long, Bytes>> found) {
    Origin at = place.origin();
    if (place.put() == null && place.index() < before(reach(at)) && !withheld.test(at)) {
      store.record(at, place.index()).ifPresent(record -> take(at, record, found));
    }
  }

  private void take(Origin at, LogRecord record, Map<Origin, SortedMap<Long, Bytes>> found) {
    if (log.showsNow(at, record)) {
      found.computeIfAbsent(at, any -> new TreeMap<>()).put(record.index(), record.encode());
    }
  }
}
