package dev.cairn.asl.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.Position;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.model.TypeTag;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Random lives of three stores that put, remove, erase, exchange stretches in any order, in pieces
 * and twice, lose power and open new epochs; held against an oracle that sorts all records a store
 * holds and replays them.
 *
 * <p>{@code -Dcairn.seed=N} repeats one life, {@code -Dcairn.seeds=N} lives more of them.
 */
final class StoreModelTest {
  private static final int SEEDS = Integer.getInteger("cairn.seeds", 45);
  private static final int STEPS = 150;
  private static final int TEXTS = 60;
  private static final List<String> NAMES = List.of("a", "b", "c");

  @Test
  void threeStoresAreAlwaysWhatTheSetOfTheirRecordsSays() {
    Long only = Long.getLong("cairn.seed");
    long first = only == null ? 0 : only;
    for (long seed = first; seed < (only == null ? SEEDS : first + 1); seed++) {
      Life life = new Life(seed);
      try {
        life.run();
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError(
            "seed " + seed + ", step " + life.step + ": repeat with -Dcairn.seed=" + seed, e);
      }
    }
  }

  /** A store with what a new process needs to open it again. */
  private static final class Node {
    final SigningKey key;
    int epoch = 1;
    MemoryEngine engine = StoreFixture.engine();
    Store store;

    Node(String name) {
      key = SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8(name)));
      store = open();
    }

    private Store open() {
      return Store.open(
          engine, new StoreConfig("test", key, epoch, List.of(), List.of(), () -> 1_000_000));
    }

    void loseAndRegainPower() {
      engine = engine.crash();
      store = open();
    }

    /** What an epoch leaves unsigned no later one signs. */
    void openNextEpoch() {
      store.signHead();
      store.close();
      engine = engine.reopen();
      epoch++;
      store = open();
    }
  }

  /** A record where it stands. */
  private record Placed(Position position, LogRecord record, boolean erases) {}

  private static final class Life {
    private final Random random;
    private final List<Node> nodes = new ArrayList<>();
    private final Map<String, Snapshots> taken = new HashMap<>();
    private int step;

    private record Snapshots(Bytes heads, ArtifactKey id) {}

    Life(long seed) {
      random = new Random(seed);
      NAMES.forEach(name -> nodes.add(new Node(name)));
    }

    void run() {
      for (step = 0; step < STEPS; step++) {
        Node node = nodes.get(random.nextInt(nodes.size()));
        int choice = random.nextInt(100);
        if (choice < 30) {
          node.store.commit(puts(node.store));
        } else if (choice < 45) {
          node.store.commit(removals());
        } else if (choice < 85) {
          send(nodes.get(random.nextInt(nodes.size())).store, node.store);
        } else if (choice < 90) {
          node.store.signHead();
        } else if (choice < 93) {
          node.store.snapshot(null);
        } else if (choice < 97) {
          node.loseAndRegainPower();
        } else if (choice < 98) {
          node.openNextEpoch();
        } else {
          check(node.store);
        }
      }
      converge();
      nodes.forEach(node -> node.store.close());
    }

    private CommitDraft puts(Store store) {
      CommitDraft draft = new CommitDraft();
      for (int i = 0; i < 1 + random.nextInt(6); i++) {
        int text = random.nextInt(TEXTS);
        PreparedArtifact artifact = store.prepare(tag(text), payload(text));
        if (random.nextInt(4) == 0) {
          draft.attest(artifact);
        } else {
          draft.put(artifact);
        }
      }
      return draft;
    }

    private CommitDraft removals() {
      CommitDraft draft = new CommitDraft();
      for (int i = 0; i < 1 + random.nextInt(4); i++) {
        draft.tombstone(key(random.nextInt(TEXTS)), new TombstoneNote(random.nextBoolean(), null));
      }
      return draft;
    }

    /** Texts 2n and 2n+1 have one payload under two tags. */
    private static Bytes payload(int text) {
      return Bytes.utf8("text " + text / 2);
    }

    private static TypeTag tag(int text) {
      return new TypeTag(text % 2 == 0 ? "text/plain" : "text/other");
    }

    private static ArtifactKey key(int text) {
      return ArtifactKey.of(payload(text), tag(text));
    }

    /** Some stretch of some log, from what is held or before it, to some checkpoint. */
    private void send(Store from, Store to) {
      from.signHead();
      List<LogHead> heads = from.heads();
      if (heads.isEmpty()) {
        return;
      }
      Origin origin = heads.get(random.nextInt(heads.size())).origin();
      long held = to.head(origin).map(LogHead::treeSize).orElse(0L);
      long start = random.nextInt(3) > 0 ? held : commitStart(from, origin, held);
      List<Map.Entry<Long, Bytes>> ends =
          new ArrayList<>(from.checkpoints(origin, start, 1_000).entrySet());
      if (origin.equals(to.origin())) {
        ends.removeIf(end -> end.getKey() > held);
      }
      if (ends.isEmpty()) {
        return;
      }
      Map.Entry<Long, Bytes> end = ends.get(random.nextInt(ends.size()));
      Stretch whole = StoreFixture.stretch(from, origin, start, end.getKey(), end.getValue());
      ReplicaResult result = to.replicate(random.nextInt(4) > 0 ? whole : bare(whole));
      assertThat(result.head()).isEqualTo(Math.max(held, end.getKey()));
    }

    private long commitStart(Store from, Origin origin, long held) {
      long before = held == 0 ? 0 : random.nextInt((int) held);
      return Math.min(before, from.head(origin).orElseThrow().treeSize());
    }

    /** The same without the payloads of puts, which may come later. */
    private static Stretch bare(Stretch whole) {
      List<Stretch.Item> items =
          whole.items().stream()
              .map(
                  item ->
                      LogRecord.decode(item.record()).isPut()
                          ? new Stretch.Item(item.record(), null)
                          : item)
              .toList();
      return new Stretch(
          whole.origin(), whole.key(), whole.firstIndex(), items, whole.checkpoint());
    }

    private void converge() {
      for (int round = 0; round < 2; round++) {
        for (Node from : nodes) {
          for (Node to : nodes) {
            if (from != to) {
              StoreFixture.copy(from.store, to.store);
            }
          }
        }
      }
      Store first = nodes.get(0).store;
      check(first);
      for (Node node : nodes) {
        assertThat(StoreFixture.derivedRows(node.store).equals(StoreFixture.derivedRows(first)))
            .as("all derived rows are equal")
            .isTrue();
        assertThat(node.store.snapshot(null).key()).isEqualTo(first.snapshot(null).key());
      }
    }

    private void check(Store store) {
      List<Placed> records = records(store);
      Cut everything = cut(store.heads(), 1);
      checkView(store, records, store.now(), everything);
      assertThat(store.stateRoot())
          .isEqualTo(root(records, everything))
          .isEqualTo(store.rebuiltStateRoot())
          .isEqualTo(store.stateRootAt(everything));
      assertThat(store.liveCounts().total()).isEqualTo(live(records, everything).size());
      Cut earlier = cut(store.heads(), random.nextDouble());
      checkView(store, records, store.at(earlier), earlier);
      assertThat(store.stateRootAt(earlier)).isEqualTo(root(records, earlier));
      checkSnapshots(store, records);
      checkPayloads(store, records, everything);
      remember(store);
    }

    private void checkView(Store store, List<Placed> records, View view, Cut cut) {
      Map<ArtifactKey, LiveEntry> live = live(records, cut);
      List<LiveEntry> shown = new ArrayList<>();
      view.forEachLive(shown::add);
      assertThat(shown).containsExactlyInAnyOrderElementsOf(live.values());
      checkIds(records, view, live);
      for (int text = 0; text < TEXTS; text++) {
        ArtifactKey key = key(text);
        assertThat(view.live(key)).isEqualTo(Optional.ofNullable(live.get(key)));
        assertThat(store.history(key))
            .containsExactlyElementsOf(
                records.stream()
                    .filter(placed -> placed.record().id().equals(key))
                    .map(placed -> new HistoryEntry(placed.position().origin(), placed.record()))
                    .toList());
      }
    }

    /** Ranges that meet give every id once, in the order of digests. */
    private void checkIds(List<Placed> records, View view, Map<ArtifactKey, LiveEntry> live) {
      Bytes middle = Bytes.wrap(new byte[] {(byte) random.nextInt(256)});
      List<ArtifactKey> ids = new ArrayList<>();
      for (List<Bytes> range :
          List.of(List.of(Bytes.EMPTY, middle), List.of(middle, Bytes.EMPTY))) {
        try (IdCursor cursor = view.ids(range.get(0), range.get(1))) {
          while (cursor.next()) {
            ids.add(cursor.key());
            assertThat(cursor.live()).isEqualTo(Optional.ofNullable(live.get(cursor.key())));
          }
        }
      }
      assertThat(ids)
          .containsExactlyElementsOf(
              records.stream()
                  .map(placed -> placed.record().id())
                  .sorted(Comparator.comparing(ArtifactKey::digest))
                  .distinct()
                  .toList());
    }

    private static void checkSnapshots(Store store, List<Placed> records) {
      for (SnapshotInfo info : store.snapshots()) {
        assertThat(root(records, info.snapshot().cut())).isEqualTo(info.snapshot().stateRoot());
      }
    }

    /** What is erased, shared by nothing live and shown by no snapshot is gone. */
    private void checkPayloads(Store store, List<Placed> records, Cut everything) {
      Map<ArtifactKey, LiveEntry> live = live(records, everything);
      for (int text = 0; text < TEXTS; text += 2) {
        List<ArtifactKey> sharers = List.of(key(text), key(text + 1));
        boolean needed =
            sharers.stream()
                .anyMatch(
                    key ->
                        live.containsKey(key)
                            || store.snapshots().stream()
                                .anyMatch(info -> store.at(info.snapshot().cut()).isLive(key)));
        boolean erased = sharers.stream().anyMatch(key -> store.erasure(key).isPresent());
        sharers.forEach(
            key -> assertThat(store.erasure(key).isPresent()).isEqualTo(isErased(records, key)));
        if (erased && !needed && sharers.stream().anyMatch(key -> isPut(records, key))) {
          assertThat(store.hasPayload(PayloadDigest.of(payload(text)))).isFalse();
        }
      }
    }

    private static boolean isPut(List<Placed> records, ArtifactKey key) {
      return records.stream()
          .anyMatch(placed -> placed.record().id().equals(key) && placed.record().isPut());
    }

    private static boolean isErased(List<Placed> records, ArtifactKey key) {
      boolean erased = false;
      for (Placed placed : records) {
        if (placed.record().id().equals(key)) {
          erased = placed.erases() || (erased && !placed.record().isPut());
        }
      }
      return erased;
    }

    /** Two stores that ever held the same logs computed the same snapshot. */
    private void remember(Store store) {
      Bytes heads = Bytes.EMPTY;
      for (LogHead head : store.heads()) {
        heads = Bytes.concat(heads, head.origin().bytes(), head.root());
      }
      ArtifactKey id = store.snapshot(null).key();
      Snapshots before = taken.putIfAbsent(heads.toHex(), new Snapshots(heads, id));
      if (before != null) {
        assertThat(id).isEqualTo(before.id());
      }
    }

    private Cut cut(List<LogHead> heads, double part) {
      TreeMap<Origin, Long> logseqs = new TreeMap<>();
      for (LogHead head : heads) {
        if (part == 1 || random.nextInt(5) > 0) {
          logseqs.put(head.origin(), (long) (head.lastLogseq() * part));
        }
      }
      return new Cut(logseqs);
    }

    /** All that a store holds, in the total order. */
    private static List<Placed> records(Store store) {
      List<Placed> all = new ArrayList<>();
      for (LogHead head : store.heads()) {
        try (RecordCursor cursor = store.records(head.origin(), 0, head.treeSize())) {
          while (cursor.next()) {
            LogRecord record = cursor.record();
            boolean erases =
                !record.isPut()
                    && TombstoneNote.decode(store.payload(record.payloadDigest(), 100)).erase();
            all.add(new Placed(record.position(head.origin()), record, erases));
          }
        }
      }
      all.sort(Comparator.comparing(Placed::position));
      return all;
    }

    private static Map<ArtifactKey, LiveEntry> live(List<Placed> records, Cut cut) {
      NavigableMap<ArtifactKey, LiveEntry> live = new TreeMap<>();
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
              record.id(),
              new LiveEntry(id, record.kind(), record.logseq(), origin, record.index()));
        } else {
          live.remove(record.id());
        }
      }
      return live;
    }

    private static Bytes root(List<Placed> records, Cut cut) {
      List<StateEntry> entries =
          live(records, cut).values().stream()
              .map(StateEntry::of)
              .sorted(Comparator.comparing(StateEntry::path))
              .toList();
      return StateTree.rootOf(entries.iterator()).hash();
    }
  }
}
