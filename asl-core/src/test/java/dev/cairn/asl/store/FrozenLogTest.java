package dev.cairn.asl.store;

import static dev.cairn.asl.store.ReplicaRulesTest.commit;
import static dev.cairn.asl.store.ReplicaRulesTest.stretch;
import static dev.cairn.asl.store.StoreFixture.derivedRows;
import static dev.cairn.asl.store.StoreFixture.key;
import static dev.cairn.asl.store.StoreFixture.open;
import static dev.cairn.asl.store.StoreFixture.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.MisbehaviourException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.StaleEpochException;
import dev.cairn.asl.evidence.Contradiction;
import dev.cairn.asl.evidence.Evidence;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.note.Checkpoint;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What becomes of a log that there is evidence against. */
final class FrozenLogTest {
  private static final StoreConfig LIAR = StoreFixture.config("liar");
  private static final Origin ORIGIN = Store.originOf(LIAR);

  @Test
  void everyContradictionThatAStretchBringsIsKeptAsEvidence() {
    List<Stretch.Item> first = commit(0, 5, 5, "a", "b");
    List<Stretch.Item> other = commit(0, 5, 5, "c", "d");
    Stretch half = stretch(List.of(), first.subList(0, 1), 5);
    Stretch rest = stretch(first.subList(0, 1), first.subList(1, 2), 5);
    check(first(first, 5), stretch(List.of(), other, 5), Contradiction.TWO_ROOTS);
    check(
        first(first, 5),
        stretch(List.of(), concat(other, commit(2, 6, 6, "e")), 6),
        Contradiction.NOT_EXTENDED);
    check(
        first(concat(first, commit(2, 6, 6, "e")), 6),
        stretch(List.of(), commit(0, 4, 4, "f"), 4),
        Contradiction.NOT_EXTENDED);
    check(
        first(first, 5),
        stretch(List.of(), commit(0, 5, 5, "f", "g", "h"), 5),
        Contradiction.LOGSEQ_STANDS);
    check(half, rest, Contradiction.LOGSEQ_STANDS);
    check(
        half, stretch(List.of(), concat(first, commit(2, 6, 6, "e")), 6), Contradiction.CUT_COMMIT);
    check(first(concat(first, commit(2, 6, 6, "e")), 6), half, Contradiction.CUT_COMMIT);
    check(first(first, 5), stretch(first, commit(2, 6, 5, "e"), 6), Contradiction.OUT_OF_ORDER);
  }

  private static Stretch first(List<Stretch.Item> items, long logseq) {
    return stretch(List.of(), items, logseq);
  }

  private static List<Stretch.Item> concat(List<Stretch.Item> left, List<Stretch.Item> right) {
    return Stream.concat(left.stream(), right.stream()).toList();
  }

  private static void check(Stretch first, Stretch second, Contradiction due) {
    MemoryEngine engine = StoreFixture.engine();
    Evidence kept;
    try (Store store = StoreFixture.open("a", engine)) {
      put(store, "mine");
      store.replicate(first);
      var before = derivedRows(store);
      assertThatThrownBy(() -> store.replicate(second))
          .isInstanceOfSatisfying(
              MisbehaviourException.class,
              e ->
                  assertThat(e.evidence())
                      .isEqualTo(store.evidence().get(0).evidence().id().toHex()));
      kept = store.evidence(ORIGIN).orElseThrow().evidence();
      assertThat(kept.contradiction()).isEqualTo(due);
      assertThat(kept.origin()).isEqualTo(ORIGIN);
      assertThat(derivedRows(store)).isEqualTo(before);
    }
    try (Store again = StoreFixture.open("a", engine.reopen())) {
      assertThat(again.frozen()).containsExactly(ORIGIN);
      assertThat(again.evidence(ORIGIN).orElseThrow().evidence()).isEqualTo(kept);
      assertThatThrownBy(() -> again.replicate(first))
          .isInstanceOf(MisbehaviourException.class)
          .hasMessageContaining(kept.id().toHex());
      put(again, "goes on");
      assertThat(again.now().isLive(key("goes on"))).isTrue();
    }
  }

  @Test
  void evidenceFromElsewhereFreezesALogOfWhichNothingIsHeld() {
    Evidence evidence = evidence(LIAR.key(), ORIGIN, "test");
    try (Store store = open("a")) {
      assertThat(store.keep(evidence)).isTrue();
      assertThat(store.keep(evidence)).isFalse();
      assertThat(store.evidence()).hasSize(1);
      assertThatThrownBy(() -> store.replicate(first(commit(0, 1, 1, "a"), 1)))
          .isInstanceOf(MisbehaviourException.class);
      assertThat(store.heads()).isEmpty();
      Evidence elsewhere = evidence(LIAR.key(), ORIGIN, "elsewhere");
      assertThatThrownBy(() -> store.keep(elsewhere)).isInstanceOf(RefusedException.class);
    }
  }

  @Test
  void evidenceAgainstStrangersIsBoundedAndThatAgainstLogsHeldAlwaysFindsRoom() {
    try (Store store = open("a")) {
      store.replicate(first(commit(0, 1, 1, "a"), 1));
      for (int i = 0; i < EvidenceShelf.STRANGERS_MAX; i++) {
        assertThat(store.keep(stranger(i))).isTrue();
      }
      Evidence another = stranger(EvidenceShelf.STRANGERS_MAX);
      assertThatThrownBy(() -> store.keep(another)).isInstanceOf(RefusedException.class);
      assertThat(store.keep(evidence(LIAR.key(), ORIGIN, "test"))).isTrue();
      assertThat(store.evidence()).hasSize(EvidenceShelf.STRANGERS_MAX + 1);
      // There always is room for that against a log of which a part is held elsewhere.
      assertThat(store.keep(another, true)).isTrue();
      assertThat(store.frozen()).contains(another.origin());
    }
  }

  private static Evidence stranger(int epoch) {
    return evidence(LIAR.key(), new Origin(ORIGIN.node(), epoch + 2), "test");
  }

  @Test
  void aNodeThatIsShownEvidenceAgainstItsPresentLogGoesOnInItsNextEpoch() {
    MemoryEngine engine = StoreFixture.engine();
    try (Store store = Store.open(engine, LIAR)) {
      put(store, "one");
      assertThat(store.keep(evidence(LIAR.key(), ORIGIN, "test"))).isTrue();
      assertThatThrownBy(() -> put(store, "two")).isInstanceOf(StaleEpochException.class);
    }
    MemoryEngine after = engine.reopen();
    assertThat(StoreIdentity.closedEpoch(after)).isEqualTo(1);
    try (Store again = Store.open(after, StoreFixture.config("liar", 2))) {
      put(again, "two");
      assertThat(again.now().isLive(key("two"))).isTrue();
    }
  }

  @Test
  void aCheckpointThatIsShownIsHeldAgainstTheLog() {
    List<Stretch.Item> log = concat(commit(0, 1, 1, "a", "b"), commit(2, 2, 2, "c"));
    List<Stretch.Item> longer = concat(log, commit(3, 3, 3, "d"));
    try (Store store = open("a")) {
      store.replicate(first(log, 2));
      for (Stretch honest : List.of(first(log.subList(0, 2), 1), first(log, 2), first(longer, 3))) {
        assertThat(store.examine(honest.checkpoint(), honest.key())).isEmpty();
      }
      Bytes forged = first(log, 2).checkpoint();
      Bytes bent = Bytes.utf8(forged.toUtf8().replace("logseq 2", "logseq 3"));
      assertThatThrownBy(() -> store.examine(bent, LIAR.key().publicKey()))
          .isInstanceOf(MalformedException.class);
      assertThat(store.frozen()).isEmpty();
      Optional<Evidence> found =
          store.examine(first(commit(0, 1, 1, "x"), 1).checkpoint(), LIAR.key().publicKey());
      assertThat(found.orElseThrow().contradiction()).isEqualTo(Contradiction.NOT_EXTENDED);
      assertThat(store.frozen()).containsExactly(ORIGIN);
    }
    try (Store store = open("b")) {
      store.replicate(first(log, 2));
      Bytes inside = first(log.subList(0, 1), 1).checkpoint();
      assertThat(store.examine(inside, LIAR.key().publicKey()).orElseThrow().contradiction())
          .isEqualTo(Contradiction.CUT_COMMIT);
    }
    try (Store store = open("c")) {
      store.replicate(first(log, 2));
      Bytes standing = first(longer, 2).checkpoint();
      assertThat(store.examine(standing, LIAR.key().publicKey()).orElseThrow().contradiction())
          .isEqualTo(Contradiction.LOGSEQ_STANDS);
    }
    try (Store store = Store.open(StoreFixture.engine(), LIAR)) {
      put(store, "one");
      Bytes other = first(commit(0, 1, 1, "x"), 1).checkpoint();
      assertThat(store.examine(other, LIAR.key().publicKey()).orElseThrow().contradiction())
          .isEqualTo(Contradiction.TWO_ROOTS);
      assertThatThrownBy(() -> put(store, "two")).isInstanceOf(StaleEpochException.class);
    }
  }

  static Evidence evidence(SigningKey key, Origin origin, String federation) {
    assertThat(NodeId.of(key.publicKey())).isEqualTo(origin.node());
    Bytes one = TreeHasher.leaf(Bytes.utf8("one"));
    Bytes two = HashAlgorithm.SHA_256.hash(Bytes.utf8("two"));
    return Evidence.between(
            key.publicKey(),
            new Checkpoint(federation, origin, 1, one, 1).sign(key),
            new Checkpoint(federation, origin, 1, two, 1).sign(key),
            (level, index) -> one)
        .orElseThrow();
  }
}
