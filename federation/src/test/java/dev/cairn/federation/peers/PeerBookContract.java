package dev.cairn.federation.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.time.Ticker;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.peers.Peer.Pinning;
import dev.cairn.federation.protocol.AppliedStretch;
import dev.cairn.federation.protocol.PeerMessage.CursorEntry;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.sync.StoreSync;
import dev.cairn.federation.transport.PeerAddress;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a peer book promises on every engine. */
abstract class PeerBookContract {
  private static final PeerAddress HERE = PeerAddress.parse("127.0.0.1:7000");
  private static final PeerAddress THERE = PeerAddress.parse("[2001:db8::1]:7001");
  private static final NodeId ANN = node("ann");
  private static final NodeId BOB = node("bob");

  private final AtomicLong now = new AtomicLong(1_000);
  private StorageEngine engine;
  private Store store;
  private PeerBook book;

  /** A fresh engine with {@link TestNode#tables}. */
  abstract StorageEngine engine();

  /** Closes {@code engine} and opens another one over what it held. */
  abstract StorageEngine reopen(StorageEngine engine);

  @BeforeEach
  void open() {
    open(engine());
  }

  private void open(StorageEngine opened) {
    engine = opened;
    store = Store.open(opened, TestNode.config("self", "test"));
    book = PeerBook.open(store, now::get);
  }

  @AfterEach
  void close() {
    store.close();
  }

  private void reopen() {
    open(reopen(engine));
  }

  @Test
  void peersAreKeptByNameAcrossAnOpening() {
    book.add("zoe", THERE, ANN);
    now.set(2_000);
    book.add("bob", PeerAddress.parse("unix:/run/cafe\u0301"), null);
    reopen();
    assertThat(book.list())
        .containsExactly(
            new Peer("bob", PeerAddress.parse("unix:/run/cafe\u0301"), null, Pinning.NONE, 2_000),
            new Peer("zoe", THERE, ANN, Pinning.GIVEN, 1_000));
    assertThat(book.get("zoe").address()).isEqualTo(THERE);
    assertThat(book.pinnedTo(ANN)).extracting(Peer::name).containsExactly("zoe");
    book.remove("zoe");
    reopen();
    assertThat(book.find("zoe")).isEmpty();
    assertThatThrownBy(() -> book.remove("zoe"))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("'zoe'");
  }

  @Test
  void anotherAddressKeepsThePinAndAnotherPinReplacesIt() {
    book.add("ann", HERE, ANN);
    now.set(5_000);
    assertThat(book.add("ann", THERE, null))
        .isEqualTo(new Peer("ann", THERE, ANN, Pinning.GIVEN, 1_000));
    assertThat(book.add("ann", THERE, BOB).pin()).isEqualTo(BOB);
    assertThat(book.list()).hasSize(1);
  }

  @Test
  void whatIsSaidOfANodeWhileItIsMetIsKept() throws InterruptedException {
    AtomicReference<Runnable> meanwhile = new AtomicReference<>(() -> {});
    PeerBook asked =
        PeerBook.open(
            store,
            () -> {
              meanwhile.getAndSet(() -> {}).run();
              return now.get();
            });
    Thread judge = new Thread(() -> asked.revoke(ANN), "judge");
    // Between reading what is known of the node and writing when it was seen.
    meanwhile.set(
        () -> {
          judge.start();
          while (judge.isAlive() && judge.getState() != Thread.State.BLOCKED) {
            Thread.onSpinWait();
          }
        });
    asked.seen(ANN);
    judge.join();
    assertThat(asked.node(ANN)).isEqualTo(new KnownNode(ANN, Standing.REVOKED, 1_000, null, null));
  }

  @Test
  void whoIsMetFirstIsPinnedAndStaysSo() {
    book.add("ann", HERE, null);
    assertThatCode(() -> book.welcome(book.get("ann")).check(BOB)).doesNotThrowAnyException();
    assertThat(book.pinFirst("ann", ANN).pinning()).isEqualTo(Pinning.FIRST_USE);
    assertThat(book.pinFirst("ann", ANN).pin()).isEqualTo(ANN);
    reopen();
    assertThatThrownBy(() -> book.pinFirst("ann", BOB))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(ANN.toString())
        .hasMessageContaining(BOB.toString());
    assertThatThrownBy(() -> book.welcome(book.get("ann")).check(BOB))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("ann")
        .hasMessageContaining(ANN.toString())
        .hasMessageContaining(BOB.toString());
    assertThat(book.get("ann").pin()).isEqualTo(ANN);
  }

  @Test
  void namesThatAreNoneAreRefusedAndChangeNothing() {
    for (String name :
        List.of("", "a b", "-x", "a/b", "127.0.0.1:1", "../x", "é", "x".repeat(65), "a\n")) {
      assertThatThrownBy(() -> book.add(name, HERE, null))
          .as(name)
          .isInstanceOf(MalformedException.class);
      assertThat(book.find(name)).isEmpty();
    }
    assertThat(book.list()).isEmpty();
  }

  @Test
  void thisNodeIsNoPeerOfItself() {
    NodeId self = store.origin().node();
    assertThatThrownBy(() -> book.add("me", HERE, self)).isInstanceOf(RefusedException.class);
    assertThatThrownBy(() -> book.revoke(self)).isInstanceOf(RefusedException.class);
    assertThat(book.list()).isEmpty();
  }

  @Test
  void aRevokedNodeIsRefusedUntilItIsTrustedAgain() {
    assertThat(book.admits(ANN)).isTrue();
    assertThat(book.standing(ANN)).isEqualTo(Standing.UNKNOWN);
    book.revoke(ANN);
    book.add("ann", HERE, ANN);
    reopen();
    assertThat(book.admits(ANN)).isFalse();
    assertThatThrownBy(() -> book.welcome().check(ANN))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(ANN + " is revoked");
    assertThatThrownBy(() -> book.welcome(book.get("ann")).check(ANN))
        .isInstanceOf(RefusedException.class);
    book.trust(ANN);
    assertThat(book.standing(ANN)).isEqualTo(Standing.TRUSTED);
    assertThatCode(() -> book.welcome().check(ANN)).doesNotThrowAnyException();
  }

  @Test
  void theBookHoldsSoManyPeersAndNoMore() {
    for (int i = 0; i < PeerBook.PEERS_MAX; i++) {
      book.add("p" + i, HERE, null);
    }
    assertThatThrownBy(() -> book.add("more", HERE, null))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("1024 peers");
    book.add("p7", THERE, null);
    book.remove("p8");
    book.add("more", HERE, null);
    assertThat(book.list()).hasSize(PeerBook.PEERS_MAX);
  }

  @Test
  void strangersMakeRoomForEachOtherButNotThoseWhoMatter() {
    book.add("ann", HERE, ANN);
    book.seen(ANN);
    book.revoke(BOB);
    for (int i = 0; i < PeerBook.NODES_MAX; i++) {
      now.incrementAndGet();
      book.seen(node("stranger " + i));
    }
    assertThat(book.nodes()).hasSize(PeerBook.NODES_MAX);
    assertThat(book.standing(BOB)).isEqualTo(Standing.REVOKED);
    assertThat(book.node(ANN).lastSeenMillis()).isEqualTo(1_000);
    assertThat(book.node(node("stranger 0")).lastSeenMillis()).isZero();
    assertThat(book.node(node("stranger 1")).lastSeenMillis()).isZero();
    assertThat(book.node(node("stranger 2")).lastSeenMillis()).isPositive();
    reopen();
    book.seen(node("one more"));
    assertThat(book.nodes()).hasSize(PeerBook.NODES_MAX);
  }

  @Test
  void aSyncEntersWhatCameFromWhom() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      bob.putTogether("of bob ", 3);
      ann.put("of ann");
      sync(ann.store(), bob.store());
      now.set(9_000);
      StoreSync mine =
          new StoreSync(store, SessionOptions.DEFAULT, book.log().recorder(), Ticker.system());
      mine.with(ann.store(), true, true).orThrow();
      reopen();
      List<FederationLogEntry> entries = book.log().of(ANN);
      assertThat(entries)
          .extracting(FederationLogEntry::origin)
          .containsExactlyInAnyOrder(ann.origin(), bob.origin());
      FederationLogEntry fromBob = entry(bob.origin());
      assertThat(fromBob.appliedSize()).isEqualTo(3);
      assertThat(fromBob.recordsBrought()).isEqualTo(3);
      assertThat(fromBob.appliedLogseq())
          .isEqualTo(store.head(bob.origin()).orElseThrow().lastLogseq());
      assertThat(fromBob.appliedMillis()).isEqualTo(9_000);
      assertThat(fromBob.checkpoint()).isEqualTo(store.checkpoints(bob.origin(), 0, 1).get(3L));
      assertThat(book.node(ANN).lastSeenMillis()).isEqualTo(9_000);
      assertThat(book.log().entries()).isEqualTo(entries);
      assertThat(book.log().of(BOB)).isEmpty();
    }
  }

  @Test
  void whatAPeerHoldsAndLacksIsKnown() {
    try (TestNode ann = new TestNode("ann")) {
      ann.putTogether("of ann ", 4);
      sync(store, ann.store());
      assertThat(book.log().lagRecords(ANN)).isEqualTo(4);
      Origin unheld = new Origin(BOB, 1);
      List<CursorEntry> cursor =
          List.of(new CursorEntry(ann.origin(), 3, 1), new CursorEntry(unheld, 99, 99));
      book.log().holds(ANN, cursor);
      assertThat(book.log().lagRecords(ANN)).isEqualTo(1);
      assertThat(book.log().entries()).hasSize(1);
      assertThat(book.log().lagRecords(BOB)).isEqualTo(4);
    }
  }

  @Test
  void aSnapshotIsNotedWhereSomethingWasBrought() {
    try (TestNode ann = new TestNode("ann")) {
      ann.put("of ann");
      StoreSync mine =
          new StoreSync(store, SessionOptions.DEFAULT, book.log().recorder(), Ticker.system());
      mine.with(ann.store(), true, true).orThrow();
      ArtifactKey snapshot = store.snapshot(null).key();
      book.log().noteSnapshot(ANN, snapshot);
      reopen();
      assertThat(entry(ann.origin()).snapshot()).isEqualTo(snapshot);
    }
  }

  @Test
  void anOlderStretchDoesNotTakeTheLogBack() {
    try (TestNode ann = new TestNode("ann")) {
      ann.put("first");
      Bytes older = ann.store().signHead().orElseThrow();
      ann.put("second");
      Bytes newer = ann.store().signHead().orElseThrow();
      var recorder = book.log().recorder();
      recorder.applied(ANN, new AppliedStretch(ann.origin(), 2, 2, 2, newer));
      recorder.applied(ANN, new AppliedStretch(ann.origin(), 1, 0, 0, older));
      assertThat(entry(ann.origin()).appliedSize()).isEqualTo(2);
      assertThat(entry(ann.origin()).checkpoint()).isEqualTo(newer);
      assertThat(entry(ann.origin()).recordsBrought()).isEqualTo(2);
    }
  }

  @Test
  void damagedRowsAndSuchOfUnknownVersionsAreToldByName() {
    book.add("ann", HERE, null);
    Bytes key = PeerRows.key("ann");
    Bytes row = store.rows().get(PeerRows.PEER, key);
    for (int length = 0; length < row.length(); length++) {
      put(key, row.slice(0, length));
      assertThatThrownBy(() -> book.list())
          .as("%d bytes", length)
          .isInstanceOf(DamagedException.class)
          .hasMessageContaining("ann");
    }
    put(key, Bytes.fromHex("850240f60000"));
    assertThatThrownBy(() -> book.get("ann"))
        .isInstanceOf(DamagedException.class)
        .hasMessageContainingAll("'ann' of fed.peer", "version 2");
  }

  private void put(Bytes key, Bytes value) {
    store.writeLocal(List.of(RowChange.put(PeerRows.PEER, key, value)), Durability.RELAXED);
  }

  private FederationLogEntry entry(Origin origin) {
    return book.log().of(ANN).stream()
        .filter(entry -> entry.origin().equals(origin))
        .findFirst()
        .orElseThrow();
  }

  private static void sync(Store left, Store right) {
    new StoreSync(left, SessionOptions.DEFAULT, (peer, stretch) -> {}, Ticker.system())
        .with(right, true, true)
        .orThrow();
  }

  private static NodeId node(String name) {
    return name.startsWith("stranger") || name.startsWith("one")
        ? new NodeId(HashAlgorithm.SHA_256.hash(Bytes.utf8(name)))
        : NodeId.of(TestNode.key(name).publicKey());
  }
}
