package dev.cairn.federation.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.store.Index;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.RecordCursor;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.asl.store.Stretch;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.filter.PartialStretch.Held;
import dev.cairn.federation.filter.PartialStretch.Hole;
import dev.cairn.federation.filter.PartialStretch.Item;
import dev.cairn.pel.index.ReceiptIndex;
import dev.cairn.tgk.index.GraphIndex;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PartialLogsTest {
  private static final List<Index> INDEXES = List.of(new GraphIndex(), new ReceiptIndex());

  static Store partial(String name) {
    Set<Table> tables = StoreConfig.tables(INDEXES, List.of(PartialLogs.TABLE));
    return Store.open(
        new MemoryEngine(tables),
        new StoreConfig(
            "test", TestNode.key(name), 1, INDEXES, List.of(PartialLogs.TABLE), () -> 1_000_000));
  }

  static Map<Bytes, Bytes> rows(Store store, Table table) {
    Map<Bytes, Bytes> rows = new TreeMap<>();
    try (RowCursor cursor = store.rows().scan(table, Bytes.EMPTY, Bytes.EMPTY)) {
      while (cursor.next()) {
        rows.put(cursor.key(), cursor.value());
      }
    }
    return rows;
  }

  /** Everything of {@code from}'s logs through a filter. */
  static void fill(TestNode from, Store to, InterestFilter filter) {
    from.store().signHead();
    FilteredLog log = new FilteredLog(from.store(), filter);
    PartialLogs partial = new PartialLogs(to);
    for (Origin origin : from.heads().keySet()) {
      long at = partial.coverage(origin).map(PartialLogs.Coverage::size).orElse(0L);
      Optional<PartialStretch> stretch = log.next(origin, at);
      while (stretch.isPresent()) {
        partial.take(stretch.get(), filter);
        at += stretch.get().items().size();
        stretch = log.next(origin, at);
      }
    }
  }

  static long widen(TestNode from, Store to, InterestFilter filter) {
    PartialLogs partial = new PartialLogs(to);
    FilteredLog log = new FilteredLog(from.store(), filter);
    long came = 0;
    for (PartialLogs.Coverage coverage : partial.coverage()) {
      SortedMap<Long, Bytes> records =
          log.widening(coverage.filter(), coverage.origin(), 0, coverage.size(), 99_999);
      came += records.size();
      partial.widen(coverage.origin(), filter, records);
    }
    return came;
  }

  static TestNode worker(long seed) {
    TestNode node = new TestNode("a");
    node.work(seed, 40);
    return node;
  }

  /** All of one log, from one whole store to another. */
  static void hand(TestNode from, Origin origin, TestNode to) {
    from.store().signHead();
    LogHead head = from.store().head(origin).orElseThrow();
    List<Stretch.Item> items = new ArrayList<>();
    try (RecordCursor records = from.store().records(origin, 0, head.treeSize())) {
      while (records.next()) {
        LogRecord record = records.record();
        items.add(
            new Stretch.Item(
                records.encoded(),
                from.store().payload(record.payloadDigest(), record.payloadLength())));
      }
    }
    Bytes note = from.store().checkpoints(origin, 0, 99).get(head.treeSize());
    to.store().replicate(new Stretch(origin, head.key(), 0, items, Objects.requireNonNull(note)));
  }

  @Test
  void aWiderInterestBringsWhatTheFirstSenderDidNotKnowToBeOfInterest() {
    InterestFilter narrow = InterestFilter.parse("type:text/plain");
    InterestFilter wide = InterestFilter.parse("kind:tombstone | type:text/plain");
    try (TestNode a = new TestNode("a");
        TestNode b = new TestNode("b");
        TestNode c = new TestNode("c");
        Store held = partial("d")) {
      ArtifactKey removed = a.put("removed");
      hand(a, a.origin(), b);
      b.remove(removed, false);
      hand(b, b.origin(), c);
      fill(c, held, narrow);
      PartialLogs logs = new PartialLogs(held);
      assertThat(logs.at(b.origin(), 0)).containsInstanceOf(Hole.class);
      assertThat(widen(b, held, wide)).isOne();
      assertThat(logs.at(b.origin(), 0)).containsInstanceOf(Held.class);
      logs.verify(b.origin());
    }
  }

  @Test
  void anyLogThroughAnyFilterVerifiesAndWidenedIsAsIfItHadBeenWideBefore() {
    long holes = 0;
    long filled = 0;
    for (long seed = 0; seed < 40; seed++) {
      Random random = new Random(seed);
      InterestFilter narrow = InterestFilterTest.random(random, 2);
      InterestFilter wide =
          InterestFilter.anyOf(List.of(narrow, InterestFilterTest.random(random, 2)));
      try (TestNode a = worker(seed);
          Store grown = partial("b");
          Store wideAtOnce = partial("b")) {
        fill(a, grown, narrow);
        PartialLogs logs = new PartialLogs(grown);
        logs.verify(a.origin());
        holes += logs.coverage(a.origin()).orElseThrow().holes();
        filled += widen(a, grown, wide);
        a.work(seed + 1_000, 10);
        fill(a, grown, wide);
        fill(a, wideAtOnce, wide);
        logs.verify(a.origin());
        // Stretches of two fillings end at more checkpoints than that of one.
        assertThat(places(grown)).isEqualTo(places(wideAtOnce));
        assertThat(logs.coverage(a.origin()).orElseThrow())
            .isEqualTo(new PartialLogs(wideAtOnce).coverage(a.origin()).orElseThrow());
        assertThat(grown.heads()).as("no part of the store's logs").isEmpty();
      }
    }
    assertThat(holes).isGreaterThan(500);
    assertThat(filled).isGreaterThan(100);
  }

  private static Map<Bytes, Bytes> places(Store store) {
    Map<Bytes, Bytes> rows = rows(store, PartialLogs.TABLE);
    rows.keySet().removeIf(key -> key.at(0) == 2);
    return rows;
  }

  @Test
  void aLogWidenedToAllBecomesTheFullReplicaByteForByte() {
    for (long seed = 0; seed < 10; seed++) {
      try (TestNode a = worker(seed);
          Store full = partial("b");
          Store grown = partial("b")) {
        fill(a, grown, InterestFilterTest.random(new Random(seed), 2));
        widen(a, grown, InterestFilter.Constant.ALL);
        PartialLogs logs = new PartialLogs(grown);
        logs.promote(a.origin(), digest -> a.store().hasPayload(digest) ? small(a, digest) : null);
        assertThat(rows(grown, PartialLogs.TABLE)).isEmpty();
        fill(a, full, InterestFilter.Constant.ALL);
        new PartialLogs(full)
            .promote(a.origin(), digest -> a.store().hasPayload(digest) ? small(a, digest) : null);
        assertThat(grown.heads()).isEqualTo(full.heads());
        assertThat(grown.stateRoot()).isEqualTo(a.store().stateRoot());
        assertThat(full.stateRoot()).isEqualTo(a.store().stateRoot());
        for (Table table : StoreConfig.tables(INDEXES, List.of())) {
          if (table.scope() == Table.Scope.DERIVED) {
            assertThat(rows(grown, table)).as(table.name()).isEqualTo(rows(full, table));
          }
        }
      }
    }
  }

  private static @Nullable Bytes small(TestNode node, PayloadDigest digest) {
    try {
      return node.store().payload(digest, Store.INLINE_BYTES_MAX);
    } catch (RefusedException e) {
      return null;
    }
  }

  @Test
  void aboveAKeyAreItsCausesAndTheEdgesToThem() {
    try (TestNode a = new TestNode("a");
        Store b = partial("b")) {
      ArtifactKey source = a.put("source");
      ArtifactKey middle = a.put("middle");
      ArtifactKey result = a.put("result");
      ArtifactKey other = a.put("other");
      ArtifactKey first = a.link("prov:made", source, middle);
      ArtifactKey second = a.link("prov:made", middle, result);
      a.link("prov:made", result, other);
      a.remove(source, false);
      fill(a, b, InterestFilter.parse("above:" + result));
      List<ArtifactKey> held = new ArrayList<>();
      PartialLogs logs = new PartialLogs(b);
      for (long i = 0; i < 8; i++) {
        if (logs.at(a.origin(), i).orElseThrow() instanceof Held record) {
          held.add(LogRecord.decode(record.record()).id());
        }
      }
      assertThat(held).containsExactly(source, middle, result, first, second, source);
      assertThat(logs.coverage(a.origin()).orElseThrow().holes()).isEqualTo(2);
    }
  }

  // ---- hostile

  private static PartialStretch stretch(TestNode a, InterestFilter filter) {
    a.store().signHead();
    return new FilteredLog(a.store(), filter).next(a.origin(), 0).orElseThrow();
  }

  @Test
  void theRemovalOfAnEdgeComesThoughALaterRecordCallsTheEdgeAText() {
    try (TestNode a = new TestNode("a")) {
      ArtifactKey edge = a.link("prov:used", a.put("source"), a.put("result"));
      a.remove(edge, false);
      a.takeLie(edge);
      assertThat(stretch(a, InterestFilter.parse("type:tgk/edge")).items())
          .extracting(item -> item instanceof Held)
          .containsExactly(false, false, true, true);
    }
  }

  private static PartialStretch with(PartialStretch stretch, int at, Item item) {
    List<Item> items = new ArrayList<>(stretch.items());
    items.set(at, item);
    return new PartialStretch(
        stretch.origin(), stretch.key(), stretch.firstIndex(), items, stretch.checkpoint());
  }

  private static void refused(Store store, PartialStretch stretch, InterestFilter filter) {
    Map<Bytes, Bytes> before = rows(store, PartialLogs.TABLE);
    assertThatThrownBy(() -> new PartialLogs(store).take(stretch, filter))
        .isInstanceOfAny(MalformedException.class, RefusedException.class);
    assertThat(rows(store, PartialLogs.TABLE)).isEqualTo(before);
  }

  @Test
  void whatDoesNotGiveTheSignedRootIsRefusedAndNothingOfItKept() {
    InterestFilter filter = InterestFilter.parse("type:text/*");
    try (TestNode a = worker(1);
        TestNode c = new TestNode("c");
        Store b = partial("b")) {
      PartialStretch good = stretch(a, filter);
      int hole = 0;
      while (!(good.items().get(hole) instanceof Hole)) {
        hole++;
      }
      int held = 0;
      while (!(good.items().get(held) instanceof Held)) {
        held++;
      }
      Bytes record = ((Held) good.items().get(held)).record();
      byte[] flipped = record.toArray();
      flipped[flipped.length - 1] ^= 1;
      refused(b, with(good, hole, new Hole(TreeHasher.leaf(Bytes.utf8("another")))), filter);
      refused(b, with(good, held, new Held(Bytes.wrap(flipped))), filter);
      refused(b, with(good, hole, good.items().get(held)), filter);
      refused(b, with(good, held, new Held(Bytes.utf8("no record"))), filter);
      List<Item> shorter = good.items().subList(0, good.items().size() - 1);
      refused(
          b, new PartialStretch(good.origin(), good.key(), 0, shorter, good.checkpoint()), filter);
      refused(
          b,
          new PartialStretch(good.origin(), good.key(), 1, good.items(), good.checkpoint()),
          filter);
      refused(
          b,
          new PartialStretch(
              good.origin(),
              c.store().signingKey().publicKey(),
              0,
              good.items(),
              good.checkpoint()),
          filter);
      new PartialLogs(b).take(good, filter);
      refused(b, good, filter);
      new PartialLogs(b).verify(a.origin());
    }
  }

  @Test
  void aHoleIsFilledByItsOwnRecordOnly() {
    InterestFilter filter = InterestFilter.parse("kind:edge");
    try (TestNode a = worker(2);
        Store b = partial("b")) {
      fill(a, b, filter);
      PartialLogs logs = new PartialLogs(b);
      Map<Bytes, Bytes> before = rows(b, PartialLogs.TABLE);
      Bytes first;
      Bytes second;
      try (var records = a.store().records(a.origin(), 0, 2)) {
        records.next();
        first = records.encoded();
        records.next();
        second = records.encoded();
      }
      assertThatThrownBy(
              () ->
                  logs.widen(
                      a.origin(), InterestFilter.Constant.ALL, new TreeMap<>(Map.of(0L, second))))
          .isInstanceOf(MalformedException.class);
      assertThatThrownBy(
              () ->
                  logs.widen(
                      a.origin(),
                      InterestFilter.Constant.ALL,
                      new TreeMap<>(Map.of(0L, first, 1L, first))))
          .isInstanceOf(MalformedException.class);
      assertThatThrownBy(
              () ->
                  logs.widen(
                      a.origin(),
                      InterestFilter.Constant.ALL,
                      new TreeMap<>(Map.of(9_999L, first))))
          .isInstanceOf(MalformedException.class);
      assertThat(rows(b, PartialLogs.TABLE)).isEqualTo(before);
      assertThatThrownBy(() -> logs.promote(a.origin(), digest -> null))
          .isInstanceOf(RefusedException.class);
    }
  }

  @Test
  void anotherFilterThanTheLogsIsRefusedUntilItIsWidened() {
    try (TestNode a = worker(3);
        Store b = partial("b")) {
      fill(a, b, InterestFilter.parse("kind:edge"));
      a.put("more");
      a.store().signHead();
      long size = new PartialLogs(b).coverage(a.origin()).orElseThrow().size();
      refused(
          b,
          new FilteredLog(a.store(), InterestFilter.Constant.ALL)
              .next(a.origin(), size)
              .orElseThrow(),
          InterestFilter.Constant.ALL);
    }
  }

  @Test
  void aLogThatTheStoreHoldsAsAWholeIsNotHeldInPart() {
    try (TestNode a = worker(4);
        Store b = partial("b")) {
      fill(a, b, InterestFilter.Constant.ALL);
      new PartialLogs(b)
          .promote(a.origin(), digest -> a.store().hasPayload(digest) ? small(a, digest) : null);
      refused(b, stretch(a, InterestFilter.Constant.ALL), InterestFilter.Constant.ALL);
    }
  }

  @Test
  void aRowThatIsDamagedOrMissingIsFound() {
    try (TestNode a = worker(5);
        Store b = partial("b")) {
      fill(a, b, InterestFilter.parse("kind:edge"));
      PartialLogs logs = new PartialLogs(b);
      Bytes key =
          rows(b, PartialLogs.TABLE).keySet().stream()
              .filter(k -> k.at(0) == 1)
              .findFirst()
              .orElseThrow();
      b.writeLocal(List.of(RowChange.delete(PartialLogs.TABLE, key)), Durability.SYNCED);
      assertThatThrownBy(() -> logs.verify(a.origin())).isInstanceOf(DamagedException.class);
    }
  }
}
