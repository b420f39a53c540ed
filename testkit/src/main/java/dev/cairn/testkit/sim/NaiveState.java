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
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is live, by the definition and nothing else: all records sorted in the total order, then
 * each put switches its artifact on and each tombstone off. Shares no code with the indexes.
 *
 * <p>A record changes nothing but its own artifact. So one that comes late, before others that were
 * taken, has those of its artifact alone taken again, from the first on.
 */
final class NaiveState {
  private static final Comparator<Fact> TOTAL_ORDER =
      Comparator.<Fact>comparingLong(fact -> fact.record.logseq())
          .thenComparing(fact -> fact.record.id())
          .thenComparing(fact -> fact.origin);

  /** What the note of every erasing tombstone here hashes to. */
  static final PayloadDigest ERASING = PayloadDigest.of(new TombstoneNote(true, null).encode());

  private final Map<ArtifactKey, Fact> live = new HashMap<>();
  private final Set<ArtifactKey> removed = new HashSet<>();

  /** What was taken of each artifact, in the total order. */
  private final Map<ArtifactKey, List<Fact>> said = new HashMap<>();

  private SortedMap<Origin, Long> taken = new TreeMap<>();

  /** A record with its origin. */
  record Fact(Origin origin, LogRecord record) {}

  private NaiveState() {}

  /** All that {@code logs} hold between two cuts, log by log. */
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
    return facts;
  }

  /** The first {@code sizes} records of each origin's log, in the total order. */
  static List<Fact> facts(TrueLogs logs, SortedMap<Origin, Long> sizes) {
    List<Fact> facts = facts(logs, new TreeMap<>(), sizes);
    facts.sort(TOTAL_ORDER);
    return facts;
  }

  /** The state after the first {@code sizes} records of each origin's log. */
  static NaiveState of(TrueLogs logs, SortedMap<Origin, Long> sizes) {
    NaiveState state = new NaiveState();
    facts(logs, sizes).forEach(state::enter);
    state.taken = sizes;
    return state;
  }

  /** Goes on to a later cut; false, and nothing done, if it is none. */
  boolean advance(TrueLogs logs, SortedMap<Origin, Long> sizes) {
    if (sizes == taken) {
      return true;
    }
    for (Map.Entry<Origin, Long> held : taken.entrySet()) {
      if (sizes.getOrDefault(held.getKey(), 0L) < held.getValue()) {
        return false;
      }
    }
    facts(logs, taken, sizes).forEach(this::enter);
    taken = sizes;
    return true;
  }

  private void enter(Fact fact) {
    ArtifactKey key = fact.record.id();
    List<Fact> own = said.computeIfAbsent(key, any -> new ArrayList<>(2));
    int at = own.size();
    while (at > 0 && TOTAL_ORDER.compare(fact, own.get(at - 1)) < 0) {
      at--;
    }
    own.add(at, fact);
    if (at == own.size() - 1) {
      take(fact);
    } else {
      live.remove(key);
      removed.remove(key);
      own.forEach(this::take);
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

  /** The latest put of each live artifact, in no order. */
  Map<ArtifactKey, Fact> live() {
    return Collections.unmodifiableMap(live);
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
