package dev.cairn.asl.store;

import static dev.cairn.asl.store.StoreFixture.copy;
import static dev.cairn.asl.store.StoreFixture.put;
import static dev.cairn.asl.store.StoreFixture.remove;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.time.HybridClock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The wall clock goes back, leaps ahead, or says nonsense: what depends on it stays in order. */
final class WallClockTest {
  private static final long START = Instant.parse("2026-11-21T12:00:00Z").toEpochMilli();
  private static final long HOUR = Duration.ofHours(1).toMillis();
  private static final long DAY = Duration.ofDays(1).toMillis();
  private static final long YEAR_2300 = Instant.parse("2300-01-01T00:00:00Z").toEpochMilli();
  private static final long BEFORE_1970 = Instant.parse("1931-05-01T00:00:00Z").toEpochMilli();

  private final MemoryEngine engine = StoreFixture.engine();
  private long millis = START;

  private Store open(String name, MemoryEngine on) {
    StoreConfig plain = StoreFixture.config(name);
    return Store.open(
        on, new StoreConfig("test", plain.key(), 1, List.of(), List.of(), () -> millis));
  }

  private static long lastHlc(Store store) {
    LogHead head = store.head(store.origin()).orElseThrow();
    return store.record(store.origin(), head.treeSize() - 1).orElseThrow().hlc();
  }

  private static boolean held(Store store, String text) {
    return store.hasPayload(PayloadDigest.of(Bytes.utf8(text)));
  }

  @Test
  void clocksNeverGoBackAndLogseqsStayDenseWhateverTheWallClockSays() {
    long[] times = {
      START,
      START - 5 * HOUR,
      0,
      BEFORE_1970,
      Long.MIN_VALUE,
      YEAR_2300,
      START,
      START + HOUR,
      BEFORE_1970,
      YEAR_2300 + 1,
      START,
    };
    MemoryEngine on = engine;
    Store store = open("a", on);
    Store other =
        Store.open(
            StoreFixture.engine(), StoreFixture.config("b").withPlausibility(Plausibility.ANY));
    Random random = new Random(9);
    int written = 0;
    long last = 0;
    for (int round = 0; round < times.length; round++) {
      millis = times[round];
      for (int i = 0; i < 3; i++) {
        put(store, "n" + written++);
        long hlc = lastHlc(store);
        assertThat(hlc).isGreaterThan(last);
        assertThat(HybridClock.millisOf(hlc))
            .isGreaterThanOrEqualTo(Math.max(millis, HybridClock.millisOf(last)));
        last = hlc;
      }
      if (random.nextBoolean()) {
        on = random.nextBoolean() ? on.crash() : on.reopen();
        store = open("a", on);
      }
      copy(store, other);
    }
    long logseq = 0;
    last = 0;
    try (RecordCursor records = other.records(store.origin(), 0, written)) {
      while (records.next()) {
        LogRecord record = records.record();
        assertThat(record.logseq()).isEqualTo(++logseq);
        assertThat(record.hlc()).isGreaterThan(last);
        last = record.hlc();
      }
    }
    assertThat(logseq).isEqualTo(written);
    assertThat(other.stateRoot()).isEqualTo(store.stateRoot());
    put(other, "not drawn along");
    assertThat(lastHlc(other)).as("another node's clock").isLessThan(HybridClock.fromMillis(START));
    store.close();
    other.close();
  }

  @Test
  void atTheEndOfTimeCommitsAreRefusedAndAllElseGoesOn() {
    millis = Long.MAX_VALUE;
    ArtifactKey first;
    try (Store store = open("a", engine)) {
      first = put(store, "first");
      int left = (int) (Long.MAX_VALUE - lastHlc(store));
      for (int i = 0; i < left; i++) {
        store.commit(new CommitDraft().put(store.prepare(null, Bytes.u64(i))), Durability.RELAXED);
      }
      assertThat(lastHlc(store)).isEqualTo(Long.MAX_VALUE);
      long treeSize = store.head(store.origin()).orElseThrow().treeSize();
      assertThatThrownBy(() -> put(store, "one too many"))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("clock");
      assertThatThrownBy(() -> store.tombstone(first, null)).isInstanceOf(RefusedException.class);
      assertThat(store.head(store.origin()).orElseThrow().treeSize()).isEqualTo(treeSize);
      assertThat(store.now().isLive(StoreFixture.key("one too many"))).isFalse();
      assertThat(put(store, "first")).as("what is live already writes nothing").isEqualTo(first);
      assertThat(store.snapshot("still").pinned()).isTrue();
      try (Store other = StoreFixture.open("b")) {
        put(other, "from elsewhere");
        copy(other, store);
      }
      assertThat(store.now().isLive(StoreFixture.key("from elsewhere"))).isTrue();
    }
    millis = START;
    try (Store again = open("a", engine.reopen())) {
      assertThatThrownBy(() -> put(again, "set right too late"))
          .isInstanceOf(RefusedException.class);
      assertThat(again.reader().get(first, 100)).isEqualTo(Bytes.utf8("first"));
    }
  }

  @Test
  void snapshotsAreTakenUnderAnyClockAndComeBackAsTheyWereTaken() {
    Store store = open("a", engine);
    for (long time : new long[] {START, BEFORE_1970, START - HOUR, Long.MIN_VALUE, YEAR_2300}) {
      millis = time;
      put(store, "at " + time);
      SnapshotInfo taken = store.snapshot("latest");
      assertThat(taken.createdMillis()).isEqualTo(Math.max(0, time));
      assertThat(store.snapshots()).contains(taken);
      millis = START + 1;
      assertThat(store.snapshot(null)).as("the same state").isEqualTo(taken);
    }
    List<SnapshotInfo> all = store.snapshots();
    assertThat(all)
        .hasSize(5)
        .isSortedAccordingTo((a, b) -> Long.compare(a.createdMillis(), b.createdMillis()));
    assertThat(all).filteredOn(one -> one.label() != null).hasSize(1);
    store.close();
    try (Store again = open("a", engine.reopen())) {
      assertThat(again.snapshots()).isEqualTo(all);
    }
  }

  @Test
  void aClockThatWentBackPutsCollectionOffAndNeverBringsItForward() {
    CollectOptions day = new CollectOptions(DAY, Set.of(), false);
    try (Store store = open("a", engine)) {
      remove(store, put(store, "removed"), false);
      for (long now :
          new long[] {START, START - 100 * DAY, 0, BEFORE_1970, Long.MIN_VALUE, START + DAY - 1}) {
        millis = now;
        assertThat(store.collect(day).payloads()).as("at " + now).isZero();
        for (long grace : new long[] {1, DAY, Long.MAX_VALUE}) {
          CollectOptions most = new CollectOptions(Math.max(grace, DAY), Set.of(), false);
          assertThat(store.collect(most).payloads()).isZero();
        }
      }
      millis = START + DAY + 1;
      assertThat(store.collect(day).payloads()).isEqualTo(1);
      assertThat(held(store, "removed")).isFalse();
    }
  }

  @Test
  void afterALeapAheadWhatIsRemovedIsYoungUntilTheClockHasCaughtUpOrNoGraceIsAskedFor() {
    CollectOptions day = new CollectOptions(DAY, Set.of(), false);
    try (Store store = open("a", engine)) {
      millis = YEAR_2300;
      put(store, "under the leaping clock");
      millis = START;
      remove(store, put(store, "removed"), false);
      assertThat(HybridClock.millisOf(lastHlc(store))).isEqualTo(YEAR_2300);
      millis = START + 1000 * DAY;
      assertThat(store.collect(day).payloads()).isZero();
      assertThat(held(store, "removed")).isTrue();
      millis = YEAR_2300 + DAY + 1;
      assertThat(store.collect(new CollectOptions(DAY, Set.of(), true)).payloads()).isEqualTo(1);
      millis = START;
      assertThat(store.collect(new CollectOptions(0, Set.of(), false)).payloads()).isEqualTo(1);
      assertThat(held(store, "removed")).isFalse();
    }
  }

  @Test
  void anArrivalIsJudgedByTheClockItCameUnder() {
    byte[] large = new byte[300_000];
    new Random(3).nextBytes(large);
    PayloadDigest digest = PayloadDigest.of(Bytes.wrap(large));
    CollectOptions day = new CollectOptions(DAY, Set.of(), false);
    for (long came : new long[] {START, BEFORE_1970, 0}) {
      millis = came;
      try (Store store = open("a", StoreFixture.engine())) {
        store.prepare(null, Bytes.wrap(large)).close();
        for (long earlier : new long[] {came, came - 5 * HOUR, BEFORE_1970 - DAY}) {
          millis = earlier;
          assertThat(store.collect(day).arrivals()).isZero();
        }
        assertThat(store.hasPayload(digest)).isTrue();
        millis = Math.max(0, came) + 2 * DAY;
        assertThat(store.collect(day).arrivals()).isPositive();
        assertThat(store.hasPayload(digest)).isFalse();
      }
    }
  }

  @Test
  void leasesHoldByTheClockAsItIs() {
    try (Store store = open("a", engine)) {
      ArtifactKey key = put(store, "leased");
      store.lease(new Lease("one", START + HOUR, Set.of(key)));
      remove(store, key, false);
      for (long now : new long[] {START, START - 9 * HOUR, BEFORE_1970, Long.MIN_VALUE}) {
        millis = now;
        assertThat(store.leases()).hasSize(1);
        assertThat(store.collect(new CollectOptions(0, Set.of(), false)).payloads()).isZero();
      }
      millis = YEAR_2300;
      assertThat(store.leases()).isEmpty();
      millis = START;
      assertThat(store.leases()).as("the leap is over, and nobody ended it").hasSize(1);
      millis = YEAR_2300;
      assertThat(store.collect(new CollectOptions(0, Set.of(), false)).payloads()).isEqualTo(1);
    }
  }
}
