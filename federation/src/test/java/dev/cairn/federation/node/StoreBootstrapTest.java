package dev.cairn.federation.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.files.FileTree;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.time.Ticker;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.bootstrap.BootstrapMessage.SnapshotTell;
import dev.cairn.federation.bootstrap.BootstrapMessage.StretchData;
import dev.cairn.federation.bootstrap.BootstrapMessage.StretchEnd;
import dev.cairn.federation.bootstrap.BootstrapPart;
import dev.cairn.federation.bootstrap.BootstrapStore;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerSession;
import dev.cairn.federation.protocol.PeerSession.Role;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.protocol.SessionPart;
import dev.cairn.federation.protocol.StoreReplica;
import dev.cairn.federation.sync.StoreSync;
import dev.cairn.federation.sync.SyncReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Fresh nodes from a peer's snapshot, over peers that lie and lines that break. */
@Timeout(180)
class StoreBootstrapTest {
  private static final WallClock CLOCK = () -> 2_000_000;
  private static final TypeTag TEXT = new TypeTag("text/plain");

  @TempDir Path folder;
  private CairnNode peer;
  private Path place;

  @BeforeEach
  void fill() {
    peer = node("peer");
    place = folder.resolve("fresh");
    try (CairnNode other = node("other")) {
      for (int i = 0; i < 50; i++) {
        put(other, "of the other " + i);
      }
      other.store().tombstone(put(other, "gone"), "not wanted");
      sync(peer, other);
    }
    for (int i = 0; i < 200; i++) {
      put(peer, "artifact " + i);
    }
    put(peer, "of the other 7");
    byte[] large = new byte[3_000_000];
    new Random(1).nextBytes(large);
    peer.store().put(null, Bytes.wrap(large));
    peer.store().put(TEXT, Bytes.wrap(large));
    peer.store().erase(put(peer, "erased"), "asked to");
    peer.store()
        .put(
            TypeTag.EDGE,
            new dev.cairn.tgk.model.Edge(
                    new dev.cairn.tgk.model.EdgeType("test:made"),
                    List.of(dev.cairn.tgk.model.Endpoint.of(put(peer, "cause"))),
                    List.of(dev.cairn.tgk.model.Endpoint.of(put(peer, "effect"))),
                    null)
                .encode());
  }

  @AfterEach
  void close() {
    peer.close();
  }

  private CairnNode node(String name) {
    StoreDirectory.init(folder.resolve(name), "default");
    return StoreDirectory.open(folder.resolve(name), CLOCK);
  }

  private static ArtifactKey put(CairnNode node, String text) {
    return node.store().put(TEXT, Bytes.utf8(text));
  }

  private static SyncReport sync(CairnNode to, CairnNode from) {
    return new StoreSync(
            to.store(), SessionOptions.DEFAULT, ReplicationListener.NONE, Ticker.system())
        .with(from.store(), true, true)
        .orThrow();
  }

  /** A conversation with a peer whose answers are changed on their way; null breaks it off. */
  private SyncReport talk(Store self, SessionPart part, UnaryOperator<PeerMessage> wire) {
    SessionOptions nothing = SessionOptions.DEFAULT.withDirections(false, false);
    try (PeerSession asking =
            new PeerSession(
                Role.INITIATOR,
                new StoreReplica(self),
                nothing,
                ReplicationListener.NONE,
                List.of(part));
        PeerSession answering =
            new PeerSession(
                Role.RESPONDER,
                new StoreReplica(peer.store()),
                SessionOptions.DEFAULT,
                ReplicationListener.NONE,
                List.of(BootstrapPart.answering(BootstrapStore.of(peer.store()))))) {
      boolean moved = true;
      while (moved) {
        PeerMessage asked = asking.poll();
        if (asked != null) {
          answering.receive(asked);
        }
        PeerMessage said = answering.poll();
        if (said != null) {
          PeerMessage heard = wire.apply(said);
          if (heard == null) {
            break;
          }
          asking.receive(heard);
        }
        moved = asked != null || said != null;
      }
      asking.transportClosed();
      return new SyncReport(asking.report(), 0);
    }
  }

  private final List<Long> due = new ArrayList<>();
  private final List<Long> taken = new ArrayList<>();

  private int compared;

  private final StoreBootstrap.Watcher watcher =
      new StoreBootstrap.Watcher() {
        @Override
        public void due(long records) {
          due.add(records);
        }

        @Override
        public void took(long records) {
          taken.add(records);
        }

        @Override
        public void compares(Store store) {
          compared++;
        }
      };

  private StoreBootstrap.Result run(UnaryOperator<PeerMessage> wire) {
    return StoreBootstrap.run(
        place, "default", (self, part) -> talk(self, part, wire), CLOCK, watcher);
  }

  private List<String> leftOver() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith("."))
          .sorted()
          .toList();
    }
  }

  private void assertTheSameAsThePeer() {
    try (CairnNode fresh = StoreDirectory.open(place, CLOCK)) {
      assertThat(fresh.store().stateRoot()).isEqualTo(peer.store().stateRoot());
      assertThat(fresh.store().rebuiltStateRoot()).isEqualTo(peer.store().stateRoot());
      assertThat(fresh.store().origin().node()).isNotEqualTo(peer.store().origin().node());
      assertThat(fresh.store().absentPayloads(null, 10)).isEmpty();
    }
    try (NodeCheck check = StoreDirectory.openToCheck(place, CLOCK, count -> {})) {
      assertThat(check.check().damaged()).isEmpty();
    }
  }

  @Test
  void aFreshNodeHoldsAllThatThePeerHoldsAndGoesOnFromThere() throws IOException {
    StoreBootstrap.Result result = run(message -> message);
    assertThat(result.records())
        .isEqualTo(peer.store().heads().stream().mapToLong(head -> head.treeSize()).sum());
    assertThat(result.snapshot().stateRoot()).isEqualTo(peer.store().stateRoot());
    assertThat(due).containsExactly(result.records());
    assertThat(taken.stream().mapToLong(Long::longValue).sum()).isEqualTo(result.records());
    assertThat(compared).isEqualTo(1);
    assertThat(leftOver()).isEmpty();
    assertTheSameAsThePeer();
    try (CairnNode fresh = StoreDirectory.open(place, CLOCK)) {
      put(fresh, "its own");
      put(peer, "one more");
      SyncReport report = sync(fresh, peer);
      assertThat(report.received().records()).isEqualTo(1);
      assertThat(report.sent().records()).isEqualTo(1);
      assertThat(fresh.store().stateRoot()).isEqualTo(peer.store().stateRoot());
    }
    try (CairnNode third = node("third");
        CairnNode fresh = StoreDirectory.open(place, CLOCK)) {
      sync(third, fresh);
      assertThat(third.store().stateRoot()).isEqualTo(peer.store().stateRoot());
    }
    assertTheSameAsThePeer();
  }

  @Test
  void anEmptyPeerGivesAnEmptyStore() {
    peer.close();
    peer = node("empty");
    run(message -> message);
    assertTheSameAsThePeer();
  }

  @Test
  void whatBreaksOffIsGoneOnWith() throws IOException {
    int[] ends = new int[1];
    assertThatThrownBy(
            () -> run(message -> message instanceof StretchEnd && ends[0]++ == 2 ? null : message))
        .isInstanceOf(UnavailableException.class);
    assertThat(place).doesNotExist();
    assertThat(leftOver()).containsExactly(".cairn-bootstrap-fresh");
    long all = peer.store().heads().stream().mapToLong(head -> head.treeSize()).sum();
    StoreBootstrap.Result result = run(message -> message);
    assertThat(result.records()).isBetween(1L, all - 1);
    assertThat(due).as("what is missing").containsExactly(all, result.records());
    assertThat(leftOver()).isEmpty();
    assertTheSameAsThePeer();
  }

  @Test
  void aCallForAnotherFederationAndAPlaceThatIsTakenAreRefused() throws IOException {
    assertThatThrownBy(
            () ->
                StoreBootstrap.run(
                    place,
                    "another",
                    (self, part) -> talk(self, part, message -> message),
                    CLOCK,
                    StoreBootstrap.Watcher.NONE))
        .isInstanceOf(CairnException.class);
    assertThat(place).doesNotExist();
    assertThatThrownBy(() -> run(message -> message)).isInstanceOf(RefusedException.class);
    FileTree.delete(StoreBootstrap.draft(place));
    Files.createDirectory(place);
    Files.writeString(place.resolve("file"), "of somebody");
    assertThatThrownBy(() -> run(message -> message)).isInstanceOf(RefusedException.class);
    assertThat(place.resolve("file")).hasContent("of somebody");
  }

  private void assertALieLeavesNothing(UnaryOperator<PeerMessage> wire) throws IOException {
    assertThatThrownBy(() -> run(wire)).isInstanceOf(MalformedException.class);
    assertThat(place).doesNotExist();
    assertThat(leftOver()).isEmpty();
    run(message -> message);
    assertTheSameAsThePeer();
  }

  @Test
  void aStateRootThatIsNotThatOfTheLogsLeavesNothing() throws IOException {
    assertALieLeavesNothing(
        message ->
            message instanceof SnapshotTell tell
                ? told(tell, Bytes.wrap(new byte[32]), List.of())
                : message);
  }

  @Test
  void aRootOfALogThatNobodySignedLeavesNothing() throws IOException {
    assertALieLeavesNothing(
        message -> {
          if (!(message instanceof SnapshotTell tell)) {
            return message;
          }
          Snapshot snapshot = Snapshot.decode(tell.snapshot());
          List<Snapshot.Head> heads = new ArrayList<>(snapshot.heads());
          Snapshot.Head head = heads.get(0);
          heads.set(
              0,
              new Snapshot.Head(
                  head.origin(), head.logseq(), head.treeSize(), Bytes.wrap(new byte[32])));
          return told(tell, snapshot.stateRoot(), heads);
        });
  }

  private static SnapshotTell told(SnapshotTell tell, Bytes root, List<Snapshot.Head> heads) {
    Snapshot snapshot = Snapshot.decode(tell.snapshot());
    return new SnapshotTell(
        new Snapshot(snapshot.federation(), heads.isEmpty() ? snapshot.heads() : heads, root)
            .encode());
  }

  @Test
  void anyFlippedBitOfAStretchLeavesNothing() throws IOException {
    for (int place : new int[] {40, 900, 20_000}) {
      assertThatThrownBy(
              () ->
                  run(
                      message -> {
                        if (message instanceof StretchData data && data.data().length() > place) {
                          byte[] bytes = data.data().toArray();
                          bytes[place] ^= 4;
                          return new StretchData(Bytes.wrap(bytes));
                        }
                        return message;
                      }))
          .as("byte %s", place)
          .isInstanceOf(MalformedException.class);
      assertThat(leftOver()).isEmpty();
    }
    assertThat(place).doesNotExist();
  }

  @Test
  void keysOfOthersAndAnswersInTheWrongPlaceLeaveNothing() throws IOException {
    assertALieLeavesNothing(
        message ->
            message instanceof StretchEnd end && !end.key().isEmpty()
                ? new StretchEnd(
                    true,
                    dev.cairn.federation.TestNode.key("liar").publicKey().encoded(),
                    end.note())
                : message);
  }

  @Test
  void recordsBeyondWhatWasAskedForLeaveNothing() throws IOException {
    assertALieLeavesNothing(
        message ->
            message instanceof StretchData data && data.data().length() >= 50_000
                ? new StretchData(data.data().slice(0, 50_000).plus(data.data().slice(0, 50_000)))
                : message);
  }

  @Test
  void anEndThatComesTooEarlyIsNoEnd() {
    int[] seen = new int[1];
    assertThatThrownBy(
            () ->
                run(
                    message ->
                        message instanceof StretchData && seen[0]++ >= 0
                            ? new StretchEnd(true, Bytes.EMPTY, Bytes.EMPTY)
                            : message))
        .isInstanceOf(UnavailableException.class);
    assertThat(place).doesNotExist();
  }
}
