package dev.cairn.federation.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.Row;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.Lease;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.LogPage;
import dev.cairn.asl.store.PageLimits;
import dev.cairn.asl.store.RecordCursor;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreCheck;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.asl.time.Ticker;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.audit.AuditReport.Verdict;
import dev.cairn.federation.audit.AuditSource.OfStore;
import dev.cairn.federation.audit.AuditSource.Unopened;
import dev.cairn.federation.cosign.CosignShelf;
import dev.cairn.federation.filter.FilteredLog;
import dev.cairn.federation.filter.InterestFilter;
import dev.cairn.federation.filter.PartialLogs;
import dev.cairn.federation.filter.PartialStretch;
import dev.cairn.federation.member.MemberWriter;
import dev.cairn.federation.member.Membership;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.peers.PeerBook;
import dev.cairn.federation.protocol.ConflictSeen;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.sync.StoreSync;
import dev.cairn.federation.transport.PeerAddress;
import dev.cairn.pel.index.Ledger;
import dev.cairn.pel.index.Receipts;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.run.Executor;
import dev.cairn.pel.run.RunOptions;
import dev.cairn.pel.text.ProgramText;
import dev.cairn.tgk.EdgeFilter;
import dev.cairn.tgk.Graph;
import dev.cairn.tgk.Relation;
import dev.cairn.tgk.finding.FindingFilter;
import dev.cairn.tgk.finding.FindingStore;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * An auditor trusts no store: whatever bytes stand in its rows, an audit with re-execution ends
 * with a verdict, and every other reader with what the row says or a {@link CairnException}. A row
 * that keeps a store from opening is named by table and key.
 *
 * <p>Of each table some rows are garbled, each by itself: more of them by {@code
 * -Dcairn.garbled.rows=N} and {@code -Dcairn.garbled.seed=N}.
 */
@Timeout(600)
class GarbledRowsTest {
  private static final int ROWS = Integer.getInteger("cairn.garbled.rows", 1);
  private static final long SEED = Long.getLong("cairn.garbled.seed", 1);

  /** Ways to garble a value, of which each row gets these many, and its key as many. */
  private static final int WAYS = ROWS == 1 ? 3 : 16;

  private static final Set<Table> TABLES =
      StoreConfig.tables(CairnNode.newIndexes(), CairnNode.localTables());

  private static final String PROGRAM =
      """
      {"program": 1, "inputs": ["in"],
       "nodes": {"twice": {"operator": "bytes/concat@1", "inputs": ["in", "in"]},
                 "all": {"operator": "bytes/concat@1", "inputs": ["twice", "in"]}},
       "outputs": {"out": "all"}}
      """;

  private static StoreConfig config(String name) {
    return new StoreConfig(
        "test",
        TestNode.key(name),
        1,
        CairnNode.newIndexes(),
        CairnNode.localTables(),
        () -> 1_000_000);
  }

  private static Store open(MemoryEngine engine, String name) {
    return Store.open(engine, config(name));
  }

  private static ArtifactKey put(Store store, String text) {
    return store.put(new TypeTag("text/plain"), Bytes.utf8(text));
  }

  private static void sync(Store one, Store other) {
    new StoreSync(one, SessionOptions.DEFAULT, ReplicationListener.NONE, Ticker.system())
        .with(other, true, true);
  }

  private static void work(Store store, String name) {
    List<ArtifactKey> keys = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      keys.add(put(store, name + " says " + i));
    }
    CommitDraft together = new CommitDraft();
    for (int i = 0; i < 5; i++) {
      together.put(store.prepare(null, Bytes.utf8(name + " together " + i)));
    }
    store.commit(together);
    Edge edge =
        new Edge(
            new EdgeType("prov:wasDerivedFrom"),
            List.of(Endpoint.of(keys.get(0))),
            List.of(Endpoint.of(keys.get(1))),
            null);
    store.put(TypeTag.EDGE, edge.encode());
    byte[] large = new byte[200_000];
    new Random(name.hashCode()).nextBytes(large);
    store.put(null, Bytes.wrap(large));
    Executor executor = new Executor(store, OperatorRegistry.discover());
    executor.run(
        ProgramText.readJson(Bytes.utf8(PROGRAM)),
        new TreeMap<>(Map.of("in", keys.get(2))),
        RunOptions.defaults());
    store.tombstone(keys.get(3), "gone");
    store.erase(keys.get(4), "private");
    put(store, name + " says 3");
    store.put(TypeTag.SNAPSHOT, store.snapshot(name + " early").snapshot().encode());
    put(store, name + " afterwards");
  }

  private static void fill(Store from, Store to, InterestFilter filter) {
    from.signHead();
    FilteredLog log = new FilteredLog(from, filter);
    PartialLogs partial = new PartialLogs(to);
    Optional<PartialStretch> stretch = log.next(from.origin(), 0);
    long at = 0;
    while (stretch.isPresent()) {
      partial.take(stretch.get(), filter);
      at += stretch.get().items().size();
      stretch = log.next(from.origin(), at);
    }
  }

  private static AuditFinding found() {
    Findings findings = new Findings();
    findings.add(AuditFinding.Kind.STATE, "it", "differs", AuditFinding.Place.of("it", "state"));
    return findings.list().get(0);
  }

  /** Two nodes that hold rows of nearly every table, and a third's log in part. */
  private static void fill(MemoryEngine ann, MemoryEngine bob) {
    try (Store a = open(ann.share(), "ann");
        Store b = open(bob.share(), "bob");
        Store c = open(new MemoryEngine(TABLES), "cid")) {
      work(a, "ann");
      work(b, "bob");
      work(c, "cid");
      PeerBook peers = PeerBook.open(a, () -> 1_000_000);
      peers.add("bob", PeerAddress.parse("localhost:7000"), b.origin().node());
      peers.trust(b.origin().node());
      peers
          .conflicts()
          .add(
              new ConflictSeen(
                  ConflictSeen.Kind.DIFFERENCE, "one", "other", Bytes.EMPTY, Bytes.EMPTY),
              null);
      new MemberWriter(a).join();
      new MemberWriter(b).join();
      sync(a, b);
      new MemberWriter(a).acknowledge();
      fill(c, a, InterestFilter.parse("type:text/plain"));
      a.lease(new Lease("mine", 9_000_000, Set.of(put(a, "leased"))));
      new FindingKeeper(a).keep(List.of(found()), 1_000, "1");
      a.revokeKey(
          new NodeId(HashAlgorithm.SHA_256.hash(Bytes.utf8("x"))), new TreeMap<>(Map.of(1, 3L)));
      sync(a, b);
      new CosignShelf(a, () -> 1_000_000).cosign();
      a.stateRoot();
      b.stateRoot();
    }
  }

  /** Bytes that may stand in the place of others. */
  private static List<Bytes> garbled(Bytes bytes, Random random) {
    int length = bytes.length();
    byte[] ones = new byte[Math.max(length, 1)];
    Arrays.fill(ones, (byte) 0xff);
    List<Bytes> all =
        new ArrayList<>(
            List.of(
                Bytes.EMPTY,
                bytes.plus(Bytes.wrap(new byte[1])),
                Bytes.wrap(ones),
                Bytes.wrap(new byte[ones.length]),
                noise(40, random)));
    if (length > 0) {
      all.add(bytes.slice(0, random.nextInt(length)));
      all.add(bytes.slice(0, length - 1));
      all.add(bytes.slice(1));
      for (int at : new int[] {0, random.nextInt(length), length - 1}) {
        byte[] flipped = bytes.toArray();
        flipped[at] ^= (byte) (1 << random.nextInt(8));
        all.add(Bytes.wrap(flipped));
      }
    }
    Collections.shuffle(all, random);
    return all.subList(0, Math.min(WAYS, all.size()));
  }

  private static Bytes noise(int length, Random random) {
    byte[] noise = new byte[length];
    random.nextBytes(noise);
    return Bytes.wrap(noise);
  }

  private static List<Row> rows(MemoryEngine engine, Table table) {
    List<Row> all = new ArrayList<>();
    try (RowCursor rows = engine.scan(table, Bytes.EMPTY, Bytes.EMPTY)) {
      while (rows.next()) {
        all.add(new Row(rows.key(), rows.value()));
      }
    }
    return all;
  }

  /** What may be done to a table: each of these by itself. */
  private static List<RowChange> garblings(MemoryEngine engine, Table table, Random random) {
    List<Row> rows = rows(engine, table);
    Collections.shuffle(rows, random);
    List<RowChange> changes = new ArrayList<>();
    for (Row row : rows.subList(0, Math.min(ROWS, rows.size()))) {
      changes.add(RowChange.delete(table, row.key()));
      garbled(row.value(), random)
          .forEach(value -> changes.add(RowChange.put(table, row.key(), value)));
      for (Bytes key : garbled(row.key(), random)) {
        if (!key.isEmpty()) {
          changes.add(RowChange.put(table, key, row.value()));
        }
      }
    }
    for (int length : new int[] {1 + random.nextInt(8), 30 + random.nextInt(60)}) {
      changes.add(RowChange.put(table, noise(length, random), noise(random.nextInt(3), random)));
    }
    return changes;
  }

  private final MemoryEngine ann = new MemoryEngine(TABLES);
  private final MemoryEngine bob = new MemoryEngine(TABLES);

  /** As the command opens it. */
  private static Store openAsAuditor(MemoryEngine engine) {
    return Store.openReadOnly(engine.share(), config("ann"), () -> new MemoryEngine(TABLES));
  }

  /** As the command audits it, with another store. */
  private static AuditReport audit(MemoryEngine engine, Store other, @Nullable Table table) {
    Store store = null;
    AuditSource source;
    try {
      store = openAsAuditor(engine);
      source = new OfStore("it", store);
    } catch (DamagedException e) {
      if (table != null) {
        assertThat(e).hasMessageContaining(table.name());
      }
      source = new Unopened("it", String.valueOf(e.getMessage()), true);
    } catch (NotFoundException | RefusedException e) {
      source = new Unopened("it", String.valueOf(e.getMessage()), false);
    }
    try {
      List<AuditSource> sources = List.of(source, new OfStore("other", other));
      ReceiptCheck runs = Reexecution.narrow(OperatorRegistry.discover(), RunOptions.defaults());
      AuditReport report = Auditor.of(AuditPlan.usual(runs).withThreads(1)).audit(sources);
      assertThat(CauseTrees.of(sources, report)).isNotNull();
      assertThat(Disagreements.of(sources, report)).isNotNull();
      return report;
    } finally {
      if (store != null) {
        store.close();
      }
    }
  }

  /** What reads rows; that it throws nothing else is demanded of it. */
  private static void read(Runnable reading) {
    try {
      reading.run();
    } catch (CairnException e) {
      assertThat(e).hasMessageMatching("(?s).+");
    }
  }

  private static void readAll(Store store) {
    for (LogHead head : store.heads()) {
      read(
          () -> {
            try (RecordCursor records = store.records(head.origin(), 0, 6)) {
              while (records.next()) {
                readOne(store, records.record().id());
              }
            }
          });
    }
    read(() -> store.now().forEachLive(entry -> {}));
    read(
        () -> {
          LogPage page = store.log().read(store.log().start(), PageLimits.DEFAULT);
          while (!page.commits().isEmpty()) {
            page = store.log().read(page.next(), PageLimits.DEFAULT);
          }
        });
    read(store::snapshots);
    read(store::liveCounts);
    read(store::evidence);
    read(() -> store.absentPayloads(null, 10));
    read(
        () -> {
          try (Membership members = Membership.of(store)) {
            members.forEach(member -> {});
            members.forEachFormer(member -> {});
            members.stable();
          }
        });
    read(
        () -> {
          PeerBook book = PeerBook.open(store, () -> 1);
          book.list();
          book.nodes();
          read(() -> book.conflicts().list());
          read(() -> book.log().entries());
        });
    read(() -> new PartialLogs(store).coverage());
    read(() -> new CosignShelf(store, () -> 1).newest());
    read(() -> new FindingStore(store).reader().list(FindingFilter.ALL, null, 100));
    Receipts receipts = new Receipts(store, store.now());
    read(() -> receipts.list(null));
    read(() -> receipts.requests(key -> true, 10));
    read(() -> new Ledger(store).forEach(entry -> false));
  }

  private static void readOne(Store store, ArtifactKey key) {
    read(() -> store.stat(key));
    read(() -> store.reader().get(key, 1 << 20));
    read(() -> Graph.overRows(store).edgesOf(key, Relation.BOTH, EdgeFilter.LIVE, store.now()));
  }

  private void judge(MemoryEngine garbled, String what, Store other, @Nullable Table table) {
    assertThatCode(
            () -> {
              audit(garbled, other, table);
              read(
                  () -> {
                    try (Store store = openAsAuditor(garbled);
                        Store into = open(new MemoryEngine(TABLES), "replayer")) {
                      new Replayer(into).store(store, Optional.empty());
                    }
                  });
              read(
                  () -> {
                    try (Store store = Store.openReadOnly(garbled.share(), config("ann"))) {
                      readAll(store);
                    }
                  });
              read(
                  () ->
                      new StoreCheck(
                              garbled,
                              config("ann"),
                              () -> new MemoryEngine(TABLES),
                              things -> {},
                              PeerBook.localRows())
                          .check());
            })
        .as("%s (-Dcairn.garbled.rows=%s -Dcairn.garbled.seed=%s)", what, ROWS, SEED)
        .doesNotThrowAnyException();
  }

  static Stream<String> tables() {
    return TABLES.stream().map(Table::name).sorted();
  }

  @ParameterizedTest
  @MethodSource("tables")
  void whateverStandsInARowOfATableAnAuditEndsWithAVerdict(String name) {
    Table table = TABLES.stream().filter(each -> each.name().equals(name)).findAny().orElseThrow();
    Random random = new Random(SEED ^ name.hashCode());
    fill(ann, bob);
    try (Store other = open(bob.share(), "bob")) {
      AuditReport sound = audit(ann, other, null);
      assertThat(sound.verdict()).as("%s", sound.findings()).isEqualTo(Verdict.VERIFIED);
      for (RowChange change : garblings(ann, table, random)) {
        try (MemoryEngine garbled = ann.copy()) {
          garbled.write(List.of(change), Durability.SYNCED);
          Bytes value = change.value();
          judge(
              garbled,
              name + " " + change.key().toHex() + " = " + (value == null ? null : value.toHex()),
              other,
              table);
        }
      }
    }
  }

  @Test
  void whateverStandsInARecordAnAuditEndsWithAVerdict() {
    Random random = new Random(SEED);
    fill(ann, bob);
    try (Store other = open(bob.share(), "bob")) {
      for (Bytes log : ann.logs()) {
        for (int i = 0; i < ROWS; i++) {
          long at = random.nextLong(ann.head(log));
          Bytes record;
          try (RowCursor records = ann.records(log, at, at + 1)) {
            records.next();
            record = records.value();
          }
          for (Bytes value : garbled(record, random)) {
            try (MemoryEngine garbled = ann.copy()) {
              garbled.replaceRecords(log, new TreeMap<>(Map.of(at, value)));
              judge(garbled, "record " + at + " of " + log.toHex() + " = " + value, other, null);
            }
          }
        }
      }
    }
  }

  @AfterEach
  void close() {
    ann.close();
    bob.close();
  }
}
