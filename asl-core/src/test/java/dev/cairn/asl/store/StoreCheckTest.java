package dev.cairn.asl.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.StoreFailedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.TypeTag;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damage in every table: found, named, mended from what is whole or set aside. */
final class StoreCheckTest {
  private static final TypeTag TEXT = new TypeTag("text/plain");

  /** Tables whose rows may be fewer without anything showing it. */
  private static final Set<Table> MAY_LACK =
      Set.of(
          StoreTables.ARRIVED,
          StoreTables.CHECKPOINT,
          StoreTables.SNAPSHOT,
          StoreTables.ERASURE,
          StoreTables.LEASE,
          StoreTables.QUARANTINE,
          StoreTables.META);

  @TempDir private Path folder;

  private static MemoryEngine filled() {
    MemoryEngine engine = CheckedStores.memory();
    CheckedStores.fill(engine);
    try (Store store = open(engine)) {
      // A state tree that lags behind finds out by itself that its root is missing.
      store.stateRoot();
    }
    return engine;
  }

  private static void assertWhole(StorageEngine engine) {
    CheckReport report = CheckedStores.check("a", engine).check();
    assertThat(report.damaged()).isEmpty();
    assertThat(report.found()).isZero();
    assertThat(report.unneeded()).isZero();
    assertThat(report.isWhole()).isTrue();
  }

  private static Store open(StorageEngine engine) {
    return Store.open(new Unclosed(engine), CheckedStores.config("a"));
  }

  // ---- what is whole

  @Test
  void anUndamagedStoreGivesNoFindingAndIsLeftAsItWas() {
    MemoryEngine engine = filled();
    Set<Table> unused =
        Set.of(
            StoreTables.PAYLOAD_1,
            StoreTables.QUARANTINE,
            StoreTables.EVIDENCE,
            StoreTables.HELD_BACK);
    for (Table table : CheckedStores.TABLES) {
      assertThat(CheckedStores.rows(engine, table).isEmpty())
          .as(table.name())
          .isEqualTo(unused.contains(table));
    }
    Map<String, NavigableMap<Bytes, Bytes>> before = CheckedStores.allRows(engine);
    assertWhole(engine);
    assertThat(CheckedStores.check("a", engine).repair(null).found()).isZero();
    assertThat(CheckedStores.allRows(engine)).isEqualTo(before);
  }

  @Test
  void aStateTreeThatLagsBehindIsNoDamageAndItsDamageIsFound() {
    MemoryEngine engine = filled();
    try (Store store = open(engine)) {
      store.stateRoot();
      store.put(null, Bytes.utf8("the tree has not seen it"));
    }
    assertWhole(engine);
    Bytes key = CheckedStores.rows(engine, StoreTables.TREE).lastKey();
    Bytes row = engine.get(StoreTables.TREE, key);
    CheckedStores.put(engine, StoreTables.TREE, key, CheckedStores.flipped(row, 100));
    assertThat(CheckedStores.check("a", engine).check().found()).isPositive();
    assertThat(CheckedStores.check("a", engine).repair(null).isWhole()).isTrue();
    try (Store store = open(engine)) {
      assertThat(store.stateRoot()).isEqualTo(store.rebuiltStateRoot());
    }
  }

  @Test
  void theSameDamageIsToldInTheSameOrder() {
    MemoryEngine engine = filled();
    Random random = new Random(5);
    for (Table table : List.of(StoreTables.LIVE, StoreTables.TILE, StoreTables.CONTENT)) {
      Bytes key = CheckedStores.someKey(engine, table, random);
      CheckedStores.put(engine, table, key, null);
    }
    assertThat(CheckedStores.check("a", engine).check())
        .isEqualTo(CheckedStores.check("a", engine).check());
  }

  // ---- every table

  @Test
  void aChangedRowOfAnyTableIsFound() {
    MemoryEngine engine = filled();
    Random random = new Random(11);
    for (Table table : CheckedStores.TABLES) {
      for (int i = 0; i < 4 && !CheckedStores.rows(engine, table).isEmpty(); i++) {
        Bytes key = CheckedStores.someKey(engine, table, random);
        Bytes value = engine.get(table, key);
        if (value == null || isCounter(table, key)) {
          continue;
        }
        Bytes changed =
            value.isEmpty()
                ? Bytes.utf8("?")
                : CheckedStores.flipped(value, bit(table, value, random));
        CheckedStores.put(engine, table, key, changed);
        assertFound(engine, table, key);
        CheckedStores.put(engine, table, key, value);
      }
    }
    assertWhole(engine);
  }

  @Test
  void aRowThatKeepsAStoreFromOpeningIsSetAside() {
    Bytes stranger = Bytes.utf8("o".repeat(36));
    for (LocalRows local : LocalRows.own(filled(), CheckedStores.config("a")).subList(0, 2)) {
      MemoryEngine engine = filled();
      List<Bytes> keys =
          List.of(
              stranger, Bytes.fromHex("00").plus(stranger), Bytes.fromHex("01"), Bytes.fromHex(""));
      for (Bytes key : keys) {
        CheckedStores.put(engine, local.table(), key, Bytes.utf8("?"));
      }
      assertThatThrownBy(() -> open(engine)).isInstanceOf(DamagedException.class);
      assertThat(CheckedStores.check("a", engine).check().found()).isEqualTo(4);
      assertThat(CheckedStores.check("a", engine).repair(null).isWhole()).isTrue();
      assertThat(CheckedStores.rows(engine, local.table())).isEmpty();
      assertThat(CheckedStores.rows(engine, StoreTables.QUARANTINE)).hasSize(4);
      open(engine).close();
      assertWhole(engine);
    }
  }

  @Test
  void aRevokedKeyThatCannotBeReadIsSetAside() {
    MemoryEngine engine = filled();
    Bytes prefix = Bytes.utf8("revoked|");
    CheckedStores.put(engine, StoreTables.META, prefix.plus(Bytes.utf8("x")), Bytes.utf8("?"));
    Bytes node = prefix.plus(Bytes.utf8("n".repeat(32)));
    CheckedStores.put(engine, StoreTables.META, node, Bytes.utf8("?"));
    assertThatThrownBy(() -> open(engine)).isInstanceOf(DamagedException.class);
    assertThat(CheckedStores.check("a", engine).check().found()).isEqualTo(2);
    assertThat(CheckedStores.check("a", engine).repair(null).isWhole()).isTrue();
    try (Store store = open(engine)) {
      NodeId revoked = new NodeId(Bytes.utf8("n".repeat(32)));
      assertThat(store.revokedKeys()).containsOnlyKeys(revoked);
      assertThat(store.believed(new Origin(revoked, 1))).as("nothing, to be safe").isZero();
    }
    assertThat(CheckedStores.rows(engine, StoreTables.QUARANTINE)).hasSize(2);
    assertWhole(engine);
    try (Store store = open(engine)) {
      NodeId revoked = new NodeId(Bytes.utf8("n".repeat(32)));
      assertThat(store.believeKey(revoked)).as("a person may say otherwise").isTrue();
      assertThat(store.believed(new Origin(revoked, 1))).isEqualTo(Long.MAX_VALUE);
    }
  }

  @Test
  void aRowThatKeepsAStoreFromOpeningIsMadeAnewThoughThereIsNoRoomToSetItAside() {
    MemoryEngine engine = filled();
    List<RowChange> aside = new ArrayList<>();
    for (int i = 0; i < Quarantine.ROWS_MAX; i++) {
      aside.add(
          new Quarantine("asl.arrived " + i, "it does not verify", 1, Bytes.EMPTY)
              .row(Quarantine.OTHER, Bytes.u64(i)));
    }
    engine.write(aside, Durability.SYNCED);
    for (Bytes key : List.of(OpeningNumbers.FENCE, OpeningNumbers.CLOSED_EPOCH)) {
      CheckedStores.put(engine, StoreTables.META, key, Bytes.utf8("?"));
    }
    CheckReport report = CheckedStores.check("a", engine).repair(null);
    assertThat(report.found()).isEqualTo(2);
    assertThat(report.isWhole()).as(report.left().toString()).isTrue();
    open(engine).close();
  }

  @Test
  void aMissingRowOfAnyTableIsFoundIfOthersAskForIt() {
    MemoryEngine engine = filled();
    Random random = new Random(12);
    for (Table table : CheckedStores.TABLES) {
      for (int i = 0;
          i < 3 && !MAY_LACK.contains(table) && !CheckedStores.rows(engine, table).isEmpty();
          i++) {
        Bytes key = CheckedStores.someKey(engine, table, random);
        Bytes value = engine.get(table, key);
        CheckedStores.put(engine, table, key, null);
        if (!table.equals(StoreTables.ARRIVAL) && !isSpare(engine, table, key)) {
          assertFound(engine, table, key);
        }
        CheckedStores.put(engine, table, key, value);
      }
    }
    assertWhole(engine);
  }

  @Test
  void aRowTooManyIsFoundInEveryTableThatIsDue() {
    MemoryEngine engine = filled();
    Bytes key = CheckedStores.large(9, 44);
    for (Table table : CheckedStores.TABLES) {
      if (table.scope() == Table.Scope.LOCAL || table.equals(StoreTables.PAYLOAD_1)) {
        continue;
      }
      CheckedStores.put(engine, table, key, Bytes.utf8("what is that?"));
      assertFound(engine, table, key);
      assertThat(CheckedStores.check("a", engine).repair(null).isWhole()).as(table.name()).isTrue();
      assertThat(engine.get(table, key)).isNull();
    }
    assertWhole(engine);
  }

  /** A payload that lies beside another record of its artifact too, or that nobody needs. */
  private static boolean isSpare(StorageEngine engine, Table table, Bytes key) {
    if (!table.equals(StoreTables.CONTENT)) {
      return false;
    }
    try (Store store = open(engine)) {
      var origin = dev.cairn.asl.model.Origin.fromBytes(key.slice(0, 36));
      var record = store.record(origin, key.u64At(36)).orElseThrow();
      return store.hasPayload(record.payloadDigest()) || !store.now().isLive(record.id());
    }
  }

  /**
   * Some bit of a row that something else says: not of a snapshot's label and time, which come
   * last, of the time of an arrival, which comes first, and of the leased artifacts.
   */
  private static int bit(Table table, Bytes value, Random random) {
    if (table.equals(StoreTables.SNAPSHOT)) {
      return random.nextInt(8 * 100);
    }
    if (table.equals(StoreTables.LEASE)) {
      return random.nextInt(16);
    }
    int known = table.equals(StoreTables.ARRIVED) ? 64 : 0;
    return known + random.nextInt(8 * value.length() - known);
  }

  private static boolean isCounter(Table table, Bytes key) {
    return table.equals(StoreTables.META)
        && List.of(OpeningNumbers.FENCE, StateTreeKeeper.WATERMARK).contains(key);
  }

  private static void assertFound(StorageEngine engine, Table table, Bytes key) {
    CheckReport report = CheckedStores.check("a", engine).check();
    assertThat(report.found()).as("%s %s", table.name(), key.toHex()).isPositive();
    assertThat(report.damaged()).allSatisfy(damage -> assertThat(damage.where()).isNotBlank());
  }

  // ---- what follows from the log

  @Test
  void anIndexThatAnEarlierProgramDidNotHaveIsNoDamageAndIsMadeAtTheNextOpening() {
    StorageEngine engine = filled();
    Bytes mark = IndexCatchUp.metaKey(CheckedStores.INDEXES.get(0).name());
    List<RowChange> gone = new ArrayList<>(List.of(RowChange.delete(StoreTables.META, mark)));
    try (RowCursor rows = engine.scan(CheckedStores.Words.TABLE, Bytes.EMPTY, Bytes.EMPTY)) {
      while (rows.next()) {
        gone.add(RowChange.delete(CheckedStores.Words.TABLE, rows.key()));
      }
    }
    assertThat(gone).hasSizeGreaterThan(1);
    Map<String, NavigableMap<Bytes, Bytes>> before = CheckedStores.allRows(engine);
    engine.write(gone, Durability.SYNCED);
    CheckReport report = CheckedStores.check("a", engine).check();
    assertThat(report.found()).as(report.damaged().toString()).isZero();
    assertThat(report.outdated()).containsExactly(CheckedStores.INDEXES.get(0).name());
    open(engine).close();
    assertThat(CheckedStores.allRows(engine)).isEqualTo(before);
    assertThat(CheckedStores.check("a", engine).check().outdated()).isEmpty();
  }

  @Test
  void anIndexWithRowsAndWithoutItsMarkIsDamaged() {
    StorageEngine engine = filled();
    Bytes mark = IndexCatchUp.metaKey(CheckedStores.INDEXES.get(0).name());
    engine.write(List.of(RowChange.delete(StoreTables.META, mark)), Durability.SYNCED);
    CheckReport report = CheckedStores.check("a", engine).check();
    assertThat(report.found()).isEqualTo(1);
    assertThat(report.outdated()).isEmpty();
  }

  @Test
  void whatIsDerivedIsMadeAnewByteForByteInMemory() {
    for (int seed = 0; seed < 12; seed++) {
      damageDerivedRowsAndMend(filled(), new Random(seed));
    }
  }

  @Test
  void whatIsDerivedIsMadeAnewByteForByteOnDisk() {
    for (int seed = 0; seed < 3; seed++) {
      try (StorageEngine engine = CheckedStores.rocks(folder.resolve("s" + seed))) {
        CheckedStores.fill(engine);
        damageDerivedRowsAndMend(engine, new Random(seed));
      }
    }
  }

  private static void damageDerivedRowsAndMend(StorageEngine engine, Random random) {
    try (Store store = open(engine)) {
      store.stateRoot();
    }
    Map<String, NavigableMap<Bytes, Bytes>> before = CheckedStores.allRows(engine);
    int changes = 0;
    for (Table table : derived()) {
      for (int i = 0; i < 1 + random.nextInt(3); i++) {
        damageSomeRow(engine, table, random);
        changes++;
      }
    }
    CheckReport report = CheckedStores.check("a", engine).repair(null);
    assertThat(report.found()).isGreaterThanOrEqualTo(changes / 2);
    assertThat(report.isWhole()).as(report.damaged().toString()).isTrue();
    assertThat(CheckedStores.allRows(engine)).isEqualTo(before);
    assertWhole(engine);
  }

  /** The tables that the log and the payloads alone give; another's key and the notes are not. */
  private static List<Table> derived() {
    List<Table> tables = new ArrayList<>(CheckedStores.TABLES);
    tables.removeIf(table -> table.scope() != Table.Scope.DERIVED);
    tables.removeAll(List.of(StoreTables.NOTE, StoreTables.NODE));
    tables.add(StoreTables.CHUNK_USE);
    return tables;
  }

  private static void damageSomeRow(StorageEngine engine, Table table, Random random) {
    if (CheckedStores.rows(engine, table).isEmpty()) {
      return;
    }
    Bytes key = CheckedStores.someKey(engine, table, random);
    Bytes value = engine.get(table, key);
    switch (random.nextInt(3)) {
      case 0 -> CheckedStores.put(engine, table, key, null);
      case 1 -> CheckedStores.put(engine, table, key.plus(Bytes.utf8("x")), Bytes.utf8("y"));
      default ->
          CheckedStores.put(
              engine,
              table,
              key,
              value == null || value.isEmpty()
                  ? Bytes.utf8("z")
                  : CheckedStores.flipped(value, random.nextInt(8 * value.length())));
    }
  }

  @Test
  void aRepairCutShortAtAnyWriteIsDoneByTheNext() {
    int writes = 0;
    boolean completed = false;
    while (!completed) {
      MemoryEngine engine = filled();
      Map<String, NavigableMap<Bytes, Bytes>> before = CheckedStores.allRows(engine);
      for (Table table : derived()) {
        damageSomeRow(engine, table, new Random(writes));
      }
      damageSomeRow(engine, StoreTables.ARRIVAL, new Random(3));
      engine.faults().failCommitsAfter(writes, 1);
      try {
        CheckedStores.check("a", engine).repair(null);
        completed = true;
      } catch (StoreFailedException e) {
        completed = false;
      }
      MemoryEngine next = engine.reopen();
      CheckedStores.check("a", next).repair(null);
      assertThat(CheckedStores.check("a", next).check().damaged())
          .as("after %s writes", writes)
          .isEmpty();
      try (Store store = open(next)) {
        store.stateRoot();
      }
      assertThat(CheckedStores.allRows(next)).as("after %s writes", writes).isEqualTo(before);
      writes++;
    }
    assertThat(writes).isGreaterThan(5);
  }

  @Test
  void aDamagedOrderOfArrivalIsWhatItWas() {
    MemoryEngine engine = filled();
    NavigableMap<Bytes, Bytes> before = CheckedStores.rows(engine, StoreTables.ARRIVAL);
    for (Bytes key : List.of(Bytes.u64(0), Bytes.u64(7), before.lastKey())) {
      CheckedStores.put(engine, StoreTables.ARRIVAL, key, Bytes.utf8("damaged"));
    }
    CheckedStores.put(engine, StoreTables.ARRIVAL, Bytes.u64(20), null);
    CheckReport report = CheckedStores.check("a", engine).repair(null);
    assertThat(report.found()).isGreaterThanOrEqualTo(4);
    assertThat(report.isWhole()).isTrue();
    assertThat(CheckedStores.rows(engine, StoreTables.ARRIVAL)).isEqualTo(before);
  }

  @Test
  void chunksThatNobodyNeedsAreNoDamageAndGo() {
    MemoryEngine engine = filled();
    Map<String, NavigableMap<Bytes, Bytes>> before = CheckedStores.allRows(engine);
    Bytes chunk = Bytes.utf8("left by an upload that was given up");
    Bytes digest = PayloadDigest.of(chunk).digest();
    CheckedStores.put(engine, StoreTables.CHUNK, digest, chunk);
    Bytes token = Bytes.wrap(new byte[24]).plus(Bytes.u64(99));
    Bytes use = digest.plus(token);
    CheckedStores.put(engine, StoreTables.CHUNK_USE, use, Bytes.u64(1));
    // What an upload brought that broke off is left to collection.
    assertWhole(engine);
    CheckedStores.put(engine, StoreTables.CHUNK, digest, Bytes.utf8("torn"));
    assertUnneeded(engine, before);
    CheckedStores.put(engine, StoreTables.CHUNK_USE, use, Bytes.u64(1));
    assertUnneeded(engine, before);
    CheckedStores.put(engine, StoreTables.CHUNK, digest, chunk);
    assertUnneeded(engine, before);
  }

  private static void assertUnneeded(
      StorageEngine engine, Map<String, NavigableMap<Bytes, Bytes>> before) {
    CheckReport report = CheckedStores.check("a", engine).check();
    assertThat(report.found()).isZero();
    assertThat(report.unneeded()).isOne();
    CheckedStores.check("a", engine).repair(null);
    CheckedStores.rows(engine, StoreTables.QUARANTINE)
        .keySet()
        .forEach(key -> CheckedStores.put(engine, StoreTables.QUARANTINE, key, null));
    assertThat(CheckedStores.allRows(engine)).isEqualTo(before);
  }

  // ---- what does not

  @Test
  void aDamagedPayloadIsNamedSetAsideAndHealedByPuttingItAgain() {
    MemoryEngine engine = filled();
    ArtifactKey key = ArtifactKey.of(Bytes.utf8("a31"), TEXT);
    Bytes place = place(engine, key);
    CheckedStores.put(engine, StoreTables.CONTENT, place, PayloadRow.inline(Bytes.utf8("b31")));
    CheckReport report = CheckedStores.check("a", engine).check();
    assertThat(report.damaged())
        .singleElement()
        .satisfies(
            damage -> {
              assertThat(damage.key()).isEqualTo(key);
              assertThat(damage.where()).contains(PayloadDigest.of(Bytes.utf8("a31")).toString());
              assertThat(damage.error()).contains("its bytes are those of");
            });
    CheckReport mended = CheckedStores.check("a", engine).repair(null);
    assertThat(mended.remaining()).isOne();
    try (Store store = open(engine)) {
      assertThatThrownBy(() -> store.reader().get(key, 100))
          .isInstanceOf(DamagedException.class)
          .hasMessageContaining("set aside")
          .hasMessageContaining("repair it from a peer");
      assertThatThrownBy(() -> store.reader().open(key)).isInstanceOf(DamagedException.class);
      store.put(TEXT, Bytes.utf8("a31"));
      assertThat(store.reader().get(key, 100)).isEqualTo(Bytes.utf8("a31"));
    }
    CheckReport healed = CheckedStores.check("a", engine).repair(null);
    assertThat(healed.found()).isZero();
    assertThat(CheckedStores.rows(engine, StoreTables.QUARANTINE)).isEmpty();
    assertWhole(engine);
  }

  @Test
  void aDamagedChunkTakesOnlyThePayloadsThatHaveItAndComesBackWithThem() {
    for (boolean missing : new boolean[] {false, true}) {
      MemoryEngine engine = filled();
      Map<String, NavigableMap<Bytes, Bytes>> before = CheckedStores.allRows(engine);
      ArtifactKey key = ArtifactKey.of(CheckedStores.large(1, 700_000), null);
      Bytes chunk;
      try (Store store = open(engine)) {
        chunk = store.chunks(PayloadDigest.of(CheckedStores.large(1, 700_000))).get(0);
      }
      CheckedStores.put(
          engine, StoreTables.CHUNK, chunk, missing ? null : CheckedStores.large(77, 99_000));
      CheckReport report = CheckedStores.check("a", engine).repair(null);
      assertThat(report.damaged())
          .anySatisfy(damage -> assertThat(damage.where()).contains(chunk.toHex()));
      assertThat(report.damaged()).filteredOn(damage -> key.equals(damage.key())).hasSize(1);
      try (Store store = open(engine)) {
        assertThatThrownBy(() -> store.reader().get(key, 1 << 20))
            .isInstanceOf(DamagedException.class)
            .hasMessageContaining("set aside");
        store.put(null, CheckedStores.large(1, 700_000));
        assertThat(store.reader().get(key, 1 << 20)).isEqualTo(CheckedStores.large(1, 700_000));
        store.put(TEXT, CheckedStores.large(1, 700_000));
        store.put(null, CheckedStores.large(1, 700_000).plus(CheckedStores.large(2, 200_000)));
      }
      CheckedStores.check("a", engine).repair(null);
      assertWhole(engine);
      assertThat(CheckedStores.rows(engine, StoreTables.CHUNK).keySet())
          .isEqualTo(before.get(StoreTables.CHUNK.name()).keySet());
    }
  }

  @Test
  void whatWasLostComesFromAnotherStore() {
    MemoryEngine whole = filled();
    MemoryEngine engine = filled();
    Map<String, NavigableMap<Bytes, Bytes>> before = CheckedStores.allRows(engine);
    Random random = new Random(21);
    for (Table table :
        List.of(
            StoreTables.CONTENT,
            StoreTables.CHUNK,
            StoreTables.NOTE,
            StoreTables.LIVE,
            CheckedStores.Words.TABLE)) {
      for (int i = 0; i < 3; i++) {
        CheckedStores.put(
            engine, table, CheckedStores.someKey(engine, table, random), Bytes.utf8("lost"));
      }
    }
    CheckedStores.put(
        engine,
        StoreTables.NODE,
        NodeId.of(CheckedStores.config("b").key().publicKey()).digest(),
        Bytes.utf8("lost"));
    CheckedStores.put(
        engine,
        StoreTables.CONTENT,
        place(engine, whole, ArtifactKey.of(Bytes.utf8("bword"), CheckedStores.WORD)),
        null);
    Bytes checkpoint = CheckedStores.rows(engine, StoreTables.CHECKPOINT).firstKey();
    CheckedStores.put(engine, StoreTables.CHECKPOINT, checkpoint, Bytes.utf8("lost"));
    assertThat(CheckedStores.check("a", engine).repair(null).remaining()).isPositive();
    try (Store source = open(whole)) {
      CheckReport report = CheckedStores.check("a", engine).repair(RepairSource.of(source));
      assertThat(report.isWhole()).as(report.toString()).isTrue();
      assertThat(report.repaired()).isEqualTo(report.found());
    }
    assertWhole(engine);
    Map<String, NavigableMap<Bytes, Bytes>> after = CheckedStores.allRows(engine);
    after.remove(StoreTables.CHECKPOINT.name());
    after.remove(StoreTables.CONTENT.name());
    before.remove(StoreTables.CHECKPOINT.name());
    before.remove(StoreTables.CONTENT.name());
    before.get(StoreTables.META.name()).remove(StateTreeKeeper.WATERMARK);
    after.get(StoreTables.META.name()).remove(StateTreeKeeper.WATERMARK);
    before.remove(StoreTables.TREE.name());
    after.remove(StoreTables.TREE.name());
    assertThat(after).isEqualTo(before);
  }

  @Test
  void aSourceThatLiesIsNotBelieved() {
    MemoryEngine engine = filled();
    Bytes place = place(engine, ArtifactKey.of(Bytes.utf8("a31"), TEXT));
    CheckedStores.put(engine, StoreTables.CONTENT, place, null);
    Bytes note = CheckedStores.rows(engine, StoreTables.NOTE).firstKey();
    CheckedStores.put(engine, StoreTables.NOTE, note, null);
    RepairSource liar =
        new RepairSource() {
          @Override
          public Optional<InputStream> payload(PayloadDigest digest) {
            return Optional.of(new java.io.ByteArrayInputStream(new byte[] {1, 2, 3}));
          }

          @Override
          public Optional<dev.cairn.asl.crypto.PublicKey> key(NodeId node) {
            return Optional.of(CheckedStores.config("c").key().publicKey());
          }

          @Override
          public Optional<Bytes> checkpoint(dev.cairn.asl.model.Origin origin, long treeSize) {
            return Optional.of(Bytes.utf8("signed"));
          }

          @Override
          public List<Bytes> records(dev.cairn.asl.model.Origin origin, long from, long to) {
            return List.of();
          }
        };
    CheckReport report = CheckedStores.check("a", engine).repair(liar);
    assertThat(report.isWhole()).isFalse();
    assertThat(engine.get(StoreTables.CONTENT, place)).isNull();
    assertThat(engine.get(StoreTables.NOTE, note)).isNull();
  }

  @Test
  void anIndexIsNotTornDownWhileItCannotBeBuilt() {
    MemoryEngine engine = filled();
    CheckedStores.put(
        engine, StoreTables.NOTE, CheckedStores.rows(engine, StoreTables.NOTE).firstKey(), null);
    Bytes live = CheckedStores.rows(engine, StoreTables.LIVE).firstKey();
    CheckedStores.put(engine, StoreTables.LIVE, live, null);
    CheckReport report = CheckedStores.check("a", engine).repair(null);
    assertThat(report.isWhole()).isFalse();
    try (Store store = open(engine)) {
      assertThat(store.reader().get(ArtifactKey.of(Bytes.utf8("a31"), TEXT), 10))
          .isEqualTo(Bytes.utf8("a31"));
    }
  }

  @Test
  void aSnapshotThatCannotBeReadKeepsNoStoreFromOpening() {
    MemoryEngine engine = filled();
    Bytes key = CheckedStores.rows(engine, StoreTables.SNAPSHOT).firstKey();
    CheckedStores.put(engine, StoreTables.SNAPSHOT, key, Bytes.utf8("damaged"));
    CheckReport report = CheckedStores.check("a", engine).repair(null);
    assertThat(report.damaged())
        .singleElement()
        .satisfies(damage -> assertThat(damage.where()).contains(key.toHex()));
    try (Store store = open(engine)) {
      assertThat(store.snapshots()).hasSize(1);
    }
    assertThat(CheckedStores.rows(engine, StoreTables.QUARANTINE)).hasSize(1);
  }

  // ---- logs

  @Test
  void aChangedRecordIsFoundByItsLog() {
    MemoryEngine engine = filled();
    for (int index : new int[] {0, 5, 299}) {
      CheckReport report = CheckedStores.check("a", tampered(engine, index, false)).check();
      assertThat(report.found()).isPositive();
      assertThat(report.damaged().toString()).contains("log ");
    }
    CheckReport report = CheckedStores.check("a", tampered(engine, 3, true)).check();
    assertThat(report.damaged())
        .anySatisfy(damage -> assertThat(damage.error()).contains("records 3 to 3 are missing"));
    assertThat(report.damaged())
        .anySatisfy(damage -> assertThat(damage.where()).isEqualTo("indexes"));
  }

  /** The same engine with a record of each log changed, or left out. */
  private static StorageEngine tampered(StorageEngine engine, long index, boolean missing) {
    return (StorageEngine)
        Proxy.newProxyInstance(
            StoreCheckTest.class.getClassLoader(),
            new Class<?>[] {StorageEngine.class},
            (proxy, method, arguments) -> {
              try {
                Object result = method.invoke(engine, arguments);
                return method.getName().equals("records")
                    ? new Tampered((RowCursor) result, index, missing)
                    : result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private record Tampered(RowCursor rows, long index, boolean missing) implements RowCursor {
    @Override
    public boolean next() {
      boolean there = rows.next();
      boolean skip = there && missing && rows.key().u64At(0) == index;
      return skip ? rows.next() : there;
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
      Bytes value = rows.value();
      return !missing && rows.key().u64At(0) == index
          ? CheckedStores.flipped(value, 8 * value.length() - 40)
          : value;
    }

    @Override
    public void close() {
      rows.close();
    }
  }

  // ---- bounds

  @Test
  void allDamageIsCountedAndOnlySoMuchIsKept() {
    CheckFindings findings = new CheckFindings(count -> {});
    for (int i = 0; i < StoreCheck.DAMAGES_KEPT_MAX + 5; i++) {
      findings.add(null, "here", "broken");
    }
    CheckReport report = findings.report(new CheckFindings(count -> {}));
    assertThat(report.damaged()).hasSize(StoreCheck.DAMAGES_KEPT_MAX);
    assertThat(report.found()).isEqualTo(StoreCheck.DAMAGES_KEPT_MAX + 5);
    assertThat(report.repaired()).isEqualTo(StoreCheck.DAMAGES_KEPT_MAX + 5);
  }

  private static Bytes place(StorageEngine engine, ArtifactKey key) {
    return place(engine, engine, key);
  }

  /** Where an artifact's latest put stands, asked of a store that is whole. */
  private static Bytes place(StorageEngine engine, StorageEngine whole, ArtifactKey key) {
    @Nullable LiveEntry entry;
    try (Store store = open(whole)) {
      entry = store.now().live(key).orElseThrow();
    }
    Bytes place = Place.key(entry.origin().bytes(), entry.index());
    assertThat(engine.get(StoreTables.CONTENT, place)).isNotNull();
    return place;
  }
}
