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

  /** A record with its origin. */
  record Fact(Origin origin, LogRecord record) {}

  private NaiveState() {}

  /** The first {@code sizes} records of each origin's log, in the total order. */
  static List<Fact> facts(Truth truth, SortedMap<Origin, Long> sizes) {
    List<Fact> facts = new ArrayList<>();
    sizes.forEach(
        (origin, size) -> {
          for (int i = 0; i < size; i++) {
            facts.add(new Fact(origin, truth.log(origin).record(i)));
          }
        });
    facts.sort(TOTAL_ORDER);
    return facts;
  }

  /** The state after the first {@code sizes} records of each origin's log. */
  static NaiveState of(Truth truth, SortedMap<Origin, Long> sizes) {
    NaiveState state = new NaiveState();
    for (Fact fact : facts(truth, sizes)) {
      state.take(fact);
    }
    return state;
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
