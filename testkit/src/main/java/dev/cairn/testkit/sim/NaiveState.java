package dev.cairn.testkit.sim;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.tgk.model.Edge;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What is live, by the definition and nothing else: all records sorted in the total order, then
 * each put switches its artifact on and each tombstone off. Shares no code with the indexes.
 */
final class NaiveState {
  private static final Comparator<Fact> TOTAL_ORDER =
      Comparator.<Fact>comparingLong(fact -> fact.record.logseq())
          .thenComparing(fact -> fact.record.id().bytes())
          .thenComparing(fact -> fact.origin.bytes());

  /** What the note of every erasing tombstone here hashes to. */
  static final PayloadDigest ERASING = PayloadDigest.of(new TombstoneNote(true, null).encode());

  private final TreeMap<ArtifactKey, Fact> live = new TreeMap<>();
  private final TreeSet<ArtifactKey> removed = new TreeSet<>();
  private SortedMap<Origin, Long> taken = new TreeMap<>();
  private @Nullable Fact last;

  /** A record with its origin. */
  record Fact(Origin origin, LogRecord record) {}

  private NaiveState() {}

  /** All that {@code logs} hold between two cuts, in the total order. */
  private static List<Fact> facts(
      TrueLogs logs, SortedMap<Origin, Long> from, SortedMap<Origin, Long> to) {
    List<Fact> facts = new ArrayList<>();
    to.forEach(
        (origin, size) -> {
          Truth.TrueLog log = logs.log(origin);
          for (int i = from.getOrDefault(origin, 0L).intValue(); i < size; i++) {
            facts.add(new Fact(origin, log.record(i)));
          }
        });
    facts.sort(TOTAL_ORDER);
    return facts;
  }

  /** The first {@code sizes} records of each origin's log, in the total order. */
  static List<Fact> facts(TrueLogs logs, SortedMap<Origin, Long> sizes) {
    return facts(logs, new TreeMap<>(), sizes);
  }

  /** The state after the first {@code sizes} records of each origin's log. */
  static NaiveState of(TrueLogs logs, SortedMap<Origin, Long> sizes) {
    NaiveState state = new NaiveState();
    state.takeAll(facts(logs, sizes), sizes);
    return state;
  }

  /**
   * Goes on to a later cut, if nothing in between sorts before what was taken; false, and nothing
   * done, otherwise.
   */
  boolean advance(TrueLogs logs, SortedMap<Origin, Long> sizes) {
    boolean grows =
        taken.entrySet().stream()
            .allMatch(held -> sizes.getOrDefault(held.getKey(), 0L) >= held.getValue());
    if (!grows) {
      return false;
    }
    List<Fact> more = facts(logs, taken, sizes);
    if (last != null && !more.isEmpty() && TOTAL_ORDER.compare(more.get(0), last) < 0) {
      return false;
    }
    takeAll(more, sizes);
    return true;
  }

  private void takeAll(List<Fact> facts, SortedMap<Origin, Long> sizes) {
    facts.forEach(this::take);
    taken = sizes;
    if (!facts.isEmpty()) {
      last = facts.get(facts.size() - 1);
    }
  }

  private void take(Fact fact) {
    ArtifactKey key = fact.record.id();
    if (fact.record.kind() != RecordKind.TOMBSTONE) {
      live.put(key, fact);
      removed.remove(key);
    } else if (fact.record.payloadDigest().equals(ERASING)) {
      live.remove(key);
      removed.remove(key);
    } else if (live.remove(key) != null) {
      removed.add(key);
    }
  }

  /** The latest put of each live artifact. */
  NavigableMap<ArtifactKey, Fact> live() {
    return live;
  }

  boolean isLive(ArtifactKey key) {
    return live.containsKey(key);
  }

  /** True if it is not live and no erasure of it came after the latest put. */
  boolean isOnlyRemoved(ArtifactKey key) {
    return removed.contains(key);
  }

  /** True if it is live and the latest put of it is of that origin. */
  boolean isLiveBy(Origin origin, ArtifactKey key) {
    Fact fact = live.get(key);
    return fact != null && fact.origin.equals(origin);
  }

  /** Of each slot the live edge whose latest put is the latest of all. */
  NavigableMap<Bytes, Fact> slots(NavigableMap<ArtifactKey, Edge> edges) {
    TreeMap<Bytes, Fact> winners = new TreeMap<>();
    live.forEach(
        (key, fact) -> {
          Edge edge = edges.get(key);
          if (edge != null) {
            winners.merge(
                edge.slot(),
                fact,
                (one, other) -> TOTAL_ORDER.compare(one, other) < 0 ? other : one);
          }
        });
    return winners;
  }
}
