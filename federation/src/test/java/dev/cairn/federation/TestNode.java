package dev.cairn.federation;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.merkle.CompactRange;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.note.Checkpoint;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.Index;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.PreparedArtifact;
import dev.cairn.asl.store.RecordCursor;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.asl.store.Stretch;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.member.MemberIndex;
import dev.cairn.federation.peers.PeerBook;
import dev.cairn.federation.protocol.StoreReplica;
import dev.cairn.pel.index.ReceiptIndex;
import dev.cairn.tgk.index.GraphIndex;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** A node on a memory engine with the graph index, and the shortest way to write to it. */
public final class TestNode implements AutoCloseable {
  /** Where {@link #takeLie} stands. */
  public static final long LIE_LOGSEQ = 9_999;

  /** How long the payloads are that it states. */
  public static final long LIE_BYTES = 1L << 60;

  private static final TypeTag TEXT = new TypeTag("text/plain");
  private static final List<Index> INDEXES =
      List.of(new GraphIndex(), new ReceiptIndex(), new MemberIndex());

  private final String name;
  private final MemoryEngine engine;
  private final Store store;

  public TestNode(String name) {
    this(name, "test");
  }

  public TestNode(String name, String federation) {
    this(name, config(name, federation));
  }

  /** One whose clock is wrong, or moves. */
  public TestNode(String name, WallClock clock) {
    this(name, new StoreConfig("test", key(name), 1, INDEXES, PeerBook.tables(), clock));
  }

  private TestNode(String name, StoreConfig config) {
    this.name = name;
    this.engine = new MemoryEngine(tables());
    this.store = Store.open(engine, config);
  }

  /** One that is opened with something else. */
  public static TestNode with(String name, StoreConfig config) {
    return new TestNode(name, config);
  }

  public static StoreConfig config(String name, String federation) {
    return new StoreConfig(federation, key(name), 1, INDEXES, PeerBook.tables(), () -> 1_000_000);
  }

  /** The indexes of such a node. */
  public static List<Index> indexes() {
    return INDEXES;
  }

  /** What an engine under {@link #config} must be opened with. */
  public static Set<Table> tables() {
    return StoreConfig.tables(INDEXES, PeerBook.tables());
  }

  public static SigningKey key(String name) {
    return SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8(name)));
  }

  public Store store() {
    return store;
  }

  public MemoryEngine engine() {
    return engine;
  }

  public StoreReplica replica() {
    return new StoreReplica(store);
  }

  public Origin origin() {
    return store.origin();
  }

  public ArtifactKey put(String text) {
    return put(TEXT, Bytes.utf8(text));
  }

  public ArtifactKey put(TypeTag tag, Bytes payload) {
    PreparedArtifact artifact = store.prepare(tag, payload);
    store.commit(new CommitDraft().put(artifact));
    return artifact.id().key();
  }

  /** One commit of so many small artifacts. */
  public List<ArtifactKey> putTogether(String prefix, int count) {
    CommitDraft draft = new CommitDraft();
    List<ArtifactKey> keys = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      PreparedArtifact artifact = store.prepare(TEXT, Bytes.utf8(prefix + i));
      keys.add(artifact.id().key());
      draft.put(artifact);
    }
    store.commit(draft);
    return keys;
  }

  public ArtifactKey putLarge(int bytes, long seed) {
    byte[] payload = new byte[bytes];
    new Random(seed).nextBytes(payload);
    return put(new TypeTag("application/octet-stream"), Bytes.wrap(payload));
  }

  public ArtifactKey link(String type, ArtifactKey from, ArtifactKey to) {
    Edge edge =
        new Edge(new EdgeType(type), List.of(Endpoint.of(from)), List.of(Endpoint.of(to)), null);
    return put(TypeTag.EDGE, edge.encode());
  }

  public void remove(ArtifactKey key, boolean erase) {
    store.commit(new CommitDraft().tombstone(key, new TombstoneNote(erase, "no longer true")));
  }

  /** A bit of everything: commits of one and of many, edges, large payloads, removals, revivals. */
  public void work(long seed, int commits) {
    Random random = new Random(seed);
    List<ArtifactKey> keys = new ArrayList<>();
    keys.add(put("first of " + name));
    for (int i = 0; i < commits; i++) {
      ArtifactKey some = keys.get(random.nextInt(keys.size()));
      switch (random.nextInt(8)) {
        case 0 ->
            keys.addAll(putTogether(name + " " + seed + " " + i + " ", 1 + random.nextInt(9)));
        case 1 -> keys.add(link("prov:wasDerivedFrom", some, keys.get(keys.size() - 1)));
        case 2 -> remove(some, false);
        case 3 -> keys.add(put("shared " + random.nextInt(20)));
        case 4 -> keys.add(putLarge(70_000 + random.nextInt(600_000), seed + i));
        default -> keys.add(put(name + " says " + seed + " " + i));
      }
    }
  }

  /**
   * Takes records of another node, well signed, that state of artifacts a type, a length and a
   * payload that none of them has; they are the latest. Once at most.
   *
   * @return whose they are
   */
  public Origin takeLie(ArtifactKey... targets) {
    SigningKey liar = key("liar");
    Origin origin = new Origin(NodeId.of(liar.publicKey()), 1);
    List<Stretch.Item> items = new ArrayList<>();
    CompactRange log = new CompactRange();
    for (ArtifactKey target : new TreeSet<>(List.of(targets))) {
      Bytes record =
          new LogRecord(
                  items.size(),
                  LIE_LOGSEQ,
                  1,
                  RecordKind.ARTIFACT,
                  target,
                  TEXT,
                  LIE_BYTES,
                  PayloadDigest.of(Bytes.utf8("nobody has it")))
              .encode();
      items.add(new Stretch.Item(record, null));
      log.append(TreeHasher.leaf(record));
    }
    Bytes note = new Checkpoint("test", origin, items.size(), log.root(), LIE_LOGSEQ).sign(liar);
    store.replicate(new Stretch(origin, liar.publicKey(), 0, items, note));
    return origin;
  }

  /** Where its logs end: origin to size and root. */
  public Map<Origin, String> heads() {
    Map<Origin, String> heads = new TreeMap<>();
    for (LogHead head : store.heads()) {
      heads.put(head.origin(), head.treeSize() + " " + head.root().toHex());
    }
    return heads;
  }

  /** Every row that is a function of the records held, the state tree among them. */
  public Map<String, Map<Bytes, Bytes>> derivedRows() {
    store.stateRoot();
    Map<String, Map<Bytes, Bytes>> all = new TreeMap<>();
    for (Table table : StoreConfig.tables(INDEXES, List.of())) {
      if (table.scope() == Table.Scope.DERIVED) {
        Map<Bytes, Bytes> rows = new TreeMap<>();
        try (RowCursor cursor = store.rows().scan(table, Bytes.EMPTY, Bytes.EMPTY)) {
          while (cursor.next()) {
            rows.put(cursor.key(), cursor.value());
          }
        }
        all.put(table.name(), rows);
      }
    }
    return all;
  }

  /** Flips the last bit of every row of a table, behind the store's back. */
  public void damage(String tableName) {
    Map<Bytes, Bytes> rows = rows(tableName);
    if (rows.isEmpty()) {
      throw new AssertionError("nothing to damage in " + tableName);
    }
    rows.forEach(
        (key, row) -> {
          byte[] value = row.toArray();
          value[value.length - 1] ^= 1;
          overwrite(tableName, key, Bytes.wrap(value));
        });
  }

  /** Flips the last bit of every row of a local table, behind the store's back. */
  public void damageLocal(Table table) {
    List<RowChange> changes = new ArrayList<>();
    try (RowCursor cursor = engine.scan(table, Bytes.EMPTY, Bytes.EMPTY)) {
      while (cursor.next()) {
        byte[] value = cursor.value().toArray();
        value[value.length - 1] ^= 1;
        changes.add(RowChange.put(table, cursor.key(), Bytes.wrap(value)));
      }
    }
    if (changes.isEmpty()) {
      throw new AssertionError("nothing to damage in " + table.name());
    }
    engine.write(changes, Durability.SYNCED);
  }

  /** The rows of a table. */
  public Map<Bytes, Bytes> rows(String tableName) {
    Map<Bytes, Bytes> rows = new TreeMap<>();
    try (RowCursor cursor = engine.scan(table(tableName), Bytes.EMPTY, Bytes.EMPTY)) {
      while (cursor.next()) {
        rows.put(cursor.key(), cursor.value());
      }
    }
    return rows;
  }

  /** Writes a row behind the store's back. */
  public void overwrite(String tableName, Bytes key, Bytes value) {
    engine.write(List.of(RowChange.put(table(tableName), key, value)), Durability.SYNCED);
  }

  /** Deletes a row behind the store's back. */
  public void drop(String tableName, Bytes key) {
    engine.write(List.of(RowChange.delete(table(tableName), key)), Durability.SYNCED);
  }

  private static Table table(String name) {
    return StoreConfig.tables(INDEXES, List.of()).stream()
        .filter(table -> table.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /** Two rows of a log change places, as by a hand in the database: what they say stays. */
  public void swapRecords(Origin log, long one, long other) {
    engine.replaceRecords(
        log.bytes(), new TreeMap<>(Map.of(one, encoded(log, other), other, encoded(log, one))));
  }

  private Bytes encoded(Origin log, long index) {
    try (RecordCursor records = store.records(log, index, index + 1)) {
      if (!records.next()) {
        throw new AssertionError("no record " + index + " of " + log);
      }
      return records.encoded();
    }
  }

  @Override
  public void close() {
    store.close();
  }
}
