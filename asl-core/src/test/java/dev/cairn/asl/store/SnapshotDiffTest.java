package dev.cairn.asl.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.Position;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.model.TypeTag;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * What two cuts differ in, held against an oracle that sorts and replays all records under each.
 *
 * <p>{@code -Dcairn.seed=N} repeats one history.
 */
final class SnapshotDiffTest {
  private static final int HISTORIES = 30;
  private static final int STEPS = 60;
  private static final int CUTS = 12;
  private static final int TEXTS = 40;

  /** Every artifact is looked at as soon as one record lies between. */
  private static final long ALL_ROWS = 0;

  private static final long FEW_RECORDS = Long.MAX_VALUE;

  /** A store with its engine, so that the bound can be chosen. */
  private record Node(MemoryEngine engine, Store store) {
    static Node of(String name) {
      MemoryEngine engine = StoreFixture.engine();
      return new Node(engine, StoreFixture.open(name, engine));
    }

    List<LiveChange> diff(Cut from, Cut to, long recordsInMemoryMax) {
      Logs logs = new Logs(engine);
      List<LiveChange> changes = new ArrayList<>();
      SnapshotDiff.run(
          engine,
          logs,
          new Views(engine, logs, new Structures(List.of())),
          from,
          to,
          recordsInMemoryMax,
          changes::add);
      return changes;
    }
  }

  private record Placed(Position position, LogRecord record) {}

  @Test
  void bothWaysOfLookingGiveWhatAnOracleGivesInBothDirections() {
    Long only = Long.getLong("cairn.seed");
    int changes = 0;
    for (long seed = only == null ? 0 : only;
        seed < (only == null ? HISTORIES : only + 1);
        seed++) {
      try {
        changes += compareHistory(new Random(seed));
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("repeat with -Dcairn.seed=" + seed, e);
      }
    }
    assertThat(changes).as("changes compared").isGreaterThan(only == null ? 10_000 : 0);
  }

  private static int compareHistory(Random random) {
    List<Node> nodes = List.of(Node.of("a"), Node.of("b"), Node.of("c"));
    live(nodes, random);
    Node node = nodes.get(random.nextInt(nodes.size()));
    List<Placed> records = records(node.store());
    List<Cut> cuts = cuts(node.store(), random);
    int changes = 0;
    for (Cut from : cuts) {
      for (Cut to : cuts) {
        List<LiveChange> expected = oracle(records, from, to);
        assertThat(node.diff(from, to, FEW_RECORDS)).isEqualTo(expected);
        assertThat(node.diff(from, to, ALL_ROWS)).isEqualTo(expected);
        List<LiveChange> told = new ArrayList<>();
        node.store().diff(from, to, told::add);
        assertThat(told).isEqualTo(expected);
        changes += expected.size();
      }
    }
    nodes.forEach(one -> one.store().close());
    return changes;
  }

  /** Puts, re-puts, tombstones and erasures by all, which reach the others late and in parts. */
  private static void live(List<Node> nodes, Random random) {
    for (int step = 0; step < STEPS; step++) {
      Store store = nodes.get(random.nextInt(nodes.size())).store();
      int choice = random.nextInt(10);
      if (choice < 7) {
        CommitDraft draft = new CommitDraft();
        Set<Integer> texts = new TreeSet<>();
        for (int i = 0; i <= random.nextInt(5); i++) {
          texts.add(random.nextInt(TEXTS));
        }
        for (int text : texts) {
          PreparedArtifact artifact = store.prepare(tag(text), payload(text));
          switch (random.nextInt(5)) {
            case 0 -> draft.attest(artifact);
            case 1, 2 ->
                draft.tombstone(artifact.id().key(), new TombstoneNote(random.nextBoolean(), null));
            default -> draft.put(artifact);
          }
        }
        store.commit(draft);
      } else {
        Store from = nodes.get(random.nextInt(nodes.size())).store();
        from.signHead();
        List<LogHead> heads = from.heads();
        if (from != store && !heads.isEmpty()) {
          StoreFixture.copy(from, store, heads.get(random.nextInt(heads.size())).origin());
        }
      }
    }
  }

  private static Bytes payload(int text) {
    return Bytes.utf8("text " + text / 2);
  }

  private static TypeTag tag(int text) {
    return text % 2 == 0 ? new TypeTag("text/plain") : null;
  }

  /** Nothing, everything, beyond everything, parts with and without logs, logs not held. */
  private static List<Cut> cuts(Store store, Random random) {
    List<Cut> cuts = new ArrayList<>(List.of(Cut.NOTHING, store.cut()));
    Origin unknown = new Origin(new NodeId(Bytes.wrap(new byte[NodeId.BYTES])), 3);
    while (cuts.size() < CUTS) {
      TreeMap<Origin, Long> logseqs = new TreeMap<>();
      for (LogHead head : store.heads()) {
        if (random.nextInt(6) > 0) {
          logseqs.put(head.origin(), (long) random.nextInt((int) head.lastLogseq() + 3));
        }
      }
      if (random.nextInt(3) == 0) {
        logseqs.put(unknown, (long) random.nextInt(9));
      }
      cuts.add(new Cut(logseqs));
    }
    return cuts;
  }

  private static List<Placed> records(Store store) {
    List<Placed> all = new ArrayList<>();
    for (LogHead head : store.heads()) {
      try (RecordCursor cursor = store.records(head.origin(), 0, head.treeSize())) {
        while (cursor.next()) {
          all.add(new Placed(cursor.record().position(head.origin()), cursor.record()));
        }
      }
    }
    all.sort(Comparator.comparing(Placed::position));
    return all;
  }

  private static List<LiveChange> oracle(List<Placed> records, Cut from, Cut to) {
    Map<Bytes, LiveEntry> before = live(records, from);
    Map<Bytes, LiveEntry> after = live(records, to);
    NavigableMap<Bytes, LiveChange> changes = new TreeMap<>();
    after.forEach((digest, entry) -> changes.put(digest, new LiveChange(entry, true)));
    before.forEach((digest, entry) -> changes.put(digest, new LiveChange(entry, false)));
    changes.keySet().removeIf(digest -> before.containsKey(digest) && after.containsKey(digest));
    return List.copyOf(changes.values());
  }

  /** By digest. */
  private static Map<Bytes, LiveEntry> live(List<Placed> records, Cut cut) {
    Map<Bytes, LiveEntry> live = new TreeMap<>();
    for (Placed placed : records) {
      LogRecord record = placed.record();
      Origin origin = placed.position().origin();
      if (!cut.includes(origin, record.logseq())) {
        continue;
      }
      if (record.isPut()) {
        ArtifactId id =
            new ArtifactId(
                record.id(), record.tag(), record.payloadLength(), record.payloadDigest());
        live.put(
            record.id().digest(),
            new LiveEntry(id, record.kind(), record.logseq(), origin, record.index()));
      } else {
        live.remove(record.id().digest());
      }
    }
    return live;
  }

  @Test
  void aCutDoesNotDifferFromItselfWhateverItNames() {
    Node node = Node.of("a");
    ArtifactKey key = StoreFixture.put(node.store(), "one");
    StoreFixture.put(node.store(), "two");
    StoreFixture.remove(node.store(), key, true);
    Origin unknown = new Origin(new NodeId(Bytes.wrap(new byte[NodeId.BYTES])), 1);
    TreeMap<Origin, Long> beyond = new TreeMap<>(node.store().cut().logseqs());
    beyond.put(unknown, Long.MAX_VALUE);
    beyond.put(node.store().origin(), Long.MAX_VALUE);
    for (Cut cut : List.of(Cut.NOTHING, node.store().cut(), new Cut(beyond))) {
      for (long bound : new long[] {FEW_RECORDS, ALL_ROWS, -1}) {
        assertThat(node.diff(cut, cut, bound)).isEmpty();
      }
    }
    assertThat(node.diff(node.store().cut(), new Cut(beyond), -1)).isEmpty();
    node.store().close();
  }

  @Test
  void aCutStaysWhatItIsWhileOthersWrite() {
    Node node = Node.of("a");
    StoreFixture.put(node.store(), "one");
    Cut early = node.store().cut();
    ArtifactKey two = StoreFixture.put(node.store(), "two");
    Cut late = node.store().cut();
    List<LiveChange> seen = new ArrayList<>();
    node.store()
        .diff(
            early,
            late,
            change -> {
              seen.add(change);
              StoreFixture.put(node.store(), "while told of " + change.entry().key());
              StoreFixture.remove(node.store(), two, true);
            });
    assertThat(seen).extracting(change -> change.entry().key()).containsExactly(two);
    for (long bound : new long[] {FEW_RECORDS, ALL_ROWS}) {
      assertThat(node.diff(early, late, bound)).isEqualTo(seen);
      assertThat(node.diff(late, early, bound))
          .containsExactly(new LiveChange(seen.get(0).entry(), false));
    }
    node.store().close();
  }
}
