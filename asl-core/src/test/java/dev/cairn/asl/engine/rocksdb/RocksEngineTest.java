package dev.cairn.asl.engine.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.AppendOutcome;
import dev.cairn.asl.engine.AppendRequest;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.UnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the RocksDB engine has beyond the contract of every engine: files, locks and damage. */
class RocksEngineTest {
  private static final Table TABLE = new Table("test.rows", Table.Scope.DERIVED);
  private static final Table LATER = new Table("test.later", Table.Scope.LOCAL);
  private static final Bytes LOG = Bytes.utf8("log");

  @TempDir Path directory;

  @Test
  void aSecondOpeningIsToldWhoIsInTheWay() {
    try (RocksEngine first = open(TABLE)) {
      assertThatThrownBy(() -> open(TABLE))
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("in use")
          .hasMessageContaining(directory.toString());
      append(first, 0);
    }
    open(TABLE).close();
  }

  @Test
  void aReaderBesideAWriterSeesWhatWasThereAndCannotWrite() {
    try (RocksEngine writer = open(TABLE)) {
      append(writer, 0);
      try (RocksEngine reader = openReadOnly(TABLE, LATER)) {
        append(writer, 1);
        assertThat(reader.head(LOG)).isEqualTo(1);
        assertThat(reader.logs()).containsExactly(LOG);
        assertThat(reader.get(TABLE, Bytes.u64(0))).isNotNull();
        assertThat(reader.get(TABLE, Bytes.u64(1))).isNull();
        assertThat(reader.get(LATER, Bytes.u64(0))).isNull();
        try (RowCursor none = reader.scan(LATER, Bytes.EMPTY, Bytes.EMPTY)) {
          assertThat(none.next()).isFalse();
        }
        assertThatThrownBy(() -> append(reader, 1)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(reader::sync).isInstanceOf(IllegalStateException.class);
      }
      append(writer, 2);
    }
    assertThat(headAfterOpening()).isEqualTo(3);
  }

  @Test
  void readingWhereThereIsNoStoreMakesNone() throws IOException {
    Path nothing = directory.resolve("nothing");
    assertThatThrownBy(() -> RocksEngine.openReadOnly(nothing, Set.of(TABLE), RocksOptions.DEFAULT))
        .isInstanceOf(NotFoundException.class);
    assertThat(nothing).doesNotExist();
  }

  @Test
  void tablesOfAnotherVersionStayAsTheyAre() {
    try (RocksEngine engine = open(TABLE, LATER)) {
      engine.write(
          List.of(RowChange.put(LATER, Bytes.u64(1), Bytes.utf8("kept"))), Durability.SYNCED);
    }
    try (RocksEngine engine = open(TABLE)) {
      assertThatThrownBy(() -> engine.get(LATER, Bytes.u64(1)))
          .isInstanceOf(IllegalArgumentException.class);
      append(engine, 0);
    }
    try (RocksEngine engine = open(TABLE, LATER)) {
      assertThat(engine.get(LATER, Bytes.u64(1))).isEqualTo(Bytes.utf8("kept"));
    }
  }

  @Test
  void aTableWithTheNameOfTheEmptyFamilyIsRefused() {
    assertThatThrownBy(() -> open(new Table("default", Table.Scope.LOCAL)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aLostCurrentFileIsDamageAndNothingIsDeleted() throws IOException {
    writeAndFlush();
    Files.delete(directory.resolve("CURRENT"));
    List<Path> before = files("");
    assertThatThrownBy(() -> open(TABLE)).isInstanceOf(DamagedException.class);
    assertThat(files(""))
        .containsAll(before.stream().filter(f -> f.toString().endsWith(".sst")).toList());
  }

  @Test
  void aFlippedBitInATableFileIsDamageWhenItIsRead() throws IOException {
    writeAndFlush();
    for (Path file : files(".sst")) {
      flipAllOfTheMiddle(file);
    }
    assertThatThrownBy(this::readAll)
        .isInstanceOf(DamagedException.class)
        .hasMessageContaining(directory.toString());
  }

  @Test
  void aTornTailOfTheWriteAheadLogIsDroppedAndTheRestIsThere() throws IOException {
    try (RocksEngine engine = open(TABLE)) {
      for (int i = 0; i < 10; i++) {
        append(engine, i);
      }
    }
    Path log = files(".log").get(0);
    byte[] bytes = Files.readAllBytes(log);
    Files.write(log, Arrays.copyOf(bytes, bytes.length - 20));
    assertThat(headAfterOpening()).isEqualTo(9);
  }

  @Test
  void aFlippedByteInTheMiddleOfTheWriteAheadLogIsDamage() throws IOException {
    try (RocksEngine engine = open(TABLE)) {
      for (int i = 0; i < 10; i++) {
        append(engine, i);
      }
    }
    Path log = files(".log").get(0);
    byte[] bytes = Files.readAllBytes(log);
    bytes[bytes.length / 2] ^= 0x10;
    Files.write(log, bytes);
    assertThatThrownBy(this::headAfterOpening).isInstanceOf(DamagedException.class);
  }

  @Test
  void aHeadWithoutItsRecordsIsDamage() throws Exception {
    try (RocksDatabase database =
        RocksDatabase.open(directory, Set.of("_head", "_log"), RocksOptions.DEFAULT)) {
      database
          .database()
          .put(database.family("_head"), LOG.toArray(), new LogHead(3, 0).encode().toArray());
    }
    assertThatThrownBy(() -> open(TABLE))
        .isInstanceOf(DamagedException.class)
        .hasMessageContaining("3");
  }

  @Test
  void largeValuesGoToBlobFilesAndComeBack() throws IOException {
    byte[] large = new byte[200_000];
    new Random(1).nextBytes(large);
    RocksOptions small = new RocksOptions(8 << 20, 1 << 20, 64, 1 << 20, 32 << 10);
    try (RocksEngine engine = RocksEngine.open(directory, Set.of(TABLE), small)) {
      for (int i = 0; i < 40; i++) {
        engine.write(
            List.of(RowChange.put(TABLE, Bytes.u64(i), Bytes.copyOf(large))), Durability.RELAXED);
      }
    }
    try (RocksEngine engine = RocksEngine.open(directory, Set.of(TABLE), small)) {
      assertThat(files(".blob")).isNotEmpty();
      for (int i = 0; i < 40; i++) {
        assertThat(engine.get(TABLE, Bytes.u64(i))).isEqualTo(Bytes.copyOf(large));
      }
      assertThat(engine.bytesOnDisk()).isGreaterThan(40 * 200_000L);
    }
  }

  @Test
  void aCursorThatIsNeverClosedDoesNotStandInTheWayOfClosing() {
    RocksEngine engine = open(TABLE);
    append(engine, 0);
    RowCursor cursor = engine.scan(TABLE, Bytes.EMPTY, Bytes.EMPTY);
    assertThat(cursor.next()).isTrue();
    engine.close();
    assertThatThrownBy(cursor::next).isInstanceOf(IllegalStateException.class);
    assertThat(headAfterOpening()).isEqualTo(1);
  }

  private RocksEngine open(Table... tables) {
    return RocksEngine.open(directory, Set.of(tables), RocksOptions.DEFAULT);
  }

  private RocksEngine openReadOnly(Table... tables) {
    return RocksEngine.openReadOnly(directory, Set.of(tables), RocksOptions.DEFAULT);
  }

  private long headAfterOpening() {
    try (RocksEngine engine = open(TABLE)) {
      return engine.head(LOG);
    }
  }

  /**
   * Leaves records in table files, not only in the write-ahead log: opening flushes what it
   * replays.
   */
  private void writeAndFlush() {
    try (RocksEngine engine = open(TABLE)) {
      for (int i = 0; i < 100; i++) {
        append(engine, i);
      }
    }
    open(TABLE).close();
  }

  private void readAll() {
    try (RocksEngine engine = open(TABLE);
        RowCursor rows = engine.scan(TABLE, Bytes.EMPTY, Bytes.EMPTY);
        RowCursor records = engine.records(LOG, 0, 100)) {
      while (rows.next() || records.next()) {}
    }
  }

  private List<Path> files(String suffix) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return new ArrayList<>(
          files.filter(file -> file.toString().endsWith(suffix)).sorted().toList());
    }
  }

  private static void flipAllOfTheMiddle(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    for (int i = bytes.length / 8; i < bytes.length / 2; i++) {
      bytes[i] ^= 1;
    }
    Files.write(file, bytes);
  }

  private static void append(RocksEngine engine, long head) {
    AppendOutcome outcome =
        engine.append(
            new AppendRequest(
                LOG,
                0,
                head,
                List.of(Bytes.utf8("record " + head)),
                List.of(RowChange.put(TABLE, Bytes.u64(head), Bytes.utf8("row"))),
                Durability.SYNCED));
    assertThat(outcome).isEqualTo(new AppendOutcome.Committed(head + 1));
  }
}
