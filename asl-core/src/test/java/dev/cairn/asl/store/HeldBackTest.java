package dev.cairn.asl.store;

import static dev.cairn.asl.store.ReplicaRulesTest.commit;
import static dev.cairn.asl.store.ReplicaRulesTest.stretch;
import static dev.cairn.asl.store.StoreFixture.derivedRows;
import static dev.cairn.asl.store.StoreFixture.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.ImplausibleException;
import dev.cairn.asl.error.MisbehaviourException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.time.HybridClock;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Logs whose clocks or logseqs are too far ahead wait outside, and do no harm there. */
final class HeldBackTest {
  private static final long NOW = 1_700_000_000_000L;
  private static final long LEAP = Plausibility.DEFAULT.logseqLeapMax();
  private static final long AHEAD = Plausibility.DEFAULT.clockAheadMillisMax();
  private static final long MERGED = Plausibility.DEFAULT.clockMergeMillisMax();
  private static final Origin LIAR = Store.originOf(StoreFixture.config("liar"));

  private final MemoryEngine engine = StoreFixture.engine();
  private long now = NOW;

  private Store open() {
    return open(Plausibility.DEFAULT);
  }

  private Store open(Plausibility bounds) {
    StoreConfig base = StoreFixture.config("a");
    return Store.open(
        engine,
        new StoreConfig("test", base.key(), 1, List.of(), List.of(), () -> now)
            .withPlausibility(bounds));
  }

  private Store reopen(Store store) {
    store.close();
    StoreConfig base = StoreFixture.config("a");
    return Store.open(
        engine.reopen(), new StoreConfig("test", base.key(), 1, List.of(), List.of(), () -> now));
  }

  private static Stretch at(long logseq, long millis) {
    return stretch(List.of(), commit(0, logseq, HybridClock.fromMillis(millis), "a"), logseq);
  }

  @Test
  void aClockTooFarAheadHoldsTheLogBackAndChangesNothingElse() {
    try (Store store = open()) {
      put(store, "mine");
      var before = derivedRows(store);
      Stretch ahead = at(5, NOW + AHEAD + 1);
      assertThatThrownBy(() -> store.replicate(ahead))
          .isInstanceOf(ImplausibleException.class)
          .hasMessageContaining(LIAR.toString())
          .hasMessageContaining("300001 ms ahead");
      assertThat(derivedRows(store)).isEqualTo(before);
      assertThat(store.head(LIAR)).isEmpty();
      assertThat(store.heldBack()).containsExactly(new HeldBack(LIAR, 0, AHEAD + 1, 0, 5, NOW));
      put(store, "next");
      assertThat(store.head(store.origin()).orElseThrow().lastHlc())
          .isEqualTo(HybridClock.fromMillis(NOW) + 1);
      assertThat(store.head(store.origin()).orElseThrow().lastLogseq()).isEqualTo(2);
    }
  }

  @Test
  void itIsTakenOnceTimeHasPassed() {
    try (Store store = open()) {
      Stretch ahead = at(5, NOW + AHEAD + 1);
      assertThatThrownBy(() -> store.replicate(ahead)).isInstanceOf(ImplausibleException.class);
      now++;
      assertThat(store.replicate(ahead).records()).isEqualTo(1);
      assertThat(store.heldBack()).isEmpty();
      assertThat(store.now().isLive(ArtifactKey.of(Bytes.utf8("a"), null))).isTrue();
    }
  }

  @Test
  void aLogseqThatLeapsHoldsTheLogBackAndOneAtTheEndOfNumbersDoesNotOverflow() {
    for (long logseq : new long[] {Long.MAX_VALUE, LEAP + 2}) {
      try (Store store = Store.open(StoreFixture.engine(), StoreFixture.config("a"))) {
        put(store, "x");
        assertThatThrownBy(() -> store.replicate(at(logseq, 0)))
            .isInstanceOf(ImplausibleException.class)
            .hasMessageContaining(Long.toString(logseq));
        assertThat(store.heads()).hasSize(1);
        assertThat(store.heldBack().get(0).logseqLeap()).isEqualTo(logseq - 1);
        put(store, "y");
        assertThat(store.head(store.origin()).orElseThrow().lastLogseq()).isEqualTo(2);
      }
    }
  }

  @Test
  void aLogseqIsPlausibleOnceOthersHaveComeNear() {
    try (Store store = open()) {
      Stretch far = at(LEAP + 1, NOW);
      assertThatThrownBy(() -> store.replicate(far)).isInstanceOf(ImplausibleException.class);
      put(store, "one commit nearer");
      assertThat(store.replicate(far).records()).isEqualTo(1);
      put(store, "behind it");
      assertThat(store.head(store.origin()).orElseThrow().lastLogseq()).isEqualTo(LEAP + 2);
    }
  }

  @Test
  void aPersonLetsALogInAndItsClockMayStayAsFarAhead() {
    long year = 365L * 86_400_000;
    List<Stretch.Item> first = commit(0, 5, HybridClock.fromMillis(NOW + year), "a");
    List<Stretch.Item> next = commit(1, 6, HybridClock.fromMillis(NOW + year + 60_000), "b");
    List<Stretch.Item> far = commit(2, 7, HybridClock.fromMillis(NOW + 2 * year), "c");
    Store store = open();
    assertThatThrownBy(() -> store.replicate(stretch(List.of(), first, 5)))
        .isInstanceOf(ImplausibleException.class);
    assertThat(store.admit(LIAR).clockAheadMillis()).isEqualTo(year);
    assertThat(store.heldBack()).isEmpty();
    Store again = reopen(store);
    try (again) {
      again.replicate(stretch(List.of(), first, 5));
      again.replicate(stretch(first, next, 6));
      assertThatThrownBy(() -> again.replicate(stretch(List.of(first.get(0), next.get(0)), far, 7)))
          .isInstanceOf(ImplausibleException.class);
      assertThat(again.heldBack().get(0).fromIndex()).isEqualTo(2);
      put(again, "mine");
      assertThat(again.head(again.origin()).orElseThrow().lastHlc())
          .as("a clock that was let in does not pull ours along")
          .isEqualTo(HybridClock.fromMillis(NOW));
    }
  }

  @Test
  void aLeapIsLetInByAPersonButNotOneThatLeavesNoNumbers() {
    try (Store store = open()) {
      assertThatThrownBy(() -> store.replicate(at(Long.MAX_VALUE - 1, NOW)))
          .isInstanceOf(ImplausibleException.class);
      assertThatThrownBy(() -> store.admit(LIAR))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("out of numbers");
      assertThat(store.heldBack()).hasSize(1);
    }
    try (Store store = Store.open(StoreFixture.engine(), StoreFixture.config("b"))) {
      Stretch leap = at(3 * LEAP, 1);
      assertThatThrownBy(() -> store.replicate(leap)).isInstanceOf(ImplausibleException.class);
      store.admit(LIAR);
      store.replicate(leap);
      assertThat(store.now().isLive(ArtifactKey.of(Bytes.utf8("a"), null))).isTrue();
      assertThatThrownBy(() -> store.admit(LIAR)).isInstanceOf(NotFoundException.class);
    }
  }

  @Test
  void whatIsHeldBackIsListedAfterTheStoreWasOpenedAgain() {
    Store store = open();
    assertThatThrownBy(() -> store.replicate(at(5, NOW + AHEAD + 7)))
        .isInstanceOf(ImplausibleException.class);
    now += 3;
    assertThatThrownBy(() -> store.replicate(at(5, NOW + AHEAD + 7)))
        .isInstanceOf(ImplausibleException.class);
    Store again = reopen(store);
    assertThat(again.heldBack()).containsExactly(new HeldBack(LIAR, 0, AHEAD + 7, 0, 5, NOW));
    again.close();
  }

  @Test
  void anotherNodesClockPullsOursAlongButNoFurtherThanIsSafeForOthers() {
    for (long ahead : new long[] {MERGED, MERGED + 1}) {
      try (Store store =
          Store.open(
              StoreFixture.engine(),
              new StoreConfig(
                  "test", StoreFixture.config("a").key(), 1, List.of(), List.of(), () -> NOW))) {
        store.replicate(at(5, NOW + ahead));
        put(store, "mine");
        long expected =
            ahead <= MERGED ? HybridClock.fromMillis(NOW + ahead) + 1 : HybridClock.fromMillis(NOW);
        assertThat(store.head(store.origin()).orElseThrow().lastHlc()).isEqualTo(expected);
      }
    }
  }

  @Test
  void aClockThatWasGoneAlongWithIsNotForgottenByOpeningAgain() {
    Store store = open();
    store.replicate(at(5, NOW + MERGED));
    try (Store again = reopen(store)) {
      put(again, "mine");
      assertThat(again.head(again.origin()).orElseThrow().lastHlc())
          .isEqualTo(HybridClock.fromMillis(NOW + MERGED) + 1);
    }
  }

  @Test
  void whoReplaysJudgesNothing() {
    try (Store store = open(Plausibility.ANY)) {
      store.replicate(at(Long.MAX_VALUE - 1, NOW * 1_000));
      assertThat(store.now().isLive(ArtifactKey.of(Bytes.utf8("a"), null))).isTrue();
    }
  }

  @Test
  void aForkIsALieHoweverFarAheadItIs() {
    try (Store store = open()) {
      store.replicate(at(5, NOW));
      Stretch fork = stretch(List.of(), commit(0, 6, HybridClock.fromMillis(NOW * 2), "b"), 6);
      assertThatThrownBy(() -> store.replicate(fork)).isInstanceOf(MisbehaviourException.class);
      assertThat(store.frozen()).containsExactly(LIAR);
      assertThat(store.heldBack()).isEmpty();
    }
  }

  @Test
  void aDamagedRowOfTheListIsNamed() {
    Store store = open();
    assertThatThrownBy(() -> store.replicate(at(5, NOW + AHEAD + 7)))
        .isInstanceOf(ImplausibleException.class);
    engine.write(
        List.of(
            RowChange.put(
                StoreTables.HELD_BACK,
                Bytes.wrap(new byte[] {0}).plus(LIAR.bytes()),
                Bytes.utf8("x"))),
        Durability.SYNCED);
    store.close();
    StoreConfig config = StoreFixture.config("a");
    MemoryEngine reopened = engine.reopen();
    assertThatThrownBy(() -> Store.open(reopened, config))
        .isInstanceOf(DamagedException.class)
        .hasMessageContaining("asl.heldback");
  }

  @Test
  void aLogMayBeginAtTheBeginningOfTime() {
    try (Store store = open()) {
      store.replicate(at(1, 0));
      assertThat(store.now().isLive(ArtifactKey.of(Bytes.utf8("a"), null))).isTrue();
    }
  }
}
