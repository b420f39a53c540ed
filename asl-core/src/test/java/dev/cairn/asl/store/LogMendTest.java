package dev.cairn.asl.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.engine.ForwardingEngine;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogMendTest {
  @TempDir Path folder;

  private static void fill(StorageEngine engine) {
    CheckedStores.fill(engine);
    try (Store a = Store.open(new Unclosed(engine), CheckedStores.config("a"))) {
      assertThat(a.signHead()).isPresent();
    }
  }

  private static MemoryEngine filled() {
    MemoryEngine engine = CheckedStores.memory();
    fill(engine);
    return engine;
  }

  private static Store open(StorageEngine engine) {
    return Store.open(new Unclosed(engine), CheckedStores.config("a"));
  }

  private static SortedMap<Long, Bytes> records(StorageEngine engine, Bytes log) {
    SortedMap<Long, Bytes> records = new TreeMap<>();
    try (RowCursor cursor = engine.records(log, 0, engine.head(log))) {
      while (cursor.next()) {
        records.put(cursor.key().u64At(0), cursor.value());
      }
    }
    return records;
  }

  private static List<SortedMap<Long, Bytes>> allRecords(StorageEngine engine) {
    return engine.logs().stream().map(log -> records(engine, log)).toList();
  }

  private static void change(StorageEngine engine, Bytes log, long index, UnaryOperator<Bytes> to) {
    Bytes changed = to.apply(records(engine, log).get(index));
    engine.replaceRecords(log, new TreeMap<>(Map.of(index, changed)));
  }

  /** Every record of both logs that is looked at in the tests, each spoilt in its own way. */
  private static void spoil(StorageEngine engine) {
    for (Bytes log : engine.logs()) {
      change(engine, log, 0, record -> CheckedStores.flipped(record, 8 * record.length() - 40));
      change(engine, log, 7, record -> Bytes.EMPTY);
      change(engine, log, 8, record -> Bytes.utf8("no record"));
      change(engine, log, engine.head(log) - 1, record -> records(engine, log).get(3L));
    }
  }

  @Test
  void recordsThatWereChangedComeFromAnotherStoreInMemory() {
    recordsComeBack(filled());
  }

  @Test
  void recordsThatWereChangedComeFromAnotherStoreOnDisk() {
    try (StorageEngine engine = CheckedStores.rocks(folder.resolve("db"))) {
      fill(engine);
      recordsComeBack(engine);
    }
    try (StorageEngine engine = CheckedStores.rocks(folder.resolve("db"))) {
      assertThat(allRecords(engine)).isEqualTo(allRecords(filled()));
    }
  }

  private static void recordsComeBack(StorageEngine engine) {
    MemoryEngine whole = filled();
    spoil(engine);
    CheckReport alone = CheckedStores.check("a", engine).repair(null);
    assertThat(alone.isWhole()).isFalse();
    assertThat(alone.left()).isNotEmpty();
    try (Store source = open(whole)) {
      CheckReport report = CheckedStores.check("a", engine).repair(RepairSource.of(source));
      assertThat(report.isWhole()).as(report.left().toString()).isTrue();
      assertThat(report.left()).isEmpty();
      assertThat(report.found()).isPositive();
    }
    assertThat(allRecords(engine)).isEqualTo(allRecords(whole));
    assertThat(CheckedStores.check("a", engine).check().isWhole()).isTrue();
  }

  @Test
  void recordsPayloadsAndCheckpointsLostTogetherAllComeBack() {
    MemoryEngine whole = filled();
    MemoryEngine engine = filled();
    spoil(engine);
    for (Bytes row : CheckedStores.rows(engine, StoreTables.CHECKPOINT).keySet()) {
      CheckedStores.put(engine, StoreTables.CHECKPOINT, row, Bytes.utf8("lost"));
    }
    for (Bytes row : CheckedStores.rows(engine, StoreTables.CONTENT).keySet()) {
      CheckedStores.put(engine, StoreTables.CONTENT, row, null);
    }
    for (Bytes row : CheckedStores.rows(engine, StoreTables.CHUNK).keySet()) {
      CheckedStores.put(engine, StoreTables.CHUNK, row, null);
    }
    try (Store source = open(whole)) {
      CheckReport report = CheckedStores.check("a", engine).repair(RepairSource.of(source));
      assertThat(report.isWhole()).as(report.left().toString()).isTrue();
    }
    assertThat(allRecords(engine)).isEqualTo(allRecords(whole));
  }

  @Test
  void aRecordThatIsNotThereAtAllIsPutBack() {
    MemoryEngine whole = filled();
    Bytes log = whole.logs().get(0);
    Hiding engine = new Hiding(filled(), log, 5);
    assertThat(CheckedStores.check("a", engine).check().isWhole()).isFalse();
    try (Store source = open(whole)) {
      assertThat(CheckedStores.check("a", engine).repair(RepairSource.of(source)).isWhole())
          .isTrue();
    }
    assertThat(engine.hidden).isEmpty();
    assertThat(allRecords(engine)).isEqualTo(allRecords(whole));
  }

  /** An engine without one record, until that is written again. */
  private static final class Hiding extends ForwardingEngine {
    private final Bytes log;
    private final TreeSet<Long> hidden = new TreeSet<>();

    Hiding(StorageEngine engine, Bytes log, long index) {
      super(engine);
      this.log = log;
      hidden.add(index);
    }

    @Override
    public void replaceRecords(Bytes name, SortedMap<Long, Bytes> records) {
      super.replaceRecords(name, records);
      if (name.equals(log)) {
        hidden.removeAll(records.keySet());
      }
    }

    @Override
    public RowCursor records(Bytes name, long from, long to) {
      RowCursor rows = super.records(name, from, to);
      return name.equals(log) ? new Skipping(rows, hidden) : rows;
    }
  }

  private record Skipping(RowCursor rows, TreeSet<Long> hidden) implements RowCursor {
    @Override
    public boolean next() {
      boolean there = rows.next();
      return (there && hidden.contains(rows.key().u64At(0))) ? rows.next() : there;
    }

    @Override
    public void seek(Bytes key) {
      rows.seek(key);
    }

    @Override
    public Bytes key() {
      return rows.key();
    }

    @Override
    public Bytes value() {
      return rows.value();
    }

    @Override
    public void close() {
      rows.close();
    }
  }

  @Test
  void whatOneSourceLiesAboutAnotherGives() {
    MemoryEngine whole = filled();
    MemoryEngine engine = filled();
    spoil(engine);
    try (Store source = open(whole)) {
      RepairSource good = RepairSource.of(source);
      CheckReport report =
          CheckedStores.check("a", engine).repairFrom(List.of(new Liar(good), good));
      assertThat(report.isWhole()).as(report.left().toString()).isTrue();
    }
    assertThat(allRecords(engine)).isEqualTo(allRecords(whole));
  }

  @Test
  void nothingThatALiarSaysIsWritten() {
    MemoryEngine engine = filled();
    spoil(engine);
    List<SortedMap<Long, Bytes>> before = allRecords(engine);
    try (Store source = open(filled())) {
      CheckReport report =
          CheckedStores.check("a", engine).repair(new Liar(RepairSource.of(source)));
      assertThat(report.isWhole()).isFalse();
      assertThat(report.left().toString()).contains("log ");
    }
    assertThat(allRecords(engine)).isEqualTo(before);
  }

  /** Says what another source says, with one bit changed, or a record too few or too many. */
  private static final class Liar implements RepairSource {
    private final RepairSource truth;
    private int asked;

    Liar(RepairSource truth) {
      this.truth = truth;
    }

    @Override
    public Optional<InputStream> payload(PayloadDigest digest) {
      return Optional.of(new java.io.ByteArrayInputStream(new byte[] {1}));
    }

    @Override
    public Optional<PublicKey> key(NodeId node) {
      return Optional.of(CheckedStores.config("c").key().publicKey());
    }

    @Override
    public Optional<Bytes> checkpoint(Origin origin, long treeSize) {
      return truth.checkpoint(origin, Math.max(1, treeSize - 1));
    }

    @Override
    public List<Bytes> records(Origin origin, long from, long to) {
      List<Bytes> records = new ArrayList<>(truth.records(origin, from, to));
      switch (asked++ % 4) {
        case 0 -> records.set(0, CheckedStores.flipped(records.get(0), 3));
        case 1 -> records.remove(records.size() - 1);
        case 2 -> records.add(records.get(0));
        default -> records.clear();
      }
      return records;
    }
  }

  @Test
  void whatNobodySignedStaysAsItIsAndIsNamed() {
    MemoryEngine whole = CheckedStores.memory();
    CheckedStores.fill(whole);
    MemoryEngine engine = CheckedStores.memory();
    CheckedStores.fill(engine);
    Bytes own;
    try (Store source = open(whole)) {
      own = source.origin().bytes();
    }
    change(engine, own, engine.head(own) - 1, record -> Bytes.utf8("no record"));
    List<SortedMap<Long, Bytes>> before = allRecords(engine);
    try (Store source = open(whole)) {
      CheckReport report = CheckedStores.check("a", engine).repair(RepairSource.of(source));
      assertThat(report.left()).anySatisfy(damage -> assertThat(damage.where()).startsWith("log "));
    }
    assertThat(allRecords(engine)).isEqualTo(before);
  }

  @Test
  void aSourceOfAnotherLogIsOfNoUse() {
    MemoryEngine engine = filled();
    spoil(engine);
    try (Store other = Store.open(CheckedStores.memory(), CheckedStores.config("d"))) {
      other.put(null, Bytes.utf8("something"));
      CheckReport report = CheckedStores.check("a", engine).repair(RepairSource.of(other));
      assertThat(report.isWhole()).isFalse();
    }
  }
}
