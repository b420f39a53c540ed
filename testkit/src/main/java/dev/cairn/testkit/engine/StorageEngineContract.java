package dev.cairn.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.AppendOutcome;
import dev.cairn.asl.engine.AppendRequest;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.Row;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every {@link StorageEngine} does. An engine's test is a subclass that says how to open it;
 * see {@link StorageEngine} for the contract. Tests ask as {@link
 * dev.cairn.asl.engine.EngineCapabilities} allow.
 */
@SuppressWarnings("NullAway.Init") // The engine is there from @BeforeEach on.
public abstract class StorageEngineContract {
  /** Tables that the engine under test is opened with. */
  protected static final Set<Table> TABLES =
      Set.of(
          new Table("test.first", Table.Scope.DERIVED),
          new Table("test.second", Table.Scope.DERIVED),
          new Table("test.own", Table.Scope.LOCAL));

  private static final Table FIRST = new Table("test.first", Table.Scope.DERIVED);
  private static final Table SECOND = new Table("test.second", Table.Scope.DERIVED);
  private static final Table UNDECLARED = new Table("test.other", Table.Scope.LOCAL);
  private static final Bytes LOG = Bytes.utf8("a log");
  private static final int WAIT_SECONDS = 60;

  private StorageEngine engine;

  /** Opens an engine over nothing. */
  protected abstract StorageEngine openFresh();

  /** Opens what {@code closed}, an engine that has been closed, held. */
  protected abstract StorageEngine openAgain(StorageEngine closed);

  /**
   * Opens what a crash leaves of {@code open}, an engine that is at work and of no use afterwards.
   */
  protected abstract StorageEngine openAfterCrash(StorageEngine open);

  @BeforeEach
  final void open() {
    engine = openFresh();
  }

  @AfterEach
  final void close() {
    engine.close();
  }

  // Rows

  @Test
  final void aFreshEngineIsEmpty() {
    assertThat(engine.get(FIRST, bytes(1))).isNull();
    assertThat(engine.last(FIRST, Bytes.EMPTY, Bytes.EMPTY)).isNull();
    assertThat(all(FIRST)).isEmpty();
    assertThat(engine.head(LOG)).isZero();
    assertThat(engine.logs()).isEmpty();
    assertThat(records(LOG, 0, 10)).isEmpty();
    assertThat(engine.bytesOnDisk()).isNotNegative();
  }

  @Test
  final void whatCursorsPassIsCountedOnceTheyAreClosed() {
    engine.write(
        List.of(
            RowChange.put(FIRST, bytes(1), bytes(1)),
            RowChange.put(FIRST, bytes(2), bytes(2)),
            RowChange.put(SECOND, bytes(3), bytes(3))),
        Durability.SYNCED);
    long before = engine.rowsRead();
    assertThat(all(FIRST)).hasSize(2);
    assertThat(all(SECOND)).hasSize(1);
    // An engine may count neither.
    assertThat(engine.rowsRead() - before).isIn(0L, 3L);
    assertThat(engine.rowsAbout(FIRST)).isIn(0L, 2L);
    assertThat(engine.rowsAbout(SECOND)).isIn(0L, 1L);
  }

  @Test
  final void keysAreOrderedAsUnsignedBytesAndShorterFirst() {
    List<Bytes> ascending =
        List.of(
            Bytes.EMPTY,
            bytes(0),
            bytes(0, 0),
            bytes(0, 255),
            bytes(1),
            bytes(127),
            bytes(128),
            bytes(128, 0),
            bytes(254, 255),
            bytes(255),
            bytes(255, 0),
            bytes(255, 255));
    List<Bytes> shuffled = new ArrayList<>(ascending);
    Collections.shuffle(shuffled, new Random(5));
    for (Bytes key : shuffled) {
      put(FIRST, key, key);
    }
    assertThat(keys(engine.scan(FIRST, Bytes.EMPTY, Bytes.EMPTY))).isEqualTo(ascending);
  }

  @Test
  final void aScanTakesItsStartAndLeavesItsEnd() {
    for (int i = 0; i < 5; i++) {
      put(FIRST, bytes(i), bytes(i));
    }
    assertThat(keys(engine.scan(FIRST, bytes(1), bytes(3)))).containsExactly(bytes(1), bytes(2));
    assertThat(keys(engine.scan(FIRST, bytes(0, 0), bytes(1, 0)))).containsExactly(bytes(1));
    assertThat(keys(engine.scan(FIRST, bytes(3), Bytes.EMPTY))).containsExactly(bytes(3), bytes(4));
    assertThat(keys(engine.scan(FIRST, bytes(3), bytes(3)))).isEmpty();
    assertThat(keys(engine.scan(FIRST, bytes(4), bytes(1)))).isEmpty();
  }

  @Test
  final void aPrefixScanEndsWhereThePrefixDoesEvenAtTheHighestByte() {
    List<Bytes> stored =
        List.of(
            bytes(1),
            bytes(1, 254),
            bytes(1, 255),
            bytes(1, 255, 255),
            bytes(2),
            bytes(254),
            bytes(255),
            bytes(255, 255),
            bytes(255, 255, 0));
    for (Bytes key : stored) {
      put(FIRST, key, key);
    }
    for (Bytes prefix :
        List.of(
            Bytes.EMPTY,
            bytes(1),
            bytes(1, 255),
            bytes(2),
            bytes(255),
            bytes(255, 255),
            bytes(3))) {
      assertThat(keys(engine.scanPrefix(FIRST, prefix)))
          .isEqualTo(stored.stream().filter(key -> key.startsWith(prefix)).toList());
    }
  }

  @Test
  final void lastIsTheGreatestKeyWithinTheRange() {
    for (int i : new int[] {1, 3, 5, 255}) {
      put(FIRST, bytes(i), bytes(i, i));
    }
    assertThat(engine.last(FIRST, Bytes.EMPTY, Bytes.EMPTY))
        .isEqualTo(new Row(bytes(255), bytes(255, 255)));
    assertThat(engine.last(FIRST, bytes(1), bytes(5))).isEqualTo(new Row(bytes(3), bytes(3, 3)));
    assertThat(engine.last(FIRST, bytes(1), bytes(5, 0))).isEqualTo(new Row(bytes(5), bytes(5, 5)));
    assertThat(engine.last(FIRST, bytes(3), bytes(4))).isEqualTo(new Row(bytes(3), bytes(3, 3)));
    assertThat(engine.last(FIRST, bytes(4), bytes(5))).isNull();
    assertThat(engine.last(FIRST, bytes(5), bytes(4))).isNull();
    assertThat(engine.last(FIRST, Bytes.EMPTY, bytes(1))).isNull();
    assertThat(engine.last(SECOND, Bytes.EMPTY, Bytes.EMPTY)).isNull();
  }

  @Test
  final void theLastOfTwoChangesToOneKeyInABatchWins() {
    engine.write(
        List.of(
            RowChange.put(FIRST, bytes(1), bytes(10)),
            RowChange.put(FIRST, bytes(1), bytes(11)),
            RowChange.put(FIRST, bytes(2), bytes(20)),
            RowChange.delete(FIRST, bytes(2)),
            RowChange.delete(FIRST, bytes(3)),
            RowChange.put(FIRST, bytes(3), bytes(30))),
        Durability.SYNCED);
    assertThat(all(FIRST)).isEqualTo(Map.of(bytes(1), bytes(11), bytes(3), bytes(30)));
  }

  @Test
  final void aDeletedRowIsGoneAndDeletingItAgainIsNothing() {
    put(FIRST, bytes(1), bytes(10));
    put(SECOND, bytes(1), bytes(20));
    for (int i = 0; i < 2; i++) {
      engine.write(List.of(RowChange.delete(FIRST, bytes(1))), Durability.SYNCED);
      assertThat(engine.get(FIRST, bytes(1))).isNull();
      assertThat(all(FIRST)).isEmpty();
      assertThat(engine.last(FIRST, Bytes.EMPTY, Bytes.EMPTY)).isNull();
    }
    assertThat(engine.get(SECOND, bytes(1))).isEqualTo(bytes(20));
  }

  @Test
  final void emptyKeysAndEmptyValuesAreRows() {
    put(FIRST, Bytes.EMPTY, Bytes.EMPTY);
    put(FIRST, bytes(1), Bytes.EMPTY);
    assertThat(engine.get(FIRST, Bytes.EMPTY)).isEqualTo(Bytes.EMPTY);
    assertThat(engine.get(FIRST, bytes(1))).isEqualTo(Bytes.EMPTY);
    assertThat(keys(engine.scan(FIRST, Bytes.EMPTY, Bytes.EMPTY)))
        .containsExactly(Bytes.EMPTY, bytes(1));
    assertThat(engine.last(FIRST, Bytes.EMPTY, bytes(1)))
        .isEqualTo(new Row(Bytes.EMPTY, Bytes.EMPTY));
  }

  @Test
  final void valuesOfAMebibyteComeBackWhole() {
    assumeTrue(engine.capabilities().valueBytesMax() >= 1 << 20);
    Map<Bytes, Bytes> large = new TreeMap<>();
    Random random = new Random(3);
    for (int i = 0; i < 8; i++) {
      byte[] value = new byte[(1 << 20) + i];
      random.nextBytes(value);
      large.put(bytes(i), Bytes.wrap(value));
      put(FIRST, bytes(i), Bytes.wrap(value));
    }
    reopen();
    assertThat(all(FIRST)).isEqualTo(large);
  }

  @Test
  final void aSliceOfALargerArrayIsWrittenAsTheSliceOnly() {
    Bytes whole = Bytes.utf8("0123456789");
    engine.append(
        new AppendRequest(
            whole.slice(1, 3),
            0,
            0,
            List.of(whole.slice(2, 5)),
            List.of(RowChange.put(FIRST, whole.slice(4, 6), whole.slice(6, 8))),
            Durability.SYNCED));
    assertThat(engine.get(FIRST, Bytes.utf8("45"))).isEqualTo(Bytes.utf8("67"));
    assertThat(engine.logs()).containsExactly(Bytes.utf8("12"));
    assertThat(records(Bytes.utf8("12"), 0, 1)).containsExactly(Bytes.utf8("234"));
  }

  @Test
  final void multiGetAnswersInTheOrderOfItsKeys() {
    put(FIRST, bytes(1), bytes(10));
    put(FIRST, bytes(2), bytes(20));
    assertThat(engine.multiGet(FIRST, List.of(bytes(2), bytes(3), bytes(1), bytes(2))))
        .containsExactly(bytes(20), null, bytes(10), bytes(20));
    assertThat(engine.multiGet(FIRST, List.of())).isEmpty();
  }

  @Test
  final void manyRowsLookedUpAtOnceComeInTheOrderOfTheirKeysToo() {
    int many = 2_503;
    List<RowChange> rows = new ArrayList<>();
    List<Bytes> keys = new ArrayList<>();
    List<@Nullable Bytes> expected = new ArrayList<>();
    for (int i = 0; i < many; i++) {
      Bytes key = Bytes.u64((i * 7_919L) % many);
      boolean there = i % 3 != 0;
      if (there) {
        rows.add(RowChange.put(FIRST, key, Bytes.u64(i)));
      }
      keys.add(key);
      expected.add(there ? Bytes.u64(i) : null);
    }
    engine.write(rows, Durability.SYNCED);
    assertThat(engine.multiGet(FIRST, keys)).isEqualTo(expected);
    Collections.reverse(keys);
    Collections.reverse(expected);
    assertThat(engine.multiGet(FIRST, keys)).isEqualTo(expected);
  }

  @Test
  final void randomChangesLeaveWhatASortedMapWouldHold() {
    Random random = new Random(11);
    NavigableMap<Bytes, Bytes> model = new TreeMap<>();
    for (int step = 0; step < 300; step++) {
      List<RowChange> batch = new ArrayList<>();
      for (int i = random.nextInt(8); i >= 0; i--) {
        Bytes key = randomKey(random);
        if (random.nextInt(3) == 0) {
          batch.add(RowChange.delete(FIRST, key));
          model.remove(key);
        } else {
          batch.add(RowChange.put(FIRST, key, Bytes.u64(step)));
          model.put(key, Bytes.u64(step));
        }
      }
      engine.write(batch, Durability.RELAXED);
      compareRange(model, randomKey(random), randomKey(random));
    }
    assertThat(all(FIRST)).isEqualTo(model);
    reopen();
    assertThat(all(FIRST)).isEqualTo(model);
  }

  // Cursors

  @Test
  final void aCursorSeesTheTableAsItWasWhenOpened() {
    put(SECOND, bytes(1), bytes(10));
    put(SECOND, bytes(3), bytes(30));
    append(0, 1);
    try (RowCursor rows = engine.scan(SECOND, Bytes.EMPTY, Bytes.EMPTY);
        RowCursor records = engine.records(LOG, 0, 100)) {
      put(SECOND, bytes(1), bytes(11));
      put(SECOND, bytes(2), bytes(20));
      engine.write(List.of(RowChange.delete(SECOND, bytes(3))), Durability.RELAXED);
      append(1, 1);
      assertThat(rest(rows)).isEqualTo(Map.of(bytes(1), bytes(10), bytes(3), bytes(30)));
      assertThat(rest(records)).hasSize(1);
    }
  }

  @Test
  final void aCursorStartsBeforeItsFirstRowAndStaysAtItsEnd() {
    put(FIRST, bytes(1), bytes(10));
    try (RowCursor cursor = engine.scan(FIRST, Bytes.EMPTY, Bytes.EMPTY)) {
      assertThatThrownBy(cursor::key).isInstanceOf(IllegalStateException.class);
      assertThat(cursor.next()).isTrue();
      assertThat(cursor.value()).isEqualTo(bytes(10));
      assertThat(cursor.key()).isEqualTo(bytes(1));
      assertThat(cursor.next()).isFalse();
      assertThat(cursor.next()).isFalse();
      assertThatThrownBy(cursor::value).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  final void rowsReadStayWhatTheyWereWhenTheCursorMovesOn() {
    put(FIRST, bytes(1), bytes(10));
    put(FIRST, bytes(2), bytes(20));
    List<Row> rows = new ArrayList<>();
    try (RowCursor cursor = engine.scan(FIRST, Bytes.EMPTY, Bytes.EMPTY)) {
      while (cursor.next()) {
        rows.add(new Row(cursor.key(), cursor.value()));
      }
    }
    assertThat(rows).containsExactly(new Row(bytes(1), bytes(10)), new Row(bytes(2), bytes(20)));
  }

  @Test
  final void aClosedCursorHasNoMoreRowsAndClosesTwice() {
    put(FIRST, bytes(1), bytes(10));
    RowCursor cursor = engine.scan(FIRST, Bytes.EMPTY, Bytes.EMPTY);
    cursor.close();
    cursor.close();
    assertThat(cursor.next()).isFalse();
  }

  @Test
  final void cursorsOfDifferentMomentsEachSeeTheirOwn() {
    List<RowCursor> moments = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      put(FIRST, bytes(i), bytes(i));
      engine.write(List.of(RowChange.put(FIRST, bytes(200), bytes(i))), Durability.RELAXED);
      moments.add(engine.scan(FIRST, Bytes.EMPTY, Bytes.EMPTY));
    }
    for (int i = 0; i < moments.size(); i++) {
      NavigableMap<Bytes, Bytes> seen = rest(moments.get(i));
      assertThat(seen).hasSize(i + 2).containsEntry(bytes(200), bytes(i));
    }
  }

  // Logs

  @Test
  final void anAppendWritesRecordsRowsAndHeadTogether() {
    AppendOutcome outcome =
        engine.append(
            new AppendRequest(
                LOG,
                0,
                0,
                List.of(Bytes.utf8("zero"), Bytes.utf8("one")),
                List.of(
                    RowChange.put(FIRST, bytes(1), bytes(10)),
                    RowChange.put(SECOND, bytes(2), bytes(20))),
                Durability.SYNCED));
    assertThat(outcome).isEqualTo(new AppendOutcome.Committed(2));
    assertThat(engine.head(LOG)).isEqualTo(2);
    assertThat(engine.logs()).containsExactly(LOG);
    assertThat(records(LOG, 0, 2)).containsExactly(Bytes.utf8("zero"), Bytes.utf8("one"));
    assertThat(engine.get(FIRST, bytes(1))).isEqualTo(bytes(10));
    assertThat(engine.get(SECOND, bytes(2))).isEqualTo(bytes(20));
  }

  @Test
  final void recordsAreReadByRangeUnderTheirIndex() {
    append(0, 5);
    append(5, 300);
    try (RowCursor cursor = engine.records(LOG, 254, 258)) {
      assertThat(keys(cursor))
          .containsExactly(Bytes.u64(254), Bytes.u64(255), Bytes.u64(256), Bytes.u64(257));
    }
    assertThat(records(LOG, 303, 1000)).containsExactly(record(303), record(304));
    assertThat(records(LOG, 0, Long.MAX_VALUE)).hasSize(305);
    assertThat(records(LOG, 3, 3)).isEmpty();
    assertThat(records(LOG, 4, 2)).isEmpty();
    assertThat(records(LOG, 305, 400)).isEmpty();
    assertThatThrownBy(() -> engine.records(LOG, -1, 2))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  final void recordsAreReplacedWhereTheyLieAndNothingElseIs() {
    append(0, 5);
    Bytes other = Bytes.utf8("in its place");
    engine.replaceRecords(LOG, new TreeMap<>(Map.of(1L, other, 4L, Bytes.EMPTY)));
    assertThat(records(LOG, 0, 10))
        .containsExactly(record(0), other, record(2), record(3), Bytes.EMPTY);
    for (long outside : new long[] {-1, 5}) {
      assertThatThrownBy(() -> engine.replaceRecords(LOG, new TreeMap<>(Map.of(outside, other))))
          .isInstanceOf(IllegalArgumentException.class);
    }
    append(5, 1);
    engine = openAfterCrash(engine);
    assertThat(engine.head(LOG)).isGreaterThanOrEqualTo(5);
    assertThat(records(LOG, 0, 5))
        .containsExactly(record(0), other, record(2), record(3), Bytes.EMPTY);
  }

  @Test
  final void aWrongExpectedHeadChangesNothing() {
    append(0, 3);
    for (long expected : new long[] {0, 2, 4}) {
      assertThat(engine.append(request(LOG, 0, expected, 1, Durability.SYNCED)))
          .isEqualTo(new AppendOutcome.HeadMoved(3));
    }
    assertThat(engine.append(request(Bytes.utf8("new"), 7, 1, 1, Durability.SYNCED)))
        .isEqualTo(new AppendOutcome.HeadMoved(0));
    assertThat(engine.append(request(Bytes.utf8("new"), 0, 0, 1, Durability.SYNCED)))
        .isEqualTo(new AppendOutcome.Committed(1));
    assertThat(records(LOG, 0, 10)).containsExactly(record(0), record(1), record(2));
    assertThat(all(FIRST)).hasSize(3 + 1);
  }

  @Test
  final void anOldWriterIsFencedOutAlsoAfterReopening() {
    assertThat(engine.append(request(LOG, 5, 0, 1, Durability.SYNCED)))
        .isEqualTo(new AppendOutcome.Committed(1));
    for (int i = 0; i < 2; i++) {
      assertThat(engine.greatestFence()).isEqualTo(5);
      assertThat(engine.append(request(LOG, 4, 1, 1, Durability.SYNCED)))
          .isEqualTo(new AppendOutcome.Fenced(5));
      assertThat(engine.append(request(LOG, 4, 9, 1, Durability.SYNCED)))
          .isEqualTo(new AppendOutcome.Fenced(5));
      assertThat(records(LOG, 0, 10)).containsExactly(record(0));
      reopen();
    }
    assertThat(engine.append(request(LOG, 5, 1, 1, Durability.SYNCED)))
        .isEqualTo(new AppendOutcome.Committed(2));
    assertThat(engine.append(request(LOG, 6, 2, 1, Durability.SYNCED)))
        .isEqualTo(new AppendOutcome.Committed(3));
  }

  @Test
  final void anAppendOfNoRecordsWritesItsRowsAndRaisesTheFence() {
    assertThat(engine.greatestFence()).isZero();
    RowChange row = RowChange.put(FIRST, bytes(1), bytes(10));
    assertThat(
            engine.append(new AppendRequest(LOG, 3, 0, List.of(), List.of(row), Durability.SYNCED)))
        .isEqualTo(new AppendOutcome.Committed(0));
    assertThat(engine.get(FIRST, bytes(1))).isEqualTo(bytes(10));
    reopen();
    assertThat(engine.logs()).isEmpty();
    assertThat(engine.greatestFence()).isEqualTo(3);
    assertThat(engine.append(request(LOG, 2, 0, 1, Durability.SYNCED)))
        .isEqualTo(new AppendOutcome.Fenced(3));
  }

  @Test
  final void manyLogsStayApartAndComeInOrder() {
    int count = 500;
    for (int round = 0; round < 2; round++) {
      for (int i = count - 1; i >= 0; i--) {
        assertThat(engine.append(request(Bytes.u64(i * 77L), 0, round, 1, Durability.RELAXED)))
            .isEqualTo(new AppendOutcome.Committed(round + 1));
      }
    }
    List<Bytes> expected = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      expected.add(Bytes.u64(i * 77L));
    }
    for (int i = 0; i < 2; i++) {
      assertThat(engine.logs()).isEqualTo(expected);
      for (Bytes log : expected) {
        assertThat(engine.head(log)).isEqualTo(2);
        assertThat(records(log, 0, 9)).containsExactly(record(0), record(1));
      }
      reopen();
    }
  }

  @Test
  final void aLogWhoseNameBeginsWithAnothersNameAndIndexStaysApart() {
    Bytes shorter = bytes(7);
    Bytes longer = shorter.plus(Bytes.u64(0));
    Bytes longest = longer.plus(Bytes.u64(1));
    for (Bytes log : List.of(shorter, longer, longest)) {
      engine.append(request(log, 0, 0, 3, Durability.RELAXED));
    }
    for (int i = 0; i < 2; i++) {
      assertThat(engine.logs()).containsExactly(shorter, longer, longest);
      for (Bytes log : List.of(shorter, longer, longest)) {
        assertThat(records(log, 0, 9)).containsExactly(record(0), record(1), record(2));
      }
      reopen();
    }
  }

  @Test
  final void rowsOfAnAppendAreChangedInTheirOrder() {
    put(SECOND, bytes(3), bytes(30));
    engine.append(
        new AppendRequest(
            LOG,
            0,
            0,
            List.of(record(0)),
            List.of(
                RowChange.put(SECOND, bytes(1), bytes(10)),
                RowChange.delete(SECOND, bytes(1)),
                RowChange.delete(SECOND, bytes(2)),
                RowChange.put(SECOND, bytes(2), bytes(20)),
                RowChange.delete(SECOND, bytes(3))),
            Durability.SYNCED));
    assertThat(all(SECOND)).isEqualTo(Map.of(bytes(2), bytes(20)));
  }

  @Test
  final void aRefusedAppendLeavesTheEngineAsUsableAsBefore() {
    append(0, 1);
    assertThat(engine.append(request(LOG, 0, 7, 1, Durability.SYNCED)))
        .isInstanceOf(AppendOutcome.HeadMoved.class);
    append(1, 1);
    assertThat(engine.append(request(LOG, 3, 2, 1, Durability.SYNCED)))
        .isEqualTo(new AppendOutcome.Committed(3));
    assertThat(engine.append(request(LOG, 2, 3, 1, Durability.SYNCED)))
        .isInstanceOf(AppendOutcome.Fenced.class);
    put(SECOND, bytes(1), bytes(10));
    engine.sync();
    assertThat(engine.append(request(LOG, 3, 3, 1, Durability.SYNCED)))
        .isEqualTo(new AppendOutcome.Committed(4));
  }

  // Life

  @Test
  final void writingNothingAndSyncingNothingAreNothing() {
    engine.sync();
    engine.write(List.of(), Durability.SYNCED);
    engine.write(List.of(), Durability.RELAXED);
    reopen();
    assertThat(all(FIRST)).isEmpty();
    assertThat(engine.logs()).isEmpty();
  }

  @Test
  final void aBatchLargerThanTheCapabilitiesAllowIsRefusedAndChangesNothing() {
    long most = engine.capabilities().batchBytesMax();
    int size = (int) Math.min(engine.capabilities().valueBytesMax(), 16L << 20);
    assumeTrue(most / size < 10_000);
    Bytes value = Bytes.wrap(new byte[size]);
    List<RowChange> rows = new ArrayList<>();
    for (long total = 0; total <= most; total += size) {
      rows.add(RowChange.put(FIRST, Bytes.u64(total), value));
    }
    assertThatThrownBy(() -> engine.write(rows, Durability.RELAXED))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () ->
                engine.append(
                    new AppendRequest(LOG, 0, 0, List.of(record(0)), rows, Durability.RELAXED)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(all(FIRST)).isEmpty();
    assertThat(engine.head(LOG)).isZero();
    append(0, 1);
  }

  @Test
  final void anInterruptedThreadReadsAndWritesLikeAnyOther() {
    Thread.currentThread().interrupt();
    try {
      engine.append(request(LOG, 0, 0, 1, Durability.SYNCED));
      engine.write(List.of(RowChange.put(SECOND, bytes(1), bytes(10))), Durability.SYNCED);
      engine.sync();
      assertThat(engine.get(SECOND, bytes(1))).isEqualTo(bytes(10));
      assertThat(records(LOG, 0, 9)).containsExactly(record(0));
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
    reopen();
    assertThat(engine.head(LOG)).isEqualTo(1);
  }

  @Test
  final void reopeningKeepsRowsRecordsAndHeads() {
    append(0, 3);
    put(SECOND, bytes(9), bytes(90));
    engine.write(List.of(RowChange.delete(FIRST, LOG.plus(Bytes.u64(1)))), Durability.RELAXED);
    Map<Bytes, Bytes> first = all(FIRST);
    for (int i = 0; i < 3; i++) {
      reopen();
      assertThat(all(FIRST)).isEqualTo(first).hasSize(2);
      assertThat(all(SECOND)).isEqualTo(Map.of(bytes(9), bytes(90)));
      assertThat(engine.head(LOG)).isEqualTo(3);
      assertThat(records(LOG, 0, 10)).containsExactly(record(0), record(1), record(2));
    }
    append(3, 2);
    assertThat(engine.head(LOG)).isEqualTo(5);
  }

  @Test
  final void relaxedWritesAreSeenAtOnceAndCanBeSynced() {
    engine.append(request(LOG, 0, 0, 2, Durability.RELAXED));
    put(SECOND, bytes(1), bytes(10));
    assertThat(engine.head(LOG)).isEqualTo(2);
    assertThat(engine.get(SECOND, bytes(1))).isEqualTo(bytes(10));
    engine.sync();
    engine.sync();
    reopen();
    assertThat(engine.head(LOG)).isEqualTo(2);
    assertThat(engine.get(SECOND, bytes(1))).isEqualTo(bytes(10));
  }

  @Test
  final void deferredRowsAreSeenAtOnceAndByEveryKindOfRead() {
    put(FIRST, bytes(2), bytes(20));
    put(FIRST, bytes(3), bytes(30));
    RowCursor before = engine.scan(FIRST, Bytes.EMPTY, Bytes.EMPTY);
    defer(
        RowChange.put(FIRST, bytes(1), bytes(10)),
        RowChange.put(FIRST, bytes(2), bytes(21)),
        RowChange.delete(FIRST, bytes(3)),
        RowChange.put(SECOND, bytes(9), bytes(90)));
    assertThat(engine.get(FIRST, bytes(1))).isEqualTo(bytes(10));
    assertThat(engine.multiGet(FIRST, List.of(bytes(3), bytes(2))))
        .containsExactly(null, bytes(21));
    assertThat(all(FIRST)).isEqualTo(Map.of(bytes(1), bytes(10), bytes(2), bytes(21)));
    assertThat(engine.last(FIRST, Bytes.EMPTY, Bytes.EMPTY))
        .isEqualTo(new Row(bytes(2), bytes(21)));
    assertThat(all(SECOND)).isEqualTo(Map.of(bytes(9), bytes(90)));
    assertThat(rest(before)).isEqualTo(Map.of(bytes(2), bytes(20), bytes(3), bytes(30)));
    reopen();
    assertThat(all(FIRST)).isEqualTo(Map.of(bytes(1), bytes(10), bytes(2), bytes(21)));
    assertThat(all(SECOND)).isEqualTo(Map.of(bytes(9), bytes(90)));
  }

  @Test
  final void deferredRowsAreDurableAfterASyncAndTwiceIsOnce() {
    byte[] large = new byte[200_000];
    new Random(4).nextBytes(large);
    for (int round = 0; round < 3; round++) {
      defer(
          RowChange.put(FIRST, bytes(round), Bytes.wrap(large)),
          RowChange.put(SECOND, bytes(1), bytes(round)));
      engine.sync();
      engine.sync();
    }
    crash();
    assertThat(all(FIRST).keySet()).containsExactly(bytes(0), bytes(1), bytes(2));
    assertThat(all(FIRST).values()).containsOnly(Bytes.wrap(large));
    assertThat(all(SECOND)).isEqualTo(Map.of(bytes(1), bytes(2)));
  }

  @Test
  final void aCrashTakesDeferredRowsAloneAndGivesBackWhatTheyReplaced() {
    engine.write(
        List.of(
            RowChange.put(FIRST, bytes(1), bytes(10)),
            RowChange.put(FIRST, bytes(2), bytes(20)),
            RowChange.put(FIRST, bytes(3), bytes(30))),
        Durability.SYNCED);
    defer(
        RowChange.put(FIRST, bytes(1), bytes(11)),
        RowChange.delete(FIRST, bytes(2)),
        RowChange.put(FIRST, bytes(4), bytes(40)));
    defer(RowChange.put(FIRST, bytes(1), bytes(12)));
    assertThat(engine.append(request(LOG, 0, 0, 1, Durability.SYNCED)))
        .isEqualTo(new AppendOutcome.Committed(1));
    engine.write(List.of(RowChange.put(SECOND, bytes(5), bytes(50))), Durability.SYNCED);
    crash();
    assertThat(records(LOG, 0, 9)).containsExactly(record(0));
    assertThat(all(SECOND)).isEqualTo(Map.of(bytes(5), bytes(50)));
    assertThat(engine.get(FIRST, LOG.plus(Bytes.u64(0)))).isEqualTo(record(0));
    assertThat(engine.get(FIRST, bytes(1))).isIn(bytes(10), bytes(11), bytes(12));
    assertThat(engine.get(FIRST, bytes(2))).isIn(null, bytes(20));
    assertThat(engine.get(FIRST, bytes(3))).isEqualTo(bytes(30));
    assertThat(engine.get(FIRST, bytes(4))).isIn(null, bytes(40));
  }

  @Test
  final void whatIsWrittenAgainAndSyncedIsNoLongerDeferred() {
    defer(
        RowChange.put(FIRST, bytes(1), bytes(10)),
        RowChange.put(FIRST, bytes(2), bytes(20)),
        RowChange.put(SECOND, bytes(3), bytes(30)),
        RowChange.put(SECOND, bytes(4), bytes(40)));
    engine.write(
        List.of(RowChange.put(FIRST, bytes(1), bytes(10)), RowChange.delete(FIRST, bytes(2))),
        Durability.SYNCED);
    assertThat(
            engine.append(
                new AppendRequest(
                    LOG,
                    0,
                    0,
                    List.of(record(0)),
                    List.of(
                        RowChange.put(SECOND, bytes(3), bytes(30)),
                        RowChange.put(SECOND, bytes(4), bytes(41))),
                    Durability.SYNCED)))
        .isEqualTo(new AppendOutcome.Committed(1));
    crash();
    assertThat(all(FIRST)).isEqualTo(Map.of(bytes(1), bytes(10)));
    assertThat(all(SECOND)).isEqualTo(Map.of(bytes(3), bytes(30), bytes(4), bytes(41)));
    assertThat(engine.head(LOG)).isEqualTo(1);
  }

  @Test
  final void recordsAreNeverDeferred() {
    assertThatThrownBy(() -> request(LOG, 0, 0, 1, Durability.DEFERRED))
        .isInstanceOf(IllegalArgumentException.class);
    RowChange bad = RowChange.put(UNDECLARED, bytes(1), bytes(10));
    assertThatThrownBy(() -> defer(RowChange.put(FIRST, bytes(1), bytes(1)), bad))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(all(FIRST)).isEmpty();
  }

  // Seeking

  @Test
  final void aCursorSeeksForwardsAndBackwardsWithinItsRange() {
    for (int i = 0; i < 10; i++) {
      put(FIRST, bytes(2 * i), bytes(i));
    }
    try (RowCursor cursor = engine.scan(FIRST, bytes(4), bytes(15))) {
      cursor.seek(bytes(10));
      assertThat(nextKey(cursor)).as("before the first step").isEqualTo(bytes(10));
      cursor.seek(bytes(13));
      assertThat(nextKey(cursor)).as("forwards, between two rows").isEqualTo(bytes(14));
      assertThat(nextKey(cursor)).as("the range's end").isNull();
      cursor.seek(bytes(6));
      assertThat(nextKey(cursor)).as("back, after the end").isEqualTo(bytes(6));
      assertThat(cursor.value()).isEqualTo(bytes(3));
      assertThat(nextKey(cursor)).isEqualTo(bytes(8));
      cursor.seek(bytes(8));
      assertThat(nextKey(cursor)).as("where it is").isEqualTo(bytes(8));
      for (Bytes low : List.of(Bytes.EMPTY, bytes(0), bytes(3, 255), bytes(4))) {
        cursor.seek(low);
        assertThat(nextKey(cursor)).as("before the start: " + low).isEqualTo(bytes(4));
      }
      for (Bytes high : List.of(bytes(14, 0), bytes(15), bytes(16), bytes(255, 255))) {
        cursor.seek(high);
        assertThat(nextKey(cursor)).as("past the end: " + high).isNull();
        assertThat(nextKey(cursor)).as("past the end: " + high).isNull();
      }
      cursor.seek(bytes(255));
      cursor.seek(bytes(5));
      assertThat(nextKey(cursor)).as("the last seek counts").isEqualTo(bytes(6));
    }
  }

  @Test
  final void aCursorThatSoughtIsOnNoRowUntilItsNextStep() {
    put(FIRST, bytes(1), bytes(10));
    RowCursor cursor = engine.scan(FIRST, Bytes.EMPTY, Bytes.EMPTY);
    assertThat(cursor.next()).isTrue();
    cursor.seek(bytes(1));
    assertThatThrownBy(cursor::key).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(cursor::value).isInstanceOf(IllegalStateException.class);
    assertThat(nextKey(cursor)).isEqualTo(bytes(1));
    cursor.close();
    assertThatThrownBy(() -> cursor.seek(bytes(1))).isInstanceOf(IllegalStateException.class);
    try (RowCursor late = engine.scan(FIRST, Bytes.EMPTY, Bytes.EMPTY)) {
      engine.close();
      assertThatThrownBy(() -> late.seek(bytes(1))).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  final void seekingBackShowsTheTableAsItWasWhenTheCursorWasOpened() {
    put(FIRST, bytes(1), bytes(10));
    put(FIRST, bytes(3), bytes(30));
    try (RowCursor cursor = engine.scan(FIRST, Bytes.EMPTY, Bytes.EMPTY)) {
      assertThat(keysLeft(cursor)).containsExactly(bytes(1), bytes(3));
      put(FIRST, bytes(2), bytes(20));
      put(FIRST, bytes(3), bytes(31));
      engine.write(List.of(RowChange.delete(FIRST, bytes(1))), Durability.SYNCED);
      cursor.seek(Bytes.EMPTY);
      assertThat(keysLeft(cursor)).containsExactly(bytes(1), bytes(3));
      cursor.seek(bytes(2));
      assertThat(nextKey(cursor)).isEqualTo(bytes(3));
      assertThat(cursor.value()).isEqualTo(bytes(30));
    }
  }

  @Test
  final void aCursorOverARangeThatIsEmptySeeksToNothing() {
    for (int i = 0; i < 6; i++) {
      put(FIRST, bytes(i), bytes(i));
    }
    for (RowCursor cursor :
        List.of(
            engine.scan(FIRST, bytes(3), bytes(3)),
            engine.scan(FIRST, bytes(4), bytes(2)),
            engine.scan(FIRST, bytes(3, 1), bytes(4)),
            engine.scan(SECOND, Bytes.EMPTY, Bytes.EMPTY))) {
      try (cursor) {
        for (Bytes key : List.of(Bytes.EMPTY, bytes(2), bytes(3), bytes(4), bytes(255))) {
          cursor.seek(key);
          assertThat(cursor.next()).isFalse();
        }
      }
    }
  }

  @Test
  final void recordsAreSoughtByTheirIndexAndNeverLeaveTheirLog() {
    Bytes next = LOG.plus(bytes(0));
    append(0, 10);
    engine.append(request(next, 0, 0, 5, Durability.RELAXED));
    engine.append(request(bytes(0), 0, 0, 5, Durability.RELAXED));
    try (RowCursor cursor = engine.records(LOG, 2, 8)) {
      cursor.seek(Bytes.u64(5));
      assertThat(nextKey(cursor)).isEqualTo(Bytes.u64(5));
      assertThat(cursor.value()).isEqualTo(record(5));
      cursor.seek(Bytes.u64(0));
      assertThat(nextKey(cursor)).isEqualTo(Bytes.u64(2));
      cursor.seek(Bytes.EMPTY);
      assertThat(nextKey(cursor)).isEqualTo(Bytes.u64(2));
      cursor.seek(Bytes.u64(7));
      assertThat(keysLeft(cursor)).containsExactly(Bytes.u64(7));
      for (long past : new long[] {8, 10, Long.MAX_VALUE, -1}) {
        cursor.seek(Bytes.u64(past));
        assertThat(nextKey(cursor)).as("past the end: " + past).isNull();
      }
      cursor.seek(Bytes.u64(3));
      assertThat(keysLeft(cursor))
          .containsExactly(Bytes.u64(3), Bytes.u64(4), Bytes.u64(5), Bytes.u64(6), Bytes.u64(7));
    }
  }

  @Test
  final void randomSeeksGoWhereASortedMapWouldGo() {
    Random random = new Random(12);
    NavigableMap<Bytes, Bytes> model = new TreeMap<>();
    for (int i = 0; i < 60; i++) {
      Bytes key = randomKey(random);
      model.put(key, bytes(i));
      put(FIRST, key, bytes(i));
    }
    for (int round = 0; round < 60; round++) {
      Bytes from = randomKey(random);
      Bytes to = random.nextInt(4) == 0 ? Bytes.EMPTY : randomKey(random);
      NavigableMap<Bytes, Bytes> range = model.tailMap(from, true);
      if (!to.isEmpty()) {
        range = from.compareTo(to) < 0 ? range.headMap(to, false) : Collections.emptyNavigableMap();
      }
      try (RowCursor cursor = engine.scan(FIRST, from, to)) {
        for (int step = 0; step < 30; step++) {
          Bytes key = randomKey(random);
          cursor.seek(key);
          Map.Entry<Bytes, Bytes> at = range.ceilingEntry(key);
          for (int ahead = random.nextInt(4); ahead >= 0; ahead--) {
            assertThat(nextKey(cursor)).isEqualTo(at == null ? null : at.getKey());
            if (at != null) {
              assertThat(cursor.value()).isEqualTo(at.getValue());
              at = range.higherEntry(at.getKey());
            }
          }
        }
      }
    }
  }

  @Test
  final void anUndeclaredTableIsRefusedAndNothingIsWritten() {
    RowChange good = RowChange.put(FIRST, bytes(1), bytes(10));
    RowChange bad = RowChange.put(UNDECLARED, bytes(1), bytes(10));
    List<Runnable> calls =
        List.of(
            () -> engine.get(UNDECLARED, bytes(1)),
            () -> engine.scan(UNDECLARED, Bytes.EMPTY, Bytes.EMPTY),
            () -> engine.last(UNDECLARED, Bytes.EMPTY, Bytes.EMPTY),
            () -> engine.multiGet(UNDECLARED, List.of(bytes(1))),
            () -> engine.write(List.of(good, bad), Durability.SYNCED),
            () ->
                engine.append(
                    new AppendRequest(
                        LOG, 0, 0, List.of(bytes(1)), List.of(good, bad), Durability.SYNCED)));
    for (Runnable call : calls) {
      assertThatThrownBy(call::run)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(UNDECLARED.name());
    }
    assertThat(all(FIRST)).isEmpty();
    assertThat(engine.head(LOG)).isZero();
    put(FIRST, bytes(1), bytes(10));
  }

  @Test
  final void aValueLongerThanTheCapabilitiesAllowIsRefused() {
    int longest = engine.capabilities().valueBytesMax();
    assumeTrue(longest < 1 << 29 && Runtime.getRuntime().maxMemory() > 3L * longest);
    Bytes tooLong = Bytes.wrap(new byte[longest + 1]);
    assertThatThrownBy(
            () ->
                engine.write(List.of(RowChange.put(FIRST, bytes(1), tooLong)), Durability.RELAXED))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(all(FIRST)).isEmpty();
  }

  @Test
  final void everyCallAfterCloseIsRefusedAndClosingTwiceIsNothing() {
    append(0, 1);
    RowCursor fresh = engine.scan(FIRST, Bytes.EMPTY, Bytes.EMPTY);
    RowCursor moved = engine.records(LOG, 0, 1);
    assertThat(moved.next()).isTrue();
    engine.close();
    engine.close();
    List<Runnable> calls =
        List.of(
            () -> engine.get(FIRST, bytes(1)),
            () -> engine.scan(FIRST, Bytes.EMPTY, Bytes.EMPTY),
            () -> engine.last(FIRST, Bytes.EMPTY, Bytes.EMPTY),
            () -> engine.head(LOG),
            engine::logs,
            () -> engine.records(LOG, 0, 1),
            engine::sync,
            engine::bytesOnDisk,
            () -> put(FIRST, bytes(1), bytes(1)),
            () -> append(1, 1),
            fresh::next,
            moved::next);
    for (Runnable call : calls) {
      assertThatThrownBy(call::run).isInstanceOf(IllegalStateException.class);
    }
    fresh.close();
    moved.close();
  }

  // Threads

  @Test
  final void readersDuringAppendsSeeWholeCommitsOnly() throws Exception {
    assumeTrue(engine.capabilities().atomicMultiKey());
    int commits = 300;
    AtomicBoolean finished = new AtomicBoolean();
    ExecutorService readers = Executors.newFixedThreadPool(3);
    try {
      List<Future<Integer>> reading = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        reading.add(readers.submit(() -> readWholeCommits(finished)));
      }
      for (int i = 0; i < commits; i++) {
        append(i * 3L, 3);
      }
      finished.set(true);
      for (Future<Integer> reader : reading) {
        assertThat(reader.get(WAIT_SECONDS, TimeUnit.SECONDS)).isPositive();
      }
    } finally {
      finished.set(true);
      readers.shutdownNow();
    }
    assertThat(engine.head(LOG)).isEqualTo(commits * 3L);
  }

  @Test
  final void writersOfRowsAndOfDifferentLogsDoNotDisturbEachOther() throws Exception {
    ExecutorService writers = Executors.newFixedThreadPool(4);
    try {
      List<Future<?>> writing = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        Bytes log = bytes(t);
        writing.add(
            writers.submit(
                () -> {
                  for (int i = 0; i < 100; i++) {
                    engine.write(
                        List.of(RowChange.put(SECOND, log.plus(Bytes.u64(i)), log)),
                        Durability.RELAXED);
                    AppendOutcome outcome =
                        engine.append(request(log, 0, i, 1, Durability.RELAXED));
                    assertThat(outcome).isEqualTo(new AppendOutcome.Committed(i + 1));
                  }
                }));
      }
      await(writing);
    } finally {
      writers.shutdownNow();
    }
    reopen();
    assertThat(all(SECOND)).hasSize(400);
    assertThat(all(FIRST)).hasSize(400);
    assertThat(engine.logs()).hasSize(4).allMatch(log -> engine.head(log) == 100);
  }

  @Test
  final void closingWhileOthersReadAndWriteEndsTheirCallsAndNothingElse() throws Exception {
    append(0, 200);
    ExecutorService others = Executors.newFixedThreadPool(4);
    try {
      List<Future<?>> calling = new ArrayList<>();
      calling.add(others.submit(() -> untilRefused(() -> rest(engine.records(LOG, 0, 200)))));
      calling.add(
          others.submit(() -> untilRefused(() -> engine.get(FIRST, LOG.plus(Bytes.u64(1))))));
      calling.add(
          others.submit(() -> untilRefused(() -> engine.last(FIRST, Bytes.EMPTY, Bytes.EMPTY))));
      calling.add(others.submit(() -> untilRefused(() -> put(SECOND, bytes(1), bytes(1)))));
      for (int i = 0; i < 50; i++) {
        append(200 + i, 1);
      }
      engine.close();
      await(calling);
    } finally {
      others.shutdownNow();
    }
    engine = openAgain(engine);
    assertThat(engine.head(LOG)).isEqualTo(250);
  }

  /** The engine under test. */
  protected final StorageEngine engine() {
    return engine;
  }

  /** Closes the engine under test and opens it again. */
  protected final void reopen() {
    engine.close();
    engine = openAgain(engine);
  }

  /** Ends the engine under test as a crash does and opens what is left. */
  private void crash() {
    engine = openAfterCrash(engine);
  }

  private void defer(RowChange... changes) {
    engine.write(List.of(changes), Durability.DEFERRED);
  }

  /** The key of the next row, or null at the end. */
  private static @Nullable Bytes nextKey(RowCursor cursor) {
    return cursor.next() ? cursor.key() : null;
  }

  private static List<Bytes> keysLeft(RowCursor cursor) {
    List<Bytes> keys = new ArrayList<>();
    while (cursor.next()) {
      keys.add(cursor.key());
    }
    return keys;
  }

  private static void untilRefused(Runnable call) {
    while (true) {
      try {
        call.run();
      } catch (IllegalStateException e) {
        return;
      }
    }
  }

  private static void await(List<Future<?>> tasks)
      throws InterruptedException, ExecutionException, TimeoutException {
    for (Future<?> task : tasks) {
      task.get(WAIT_SECONDS, TimeUnit.SECONDS);
    }
  }

  /**
   * Reads until told to stop: rows and records come three at a time, and a head counts what is
   * there.
   */
  private int readWholeCommits(AtomicBoolean finished) {
    int rounds = 0;
    do {
      long before = engine.head(LOG);
      int rows = rest(engine.scan(FIRST, Bytes.EMPTY, Bytes.EMPTY)).size();
      int records = rest(engine.records(LOG, 0, Long.MAX_VALUE)).size();
      assertThat(before % 3).isZero();
      assertThat(rows % 3).isZero();
      assertThat(records % 3).isZero();
      assertThat((long) rows).isGreaterThanOrEqualTo(before);
      assertThat(records).isGreaterThanOrEqualTo(rows);
      rounds++;
    } while (!finished.get());
    return rounds;
  }

  private void compareRange(NavigableMap<Bytes, Bytes> model, Bytes from, Bytes to) {
    NavigableMap<Bytes, Bytes> tail = model.tailMap(from, true);
    NavigableMap<Bytes, Bytes> expected =
        to.isEmpty()
            ? tail
            : from.compareTo(to) < 0 ? tail.headMap(to, false) : Collections.emptyNavigableMap();
    assertThat(rest(engine.scan(FIRST, from, to))).isEqualTo(expected);
    Map.Entry<Bytes, Bytes> last = expected.lastEntry();
    assertThat(engine.last(FIRST, from, to))
        .isEqualTo(last == null ? null : new Row(last.getKey(), last.getValue()));
    assertThat(engine.get(FIRST, from)).isEqualTo(model.get(from));
  }

  private static Bytes randomKey(Random random) {
    byte[] key = new byte[random.nextInt(4)];
    for (int i = 0; i < key.length; i++) {
      key[i] = (byte) (random.nextInt(4) * 85);
    }
    return Bytes.wrap(key);
  }

  private void put(Table table, Bytes key, Bytes value) {
    engine.write(List.of(RowChange.put(table, key, value)), Durability.RELAXED);
  }

  private void append(long head, int count) {
    assertThat(engine.append(request(LOG, 0, head, count, Durability.RELAXED)))
        .isEqualTo(new AppendOutcome.Committed(head + count));
  }

  /** Records of a log, each with a row in the first table. */
  private static AppendRequest request(
      Bytes log, long fence, long head, int count, Durability durability) {
    List<Bytes> records = new ArrayList<>();
    List<RowChange> rows = new ArrayList<>();
    for (long index = head; index < head + count; index++) {
      records.add(record(index));
      rows.add(RowChange.put(FIRST, log.plus(Bytes.u64(index)), record(index)));
    }
    return new AppendRequest(log, fence, head, records, rows, durability);
  }

  private static Bytes record(long index) {
    return Bytes.utf8("record " + index);
  }

  private List<Bytes> records(Bytes log, long from, long to) {
    return List.copyOf(rest(engine.records(log, from, to)).values());
  }

  private NavigableMap<Bytes, Bytes> all(Table table) {
    return rest(engine.scan(table, Bytes.EMPTY, Bytes.EMPTY));
  }

  private static List<Bytes> keys(RowCursor cursor) {
    List<Bytes> keys = new ArrayList<>();
    try (cursor) {
      while (cursor.next()) {
        keys.add(cursor.key());
      }
    }
    return keys;
  }

  private static NavigableMap<Bytes, Bytes> rest(RowCursor cursor) {
    NavigableMap<Bytes, Bytes> rows = new TreeMap<>();
    try (cursor) {
      while (cursor.next()) {
        rows.put(cursor.key(), cursor.value());
      }
    }
    return rows;
  }

  private static Bytes bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return Bytes.wrap(bytes);
  }
}
