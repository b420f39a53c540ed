package dev.cairn.asl.store;

import static dev.cairn.asl.store.ReplicaRulesTest.commit;
import static dev.cairn.asl.store.ReplicaRulesTest.stretch;
import static dev.cairn.asl.store.StoreFixture.copy;
import static dev.cairn.asl.store.StoreFixture.derivedRows;
import static dev.cairn.asl.store.StoreFixture.key;
import static dev.cairn.asl.store.StoreFixture.open;
import static dev.cairn.asl.store.StoreFixture.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.MisbehaviourException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.RevokedException;
import dev.cairn.asl.evidence.Contradiction;
import dev.cairn.asl.evidence.Evidence;
import dev.cairn.asl.merkle.CompactRange;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.metrics.StoreMetrics;
import dev.cairn.asl.model.ArtifactHasher;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogClosing;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.note.Checkpoint;
import dev.cairn.asl.time.Ticker;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Logs that their nodes closed, and keys that are believed up to a place only. */
final class ClosedLogTest {
  private static final StoreConfig LIAR = StoreFixture.config("liar");
  private static final Origin ORIGIN = Store.originOf(LIAR);
  private static final SigningKey NEXT = signing("next");
  private static final SortedMap<Integer, Long> NO_OTHERS = new TreeMap<>();

  private static SigningKey signing(String name) {
    return SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8(name)));
  }

  private static List<Stretch.Item> closing(long index, long logseq, LogClosing closing) {
    return closing(index, logseq, closing.encode());
  }

  private static List<Stretch.Item> closing(long index, long logseq, Bytes payload) {
    ArtifactId id = ArtifactHasher.identify(payload, TypeTag.CLOSING);
    LogRecord record =
        new LogRecord(
            index,
            logseq,
            logseq,
            RecordKind.ARTIFACT,
            id.key(),
            id.tag(),
            id.payloadLength(),
            id.payloadDigest());
    return List.of(new Stretch.Item(record.encode(), payload));
  }

  private static List<Stretch.Item> concat(List<Stretch.Item> left, List<Stretch.Item> right) {
    return Stream.concat(left.stream(), right.stream()).toList();
  }

  /** As the helper of the other test, for another epoch. */
  private static Stretch ofEpoch(int epoch, List<Stretch.Item> items, long logseq) {
    CompactRange range = new CompactRange();
    items.forEach(item -> range.append(TreeHasher.leaf(item.record())));
    Origin origin = new Origin(ORIGIN.node(), epoch);
    Bytes note =
        new Checkpoint("test", origin, range.size(), range.root(), logseq).sign(LIAR.key());
    return new Stretch(origin, LIAR.key().publicKey(), 0, items, note);
  }

  @Test
  void aClosedLogEndsWithTheSuccessorsNameAndIsSignedToItsEnd() {
    MemoryEngine engine = StoreFixture.engine();
    NodeId next = NodeId.of(NEXT.publicKey());
    ArtifactKey named;
    try (Store store = open("a", engine)) {
      put(store, "before");
      ClosedLog closed = store.closeLog(NEXT);
      named = LogClosing.of("test", StoreFixture.config("a").key(), NEXT, NO_OTHERS).artifactKey();
      assertThat(closed.origin()).isEqualTo(store.origin());
      assertThat(closed.index()).isEqualTo(1);
      assertThat(closed.isOwn()).isTrue();
      assertThat(closed.successor()).isEqualTo(next);
      assertThat(store.checkpoints(store.origin(), 1, 1)).containsOnlyKeys(2L);
      assertThat(store.now().isLive(named)).isTrue();
      assertRefused(store, next);
    }
    try (Store again = open("a", engine.reopen())) {
      assertThat(again.closedLogs()).hasSize(1);
      assertThat(again.believed(again.origin())).isEqualTo(2);
      assertRefused(again, next);
      assertThat(again.closeLog(NEXT)).isEqualTo(again.closedLogs().get(0));
      assertThatThrownBy(() -> again.closeLog(null)).isInstanceOf(RevokedException.class);
      assertThat(again.heads().get(0).treeSize()).isEqualTo(2);
    }
    // Nor in another epoch of the same key.
    try (Store later = Store.open(engine.reopen(), StoreFixture.config("a", 7))) {
      assertThatThrownBy(() -> put(later, "behind")).isInstanceOf(RevokedException.class);
    }
  }

  private static void assertRefused(Store store, NodeId next) {
    assertThatThrownBy(() -> put(store, "behind"))
        .isInstanceOf(RevokedException.class)
        .hasMessageContaining(next.toString());
    assertThat(store.now().isLive(key("behind"))).isFalse();
  }

  @Test
  void aClosingCountsWhatCameOfOtherEpochsUpToTheMomentItIsWritten() {
    List<Stretch.Item> first = commit(0, 5, 5, "a");
    List<Stretch.Item> both = concat(first, commit(1, 6, 6, "b"));
    Runnable[] before = {() -> {}};
    StoreMetrics between =
        new StoreMetrics() {
          @Override
          public Ticker ticker() {
            // Asked as a draft is about to wait for its turn.
            return () -> {
              Runnable once = before[0];
              before[0] = () -> {};
              once.run();
              return 0;
            };
          }
        };
    try (Store store = Store.open(StoreFixture.engine(), LIAR.withMetrics(between))) {
      put(store, "mine");
      store.replicate(ofEpoch(7, first, 5));
      before[0] = () -> store.replicate(ofEpoch(7, both, 6));
      ClosedLog closed = store.closeLog(NEXT);
      assertThat(Objects.requireNonNull(closed.closing()).others()).isEqualTo(Map.of(7, 2L));
      assertThat(store.believed(new Origin(ORIGIN.node(), 7))).isEqualTo(2);
      assertThat(store.head(ORIGIN).orElseThrow().treeSize()).isEqualTo(closed.index() + 1);
    }
    Bytes less = LogClosing.of("test", LIAR.key(), NEXT, new TreeMap<>(Map.of(7, 1L))).encode();
    try (Store store = Store.open(StoreFixture.engine(), LIAR)) {
      store.replicate(ofEpoch(7, both, 6));
      assertThatThrownBy(() -> store.put(TypeTag.CLOSING, less))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("other epochs, held are {7=2}");
      assertThat(store.closedLogs()).isEmpty();
    }
  }

  @Test
  void aClosingTravelsAndOtherStoresKnowIt() {
    MemoryEngine engine = StoreFixture.engine();
    Origin origin;
    try (Store a = open("a");
        Store b = open("b", engine)) {
      origin = a.origin();
      put(a, "one");
      ClosedLog closed = a.closeLog(NEXT);
      copy(a, b);
      assertThat(b.closedLogs()).containsExactly(closed);
      assertThat(b.stateRoot()).isEqualTo(a.stateRoot());
      put(b, "b goes on");
    }
    try (Store again = open("b", engine.reopen())) {
      assertThat(again.closedLogs()).extracting(ClosedLog::origin).containsExactly(origin);
    }
  }

  @Test
  void aClosingWhosePayloadIsDamagedClosesItsLogAllTheSame() {
    MemoryEngine engine = StoreFixture.engine();
    Bytes changed;
    Bytes place;
    try (Store store = open("a", engine)) {
      put(store, "one");
      store.closeLog(NEXT);
      place = Place.key(store.origin().bytes(), 1);
      byte[] row = Objects.requireNonNull(engine.get(StoreTables.CONTENT, place)).toArray();
      row[row.length - 1] ^= 1;
      changed = Bytes.wrap(row);
    }
    MemoryEngine damaged = engine.reopen();
    damaged.write(List.of(RowChange.put(StoreTables.CONTENT, place, changed)), Durability.SYNCED);
    try (Store again = open("a", damaged)) {
      assertThat(again.closedLogs().get(0).closing()).isNull();
      assertThat(again.closedLogs().get(0).successor()).isNull();
      assertThatThrownBy(() -> put(again, "behind")).isInstanceOf(RevokedException.class);
      assertThat(again.now().isLive(key("one"))).isTrue();
    }
  }

  @Test
  void whoPutsAClosingByHandIsRefused() {
    try (Store store = open("a")) {
      put(store, "one");
      Bytes own = LogClosing.of("test", StoreFixture.config("a").key(), null, NO_OTHERS).encode();
      Bytes foreign = LogClosing.of("test", LIAR.key(), null, NO_OTHERS).encode();
      assertThatThrownBy(() -> store.put(TypeTag.CLOSING, foreign))
          .isInstanceOf(RefusedException.class);
      assertThatThrownBy(() -> store.put(TypeTag.CLOSING, Bytes.utf8("no closing")))
          .isInstanceOf(MalformedException.class);
      CommitDraft beside =
          new CommitDraft()
              .put(store.prepare(TypeTag.CLOSING, own))
              .put(store.prepare(null, Bytes.utf8("beside")));
      assertThatThrownBy(() -> store.commit(beside)).isInstanceOf(RefusedException.class);
      put(store, "two");
      assertThat(store.closedLogs()).isEmpty();
    }
  }

  @Test
  void whatTheOriginSignsBehindItsClosingIsEvidence() {
    List<Stretch.Item> first = commit(0, 5, 5, "a", "b");
    List<Stretch.Item> end = closing(2, 6, LogClosing.of("test", LIAR.key(), NEXT, NO_OTHERS));
    List<Stretch.Item> behind = commit(3, 7, 7, "c");
    List<Stretch.Item> all = concat(first, end);
    // The closing held before, and both in one stretch, as a continuation and from nothing.
    accused(
        List.of(stretch(List.of(), all, 6), stretch(all, behind, 7)), Contradiction.BEHIND_CLOSING);
    accused(
        List.of(stretch(List.of(), first, 5), stretch(first, concat(end, behind), 7)),
        Contradiction.BEHIND_CLOSING);
    accused(List.of(stretch(List.of(), concat(all, behind), 7)), Contradiction.BEHIND_CLOSING);
    accused(
        List.of(stretch(List.of(), all, 6), stretch(first, concat(end, behind), 7)),
        Contradiction.BEHIND_CLOSING);
    // Two closings, by the owner and by a thief, are two logs.
    List<Stretch.Item> other =
        closing(2, 6, LogClosing.of("test", LIAR.key(), signing("thief"), NO_OTHERS));
    accused(
        List.of(stretch(List.of(), all, 6), stretch(List.of(), concat(first, other), 6)),
        Contradiction.TWO_ROOTS);
  }

  @Test
  void whoHearsFirstThatSomethingWasSignedBehindAClosingKnowsOfTheClosing() {
    List<Stretch.Item> first = commit(0, 5, 5, "a", "b");
    List<Stretch.Item> all =
        concat(first, closing(2, 6, LogClosing.of("test", LIAR.key(), NEXT, NO_OTHERS)));
    Evidence evidence;
    try (Store store = open("a")) {
      store.replicate(stretch(List.of(), all, 6));
      Stretch behind = stretch(all, commit(3, 7, 7, "c"), 7);
      assertThatThrownBy(() -> store.replicate(behind)).isInstanceOf(MisbehaviourException.class);
      evidence = store.evidence(ORIGIN).orElseThrow().evidence();
      assertThat(store.closedLogs()).extracting(ClosedLog::successor).doesNotContainNull();
    }
    ClosedLog due = new ClosedLog(ORIGIN, 2, 6, null);
    MemoryEngine other = StoreFixture.engine();
    try (Store store = open("b", other)) {
      store.replicate(stretch(List.of(), first, 5));
      assertThat(store.keep(evidence)).isTrue();
      assertThat(store.closedLogs()).containsExactly(due);
      assertThat(store.believed(ORIGIN)).isEqualTo(3);
    }
    try (Store again = open("b", other.reopen())) {
      assertThat(again.closedLogs()).containsExactly(due);
    }
    // The node itself, put back to what was before the closing, does not go on under the key.
    MemoryEngine own = StoreFixture.engine();
    try (Store store = Store.open(own, LIAR)) {
      put(store, "mine");
      assertThat(store.keep(evidence)).isTrue();
      assertThatThrownBy(() -> put(store, "no")).isInstanceOf(RevokedException.class);
    }
    StoreConfig later = StoreFixture.config("liar", 2);
    try (Store again = Store.open(own.reopen(), later)) {
      assertThatThrownBy(() -> put(again, "no"))
          .isInstanceOf(RevokedException.class)
          .hasMessageContaining("given its key up with record 2");
    }
  }

  /** Logs of keys that somebody made up, each with a record behind the one that closes it. */
  @Test
  void whatStrangersSignBehindTheirClosingsFindsNoMoreRoomThanOtherEvidence() {
    try (Store store = open("a")) {
      for (int i = 0; i < EvidenceShelf.STRANGERS_MAX; i++) {
        Origin origin = new Origin(ORIGIN.node(), i + 2);
        assertThat(store.keep(FrozenLogTest.evidence(LIAR.key(), origin, "test"))).isTrue();
      }
      List<Stretch.Item> all =
          concat(
              closing(0, 5, LogClosing.of("test", LIAR.key(), NEXT, NO_OTHERS)),
              commit(1, 6, 6, "behind"));
      Stretch behind = stretch(List.of(), all, 6);
      assertThatThrownBy(() -> store.replicate(behind)).isInstanceOf(MisbehaviourException.class);
      assertThat(store.evidence()).hasSize(EvidenceShelf.STRANGERS_MAX);
      assertThat(store.head(ORIGIN)).isEmpty();
    }
  }

  private static void accused(List<Stretch> stretches, Contradiction due) {
    try (Store store = open("a")) {
      put(store, "mine");
      for (Stretch each : stretches.subList(0, stretches.size() - 1)) {
        store.replicate(each);
      }
      var before = derivedRows(store);
      Stretch last = stretches.get(stretches.size() - 1);
      assertThatThrownBy(() -> store.replicate(last)).isInstanceOf(MisbehaviourException.class);
      assertThat(store.evidence(ORIGIN).orElseThrow().evidence().contradiction()).isEqualTo(due);
      assertThat(derivedRows(store)).isEqualTo(before);
    }
  }

  @Test
  void aStartFromAnothersSnapshotTakesNothingBehindAClosing() {
    List<Stretch.Item> first = commit(0, 5, 5, "a", "b");
    List<Stretch.Item> all =
        concat(first, closing(2, 6, LogClosing.of("test", LIAR.key(), NEXT, NO_OTHERS)));
    List<Stretch.Item> behind = commit(3, 7, 7, "c");
    MemoryEngine engine = StoreFixture.engine();
    open("a", engine).close();
    MemoryEngine fresh = engine.reopen();
    StoreLoad load = new StoreLoad(fresh, StoreFixture.config("a"));
    assertThatThrownBy(() -> load.take(stretch(List.of(), concat(all, behind), 7)))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("behind its closing");
    load.take(stretch(List.of(), all, 6));
    assertThatThrownBy(() -> load.take(stretch(all, behind, 7)))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("behind its closing");
    load.finish();
    try (Store store = open("a", fresh.reopen())) {
      assertThat(store.closedLogs()).extracting(ClosedLog::origin).containsExactly(ORIGIN);
      assertThat(store.heads().get(0).treeSize()).isEqualTo(3);
    }
  }

  @Test
  void whoForgesAContinuationAccusesNobody() {
    List<Stretch.Item> first = commit(0, 5, 5, "a");
    List<Stretch.Item> end = closing(1, 6, LogClosing.of("test", LIAR.key(), NEXT, NO_OTHERS));
    List<Stretch.Item> all = concat(first, end);
    List<Stretch.Item> behind = commit(2, 7, 7, "c");
    CompactRange range = new CompactRange();
    concat(all, behind).forEach(item -> range.append(TreeHasher.leaf(item.record())));
    Checkpoint stated = new Checkpoint("test", ORIGIN, range.size(), range.root(), 7);
    try (Store store = open("a")) {
      store.replicate(stretch(List.of(), all, 6));
      Bytes note = stated.sign(LIAR.key());
      String text = note.toUtf8();
      char last = text.charAt(text.length() - 4);
      Bytes forged =
          Bytes.utf8(
              text.substring(0, text.length() - 4)
                  + (last == 'A' ? 'B' : 'A')
                  + text.substring(text.length() - 3));
      // By nobody, by the successor in the old node's name, and the old end again.
      assertThatThrownBy(
              () -> store.replicate(new Stretch(ORIGIN, LIAR.key().publicKey(), 2, behind, forged)))
          .isInstanceOf(MalformedException.class);
      assertThatThrownBy(
              () -> store.replicate(new Stretch(ORIGIN, NEXT.publicKey(), 2, behind, note)))
          .isInstanceOf(MalformedException.class);
      assertThat(store.replicate(stretch(List.of(), all, 6)).records()).isZero();
      assertThat(store.frozen()).isEmpty();
      assertThat(store.heads().get(0).treeSize()).isEqualTo(2);
    }
  }

  @Test
  void aClosingThatNobodySignedIsNoClosing() {
    byte[] changed = LogClosing.of("test", LIAR.key(), NEXT, NO_OTHERS).encode().toArray();
    changed[changed.length - 1] ^= 1;
    try (Store store = open("a")) {
      Stretch bad = stretch(List.of(), closing(0, 5, Bytes.wrap(changed)), 5);
      assertThatThrownBy(() -> store.replicate(bad)).isInstanceOf(MalformedException.class);
      List<Stretch.Item> bare =
          List.of(
              new Stretch.Item(
                  closing(0, 5, LogClosing.of("test", LIAR.key(), NEXT, NO_OTHERS)).get(0).record(),
                  null));
      assertThatThrownBy(() -> store.replicate(stretch(List.of(), bare, 5)))
          .isInstanceOf(MalformedException.class)
          .hasMessageContaining("did not come");
      assertThat(store.heads()).isEmpty();
    }
  }

  @Test
  void otherEpochsOfAClosedKeyCountAsFarAsTheClosingSays() {
    LogClosing closing = LogClosing.of("test", LIAR.key(), null, new TreeMap<>(Map.of(7, 1L)));
    try (Store store = open("a")) {
      store.replicate(stretch(List.of(), closing(0, 5, closing), 5));
      store.replicate(ofEpoch(7, commit(0, 6, 6, "a"), 6));
      List<Stretch.Item> longer = concat(commit(0, 6, 6, "a"), commit(1, 7, 7, "b"));
      assertThatThrownBy(() -> store.replicate(ofEpoch(7, longer, 7)))
          .isInstanceOf(RevokedException.class);
      assertThatThrownBy(() -> store.replicate(ofEpoch(9, commit(0, 8, 8, "c"), 8)))
          .isInstanceOf(RevokedException.class)
          .hasMessageContaining("up to record 0");
      assertThat(store.heads()).hasSize(2);
      assertThat(store.frozen()).isEmpty();
    }
  }

  @Test
  void aClosingOfAnotherNodesKeyClosesTheLogItStandsInAndNoOther() {
    LogClosing foreign = LogClosing.of("test", signing("a"), NEXT, NO_OTHERS);
    try (Store store = open("a")) {
      store.replicate(stretch(List.of(), closing(0, 5, foreign), 5));
      assertThat(store.closedLogs().get(0).isOwn()).isFalse();
      put(store, "a goes on");
      store.replicate(ofEpoch(7, commit(0, 6, 6, "x"), 6));
      assertThat(store.believed(ORIGIN)).isEqualTo(1);
      assertThat(store.believed(store.origin())).isEqualTo(Long.MAX_VALUE);
    }
  }

  @Test
  void aRevokedKeyIsBelievedUpToItsPlaceWhoeverBringsItAndAgainWhenThatIsTakenBack() {
    List<Stretch.Item> first = commit(0, 5, 5, "a");
    List<Stretch.Item> second = commit(1, 6, 6, "b");
    MemoryEngine engine = StoreFixture.engine();
    try (Store store = open("a", engine)) {
      store.revokeKey(ORIGIN.node(), new TreeMap<>(Map.of(1, 1L)));
      Stretch whole = stretch(List.of(), concat(first, second), 6);
      assertThatThrownBy(() -> store.replicate(whole)).isInstanceOf(RevokedException.class);
      assertThat(store.heads()).isEmpty();
      store.replicate(stretch(List.of(), first, 5));
      assertThatThrownBy(() -> store.replicate(stretch(first, second, 6)))
          .isInstanceOf(RevokedException.class);
      assertThatThrownBy(() -> store.replicate(ofEpoch(2, commit(0, 7, 7, "c"), 7)))
          .isInstanceOf(RevokedException.class);
      assertThat(store.frozen()).isEmpty();
      assertThatThrownBy(() -> store.revokeKey(store.origin().node(), NO_OTHERS))
          .isInstanceOf(RefusedException.class);
    }
    MemoryEngine reopened = engine.reopen();
    try (Store again = open("a", reopened)) {
      assertThat(again.revokedKeys()).containsOnlyKeys(ORIGIN.node());
      assertThat(again.believed(ORIGIN)).isEqualTo(1);
      assertThatThrownBy(() -> again.replicate(stretch(first, second, 6)))
          .isInstanceOf(RevokedException.class);
      assertThat(again.believeKey(ORIGIN.node())).isTrue();
      assertThat(again.believeKey(ORIGIN.node())).isFalse();
      again.replicate(stretch(first, second, 6));
      // What is held stays, though it is believed no more.
      again.revokeKey(ORIGIN.node(), NO_OTHERS);
      assertThat(again.heads().get(0).treeSize()).isEqualTo(2);
    }
    try (Store last = open("a", reopened.reopen())) {
      assertThat(last.believed(ORIGIN)).isZero();
    }
  }
}
