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
import dev.cairn.asl.error.DataLossException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.StoreFailedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.time.Ticker;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.FlushOptions;

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
          .hasMessageContaining("in use by process " + ProcessHandle.current().pid())
          .hasMessageContaining(directory.toString());
      append(first, 0);
    }
    open(TABLE).close();
  }

  /** Takes the locks of a store, each if it can, and says which it got. */
  static final class LockTaker {
    private LockTaker() {}

    public static void main(String[] args) throws IOException {
      Path directory = Path.of(args[0]);
      try (FileChannel rocks =
          FileChannel.open(directory.resolve("LOCK"), StandardOpenOption.WRITE)) {
        System.out.print(rocks.tryLock() == null ? "" : "LOCK ");
      }
      try {
        StoreHolder.take(directory).close();
        System.out.print(StoreHolder.LOCK);
      } catch (UnavailableException e) {
        System.out.print(e.getMessage());
      }
    }
  }

  private String takeLocksElsewhere() throws IOException {
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                LockTaker.class.getName(),
                directory.toString())
            .redirectErrorStream(true)
            .start();
    return new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  @Test
  void aReaderThatMakesDurableWhatItShowsLeavesTheWriterOfItsProcessTheLocks() throws IOException {
    try (RocksEngine writer = open(TABLE)) {
      append(writer, 0);
      try (RocksEngine reader = openReadOnly(TABLE)) {
        reader.sync();
      }
      assertThat(takeLocksElsewhere())
          .contains("in use by process " + ProcessHandle.current().pid())
          .doesNotContain("LOCK ");
      append(writer, 1);
    }
    assertThat(takeLocksElsewhere()).as("the child sees").isEqualTo("LOCK " + StoreHolder.LOCK);
  }

  private static void appendRelaxed(RocksEngine engine, long head) {
    append(engine, LOG, head, Durability.RELAXED);
  }

  private void assertNotKept(RocksEngine reader) {
    assertThatThrownBy(reader::sync)
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("not acknowledged");
  }

  @Test
  void whatIsNotAcknowledgedYetIsDurableForAReaderOnlyOnceItIs() {
    try (RocksEngine writer = open(TABLE)) {
      appendRelaxed(writer, 0);
      try (RocksEngine reader = openReadOnly(TABLE)) {
        assertThat(reader.head(LOG)).isEqualTo(1);
        assertNotKept(reader);
        writer.sync();
        reader.sync();
        appendRelaxed(writer, 1);
        reader.sync();
      }
    }
  }

  @Test
  void whatAKilledWriterLeftIsKeptUnlessAWriteFailedOrItWasOpenedAnew() throws IOException {
    Path left = directory.resolveSibling(directory.getFileName() + "-left");
    try (RocksEngine writer = open(TABLE)) {
      append(writer, 0);
      appendRelaxed(writer, 1);
      copyFiles(directory, left);
    }
    try (RocksEngine reader = RocksEngine.openReadOnly(left, Set.of(TABLE), RocksOptions.DEFAULT)) {
      assertThat(reader.head(LOG)).isEqualTo(2);
      reader.sync();
      AcknowledgedState told = AcknowledgedMark.read(left);
      try (AcknowledgedMark mark = AcknowledgedMark.open(left, told, Ticker.system())) {
        mark.failedFrom(told.sequence() + 1);
      }
      assertNotKept(reader);
      try (RocksEngine next = RocksEngine.open(left, Set.of(TABLE), RocksOptions.DEFAULT)) {
        assertThat(next.head(LOG)).as("cut").isEqualTo(1);
        append(next, 1);
      }
      assertThat(AcknowledgedMark.read(left).covers(LOG, 2)).as("another record").isTrue();
      assertNotKept(reader);
    }
  }

  private static void copyFiles(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        if (!file.getFileName().toString().equals(StoreHolder.LOCK)
            && !file.getFileName().toString().equals("LOCK")) {
          Files.copy(file, to.resolve(file.getFileName().toString()));
        }
      }
    }
  }

  @Test
  void aReaderBesideAWriterSeesWhatWasThereAndCannotWrite() throws IOException {
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
        assertThatThrownBy(
                () ->
                    reader.write(
                        List.of(RowChange.put(TABLE, Bytes.u64(9), Bytes.EMPTY)),
                        Durability.RELAXED))
            .isInstanceOf(IllegalStateException.class);
        Map<Path, Bytes> before = contents();
        reader.sync(); // Makes durable what is there, and changes nothing.
        assertThat(contents()).isEqualTo(before);
        assertThat(reader.head(LOG)).isEqualTo(1);
      }
      append(writer, 2);
    }
    assertThat(headAfterOpening()).isEqualTo(3);
  }

  @Test
  void aReaderOfADatabaseAtRestChangesNothingAndKeepsWritersOut() throws IOException {
    appendTen();
    Map<Path, Bytes> before = contents();
    try (RocksEngine reader = atRest(TABLE).orElseThrow()) {
      assertThat(reader.head(LOG)).isEqualTo(10);
      assertThat(reader.get(TABLE, Bytes.u64(0))).isNotNull();
      assertThatThrownBy(() -> append(reader, 10)).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> open(TABLE).close())
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("in use by process " + ProcessHandle.current().pid());
      assertThatThrownBy(() -> atRest(TABLE)).isInstanceOf(UnavailableException.class);
    }
    assertThat(contents()).isEqualTo(before);
    assertThat(headAfterOpening()).isEqualTo(10);
    try (RocksEngine writer = open(TABLE)) {
      assertThatThrownBy(() -> atRest(TABLE)).isInstanceOf(UnavailableException.class);
      append(writer, 10);
    }
    assertThat(headAfterOpening()).isEqualTo(11);
  }

  @Test
  void whatAWriterMustPutInOrderIsNotReadAtRest(@TempDir Path crashed) throws IOException {
    assertThat(atRest(TABLE)).as("no database").isEmpty();
    appendTen();
    assertThat(atRest(TABLE, LATER)).as("a table that it lacks").isEmpty();
    Path log = files(".log").get(0);
    byte[] whole = Files.readAllBytes(log);
    Files.write(log, Arrays.copyOf(whole, whole.length + 3));
    assertThat(atRest(TABLE)).as("a torn tail").isEmpty();
    assertThat(log).as("not cut by looking").hasSize(whole.length + 3L);
    assertThat(headAfterOpening()).as("and the lock is free again").isEqualTo(10);
    atRest(TABLE).orElseThrow().close();

    Bytes value = Bytes.wrap(new byte[1 << 20]);
    try (RocksEngine engine = open(TABLE)) {
      for (int i = 0; i < 6; i++) {
        engine.write(List.of(RowChange.put(TABLE, Bytes.u64(i), value)), Durability.SYNCED);
      }
      for (Path file : files("")) {
        Files.copy(file, crashed.resolve(file.getFileName()));
      }
      assertThat(RocksEngine.openAtRest(crashed, Set.of(TABLE), RocksOptions.DEFAULT))
          .as("a long write-ahead log")
          .isEmpty();
      RocksEngine.open(crashed, Set.of(TABLE), RocksOptions.DEFAULT).close();
      RocksEngine.openAtRest(crashed, Set.of(TABLE), RocksOptions.DEFAULT).orElseThrow().close();
    }
  }

  @Test
  void damageAndLossAreToldAtRestToo() throws IOException {
    appendTen();
    Path log = files(".log").get(0);
    byte[] bytes = Files.readAllBytes(log);
    Files.write(log, Arrays.copyOf(bytes, bytes.length - 20));
    assertThatThrownBy(() -> atRest(TABLE)).isInstanceOf(DataLossException.class);
    bytes[bytes.length / 2] ^= 1;
    Files.write(log, bytes);
    assertThatThrownBy(() -> atRest(TABLE)).isInstanceOf(DamagedException.class);
    bytes[bytes.length / 2] ^= 1;
    Files.write(log, bytes);
    assertThat(headAfterOpening()).isEqualTo(10);
  }

  @Test
  void readingWhereThereIsNoStoreMakesNone() throws IOException {
    Path nothing = directory.resolve("nothing");
    assertThatThrownBy(() -> RocksEngine.openReadOnly(nothing, Set.of(TABLE), RocksOptions.DEFAULT))
        .isInstanceOf(NotFoundException.class);
    assertThat(nothing).doesNotExist();
  }

  @Test
  void whatIsLeftOfAStoreIsReadAsDamageAndNotAsNothing() throws IOException {
    appendTen();
    Files.delete(directory.resolve("CURRENT"));
    assertThatThrownBy(() -> openReadOnly(TABLE))
        .isInstanceOf(DamagedException.class)
        .hasMessageContaining("no CURRENT file");
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
  void aTornTailThatWasNeverAcknowledgedIsDroppedAndTheRestIsThere() throws IOException {
    appendTen();
    Path log = files(".log").get(0);
    byte[] whole = Files.readAllBytes(log);
    byte[] torn = Arrays.copyOf(whole, whole.length + 100);
    System.arraycopy(whole, 0, torn, whole.length, 25); // The beginning of a frame, then zeros.
    Files.write(log, torn);
    assertThat(RocksEngine.check(directory)).hasSize(1);
    assertThatThrownBy(() -> openReadOnly(TABLE))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("open the store for writing once");
    assertThat(log).hasBinaryContent(torn);
    Files.write(log, Arrays.copyOf(torn, whole.length + 25));
    try (RocksEngine reader = openReadOnly(TABLE)) {
      assertThat(reader.head(LOG)).as("past a tail that is merely cut short").isEqualTo(10);
    }
    assertThat(log).hasSize(whole.length + 25L);
    assertThat(headAfterOpening()).isEqualTo(10);
  }

  @Test
  void anAcknowledgedTailThatIsGoneIsToldByNameUntilItIsAccepted() throws IOException {
    appendTen();
    Path log = files(".log").get(0);
    byte[] bytes = Files.readAllBytes(log);
    Files.write(log, Arrays.copyOf(bytes, bytes.length - 20));
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(this::headAfterOpening)
          .isInstanceOf(DataLossException.class)
          .hasMessageContaining("log 6c6f67 has 9 records, 10 were acknowledged");
      assertThatThrownBy(() -> openReadOnly(TABLE).close()).isInstanceOf(DataLossException.class);
    }
    LostTail loss = new LostTail(LOG, 9, 10);
    for (int i = 0; i < 2; i++) {
      try (RocksEngine engine = openAfterLoss()) {
        assertThat(engine.losses()).containsExactly(loss);
      }
    }
    try (RocksEngine engine = openAfterLoss()) {
      append(engine, 9);
      assertThat(engine.losses()).as("told as of opening").containsExactly(loss);
      engine.acceptLosses();
      assertThat(engine.losses()).isEmpty();
    }
    assertThat(headAfterOpening()).isEqualTo(10);
  }

  @Test
  void relaxedAppendsAreAcknowledgedByTheNextSync() throws IOException {
    try (RocksEngine engine = open(TABLE)) {
      append(engine, LOG, 0, Durability.RELAXED);
      append(engine, Bytes.utf8("other"), 0, Durability.RELAXED);
      engine.sync();
      append(engine, LOG, 1, Durability.RELAXED);
      append(engine, Bytes.utf8("other"), 1, Durability.SYNCED);
    }
    Path log = files(".log").get(0);
    Files.write(log, new byte[0]);
    assertThatThrownBy(() -> RocksEngine.check(directory))
        .isInstanceOf(DataLossException.class)
        .hasMessageContaining("log 6c6f67")
        .hasMessageContaining("log 6f74686572")
        .hasMessageContaining("2 were acknowledged");
  }

  @Test
  void syncedRowsThatAreGoneAreNoticedThoughNoLogIsShorter() throws IOException {
    try (RocksEngine engine = open(TABLE)) {
      append(engine, 0);
      engine.write(List.of(RowChange.put(TABLE, Bytes.u64(9), Bytes.u64(9))), Durability.SYNCED);
    }
    Path log = files(".log").get(0);
    byte[] bytes = Files.readAllBytes(log);
    Files.write(log, Arrays.copyOf(bytes, bytes.length - 5));
    assertThatThrownBy(this::headAfterOpening)
        .isInstanceOf(DataLossException.class)
        .hasMessageContaining("change");
  }

  @Test
  void aMissingTableFileIsDamageByName() throws IOException {
    writeAndFlush();
    Path table = files(".sst").get(0);
    Files.delete(table);
    assertThatThrownBy(this::headAfterOpening)
        .isInstanceOf(DamagedException.class)
        .hasMessageContaining(table.toString());
  }

  @Test
  void aTableFileOfAnotherLengthIsDamageByName() throws IOException {
    writeAndFlush();
    Path table = files(".sst").get(0);
    byte[] bytes = Files.readAllBytes(table);
    Files.write(table, Arrays.copyOf(bytes, bytes.length + 1));
    assertThatThrownBy(this::headAfterOpening)
        .isInstanceOf(DamagedException.class)
        .hasMessageContaining(table.toString())
        .hasMessageContaining("instead of " + bytes.length);
  }

  @Test
  void aStoreOfTheFirstVersionHasNoMarkAndUntrackedLogsAndIsOpened() throws Exception {
    Map<String, Table.Access> names =
        Map.of(
            "_head",
            Table.Access.LOOKED_UP,
            "_log",
            Table.Access.IN_ORDER,
            TABLE.name(),
            TABLE.access());
    try (RocksDatabase first = RocksDatabase.openUntracked(directory, names, RocksOptions.DEFAULT);
        FlushOptions wait = new FlushOptions().setWaitForFlush(true)) {
      for (int i = 0; i < 3; i++) {
        byte[] log = LOG.plus(Bytes.u64(i)).toArray();
        first.database().put(family(first, "_log"), log, log);
        byte[] head = new LogHead(i + 1, 0).encode().toArray();
        first.database().put(family(first, "_head"), LOG.toArray(), head);
        first.database().put(family(first, TABLE.name()), Bytes.u64(i).toArray(), head);
        first.database().flush(wait, family(first, TABLE.name())); // Begins another log.
      }
    }
    assertThat(files(".log").size()).isGreaterThan(1);
    assertThat(headAfterOpening()).isEqualTo(3);
    assertThat(directory.resolve(AcknowledgedMark.NAME)).exists();
    assertThat(headAfterOpening()).isEqualTo(3);
  }

  @Test
  void closingLeavesNoLongWriteAheadLogAndLosesNothing() throws IOException {
    Bytes value = Bytes.wrap(new byte[100_000]);
    try (RocksEngine engine = open(TABLE)) {
      for (int i = 0; i < 60; i++) {
        engine.write(List.of(RowChange.put(TABLE, Bytes.u64(i + 1), value)), Durability.RELAXED);
      }
      append(engine, 0);
    }
    long logBytes = 0;
    for (Path log : files(".log")) {
      logBytes += Files.size(log);
    }
    assertThat(logBytes).as("%s", files("")).isLessThan(1 << 20);
    assertThat(headAfterOpening()).isEqualTo(1);
    try (RocksEngine engine = open(TABLE)) {
      for (int i = 0; i < 60; i++) {
        assertThat(engine.get(TABLE, Bytes.u64(i + 1))).isEqualTo(value);
      }
    }
  }

  @Test
  void aDatabaseWithoutAnyWriteAheadLogIsOpenedIfNoneIsMissed() throws IOException {
    open(TABLE).close();
    for (Path log : files(".log")) {
      Files.delete(log);
    }
    openReadOnly(TABLE).close();
    try (RocksEngine engine = open(TABLE)) {
      append(engine, 0);
    }
    assertThat(headAfterOpening()).isEqualTo(1);
  }

  private static ColumnFamilyHandle family(RocksDatabase database, String name) {
    return Objects.requireNonNull(database.family(name));
  }

  @Test
  void anOpeningThatComesToAStandIsGivenUp() {
    CountDownLatch end = new CountDownLatch(1);
    AtomicBoolean closed = new AtomicBoolean();
    assertThatThrownBy(
            () ->
                OpenWatchdog.run(
                    directory,
                    100,
                    () -> {
                      end.await();
                      return () -> closed.set(true);
                    },
                    () -> {},
                    end::countDown))
        .isInstanceOf(StoreFailedException.class)
        .hasMessageContaining("100 ms");
    end.countDown();
    assertThat(closed).as("a late result is closed, not leaked").satisfies(flag -> awaitTrue(flag));
  }

  @Test
  void whoFailsMeanwhileLeavesNothingOpen() {
    for (boolean first : new boolean[] {true, false}) {
      CountDownLatch opened = new CountDownLatch(1);
      CountDownLatch failed = new CountDownLatch(1);
      AtomicBoolean closed = new AtomicBoolean();
      assertThatThrownBy(
              () ->
                  OpenWatchdog.run(
                      directory,
                      60_000,
                      () -> {
                        if (!first) {
                          failed.await();
                        }
                        opened.countDown();
                        return () -> closed.set(true);
                      },
                      () -> {
                        if (first) {
                          awaitUninterruptibly(opened);
                        }
                        throw new IllegalStateException("meanwhile");
                      },
                      () -> {}))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("meanwhile");
      failed.countDown();
      assertThat(closed).as("opened first: %s", first).satisfies(flag -> awaitTrue(flag));
    }
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void anOpeningThatMovesIsWaitedFor() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    try (AutoCloseable opened =
        OpenWatchdog.run(
            directory,
            200,
            () -> {
              for (int i = 0; i < 8; i++) {
                Files.writeString(directory.resolve("moves"), "x".repeat(i));
                assertThat(never.await(50, TimeUnit.MILLISECONDS)).isFalse();
              }
              return () -> {};
            },
            () -> {},
            () -> {})) {
      assertThat(opened).isNotNull();
    }
  }

  @Test
  void anInterruptedThreadLosesNothingAndStaysInterrupted() {
    try (RocksEngine engine = open(TABLE)) {
      append(engine, 0);
      Thread.currentThread().interrupt();
      append(engine, 1);
      assertThat(Thread.interrupted()).isTrue();
      append(engine, 2);
    }
    assertThat(headAfterOpening()).isEqualTo(3);
  }

  @Test
  void anInterruptedThreadCanOpenAndClose() {
    Thread.currentThread().interrupt();
    try (RocksEngine engine = open(TABLE)) {
      append(engine, 0);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
    assertThat(headAfterOpening()).isEqualTo(1);
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
        RocksDatabase.open(
            directory,
            Map.of("_head", Table.Access.LOOKED_UP, "_log", Table.Access.IN_ORDER),
            RocksOptions.DEFAULT)) {
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
    List<Path> written = files(".blob");
    assertThat(written).isNotEmpty();
    Path stray = directory.resolve("999999.blob");
    Files.write(stray, new byte[10]);
    RocksEngine.openReadOnly(directory, Set.of(TABLE), small).close();
    assertThat(stray).exists();
    try (RocksEngine engine = RocksEngine.open(directory, Set.of(TABLE), small)) {
      assertThat(stray).as("left by a process that died").doesNotExist();
      assertThat(files(".blob")).containsAll(written);
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

  private Optional<RocksEngine> atRest(Table... tables) {
    return RocksEngine.openAtRest(directory, Set.of(tables), RocksOptions.DEFAULT);
  }

  /** What the database's own files hold, RocksDB's notes for people and the lock left out. */
  private Map<Path, Bytes> contents() throws IOException {
    Map<Path, Bytes> all = new TreeMap<>();
    for (Path file : files("")) {
      String name = file.getFileName().toString();
      if (!name.startsWith("LOG") && !name.equals(StoreHolder.LOCK)) {
        all.put(file, Bytes.wrap(Files.readAllBytes(file)));
      }
    }
    return all;
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

  private void appendTen() {
    try (RocksEngine engine = open(TABLE)) {
      for (int i = 0; i < 10; i++) {
        append(engine, i);
      }
    }
  }

  private RocksEngine openAfterLoss() {
    return RocksEngine.openAfterLoss(directory, Set.of(TABLE), RocksOptions.DEFAULT);
  }

  private static void awaitTrue(AtomicBoolean flag) {
    for (int i = 0; i < 1000 && !flag.get(); i++) {
      LockSupport.parkNanos(5_000_000);
    }
    assertThat(flag).isTrue();
  }

  private static void append(RocksEngine engine, long head) {
    append(engine, LOG, head, Durability.SYNCED);
  }

  private static void append(RocksEngine engine, Bytes log, long head, Durability durability) {
    AppendOutcome outcome =
        engine.append(
            new AppendRequest(
                log,
                0,
                head,
                List.of(Bytes.utf8("record " + head)),
                List.of(RowChange.put(TABLE, Bytes.u64(head), Bytes.utf8("row"))),
                durability));
    assertThat(outcome).isEqualTo(new AppendOutcome.Committed(head + 1));
  }
}
