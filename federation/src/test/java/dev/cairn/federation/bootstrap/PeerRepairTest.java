package dev.cairn.federation.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.store.CheckReport;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreCheck;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.bootstrap.BootstrapMessage.StretchData;
import dev.cairn.federation.bootstrap.BootstrapMessage.StretchEnd;
import dev.cairn.federation.fetch.FetchCall;
import dev.cairn.federation.fetch.FetchPart;
import dev.cairn.federation.fetch.FetchStore;
import dev.cairn.federation.protocol.FetchMessage;
import dev.cairn.federation.protocol.PartMessage;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerSession;
import dev.cairn.federation.protocol.PeerSession.Role;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.protocol.SessionPart;
import dev.cairn.federation.protocol.StoreReplica;
import dev.cairn.federation.sync.SyncReport;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A damaged store and peers, honest and hostile. */
@Timeout(120)
class PeerRepairTest {
  private final TestNode whole = new TestNode("whole");
  private MemoryEngine damaged;

  @BeforeEach
  void fill() {
    for (int i = 0; i < 40; i++) {
      whole.put("artifact " + i);
    }
    byte[] large = new byte[700_000];
    new Random(3).nextBytes(large);
    whole.store().put(null, Bytes.wrap(large));
    whole.store().tombstone(whole.put("gone"), "a note");
    damaged = new MemoryEngine(TestNode.tables());
    Store store = Store.open(damaged.share(), TestNode.config("damaged", "test"));
    try (Store taking = store) {
      taking.put(null, Bytes.utf8("its own"));
      new dev.cairn.federation.sync.StoreSync(
              taking,
              SessionOptions.DEFAULT,
              ReplicationListener.NONE,
              dev.cairn.asl.time.Ticker.system())
          .with(whole.store(), true, true)
          .orThrow();
    }
    damaged = damaged.reopen();
  }

  @AfterEach
  void close() {
    whole.close();
  }

  private void spoil() {
    for (Bytes log : damaged.logs()) {
      for (long index : new long[] {0, damaged.head(log) - 1}) {
        damaged.replaceRecords(log, new TreeMap<>(Map.of(index, Bytes.utf8("no record"))));
      }
    }
    for (String name : new String[] {"asl.content", "asl.chunk", "asl.note"}) {
      Table table =
          TestNode.tables().stream().filter(one -> one.name().equals(name)).findFirst().get();
      try (RowCursor rows = damaged.scan(table, Bytes.EMPTY, Bytes.EMPTY)) {
        while (rows.next()) {
          damaged.write(
              List.of(RowChange.put(table, rows.key(), Bytes.utf8("damaged"))), Durability.SYNCED);
        }
      }
    }
  }

  /** A peer whose answers may be changed on their way. */
  private FetchCall peer(Store scratch, UnaryOperator<PeerMessage> wire) {
    return new FetchCall() {
      @Override
      public String name() {
        return "peer";
      }

      @Override
      public SyncReport talk(SessionPart part) {
        try (PeerSession asking = session(Role.INITIATOR, scratch, List.of(part));
            PeerSession answering =
                session(
                    Role.RESPONDER,
                    whole.store(),
                    List.of(
                        FetchPart.answering(FetchStore.of(whole.store())),
                        BootstrapPart.answering(BootstrapStore.of(whole.store()))))) {
          boolean moved = true;
          while (moved) {
            PeerMessage asked = asking.poll();
            if (asked != null) {
              answering.receive(asked);
            }
            PeerMessage said = answering.poll();
            if (said != null) {
              asking.receive(wire.apply(said));
            }
            moved = asked != null || said != null;
          }
          asking.transportClosed();
          return new SyncReport(asking.report(), 0);
        }
      }
    };
  }

  private static PeerSession session(Role role, Store store, List<SessionPart> parts) {
    SessionOptions options =
        role == Role.INITIATOR
            ? SessionOptions.DEFAULT.withDirections(false, false)
            : SessionOptions.DEFAULT;
    return new PeerSession(role, new StoreReplica(store), options, ReplicationListener.NONE, parts);
  }

  private CheckReport repair(UnaryOperator<PeerMessage> wire) {
    try (Store scratch =
        Store.open(new MemoryEngine(TestNode.tables()), TestNode.config("damaged", "test"))) {
      return new StoreCheck(
              damaged,
              TestNode.config("damaged", "test"),
              () -> new MemoryEngine(TestNode.tables()),
              count -> {})
          .repairFrom(List.of(new PeerRepair(peer(scratch, wire), scratch)));
    }
  }

  @Test
  void everythingComesBackFromAnHonestPeer() {
    spoil();
    CheckReport report = repair(message -> message);
    assertThat(report.left()).isEmpty();
    assertThat(report.found()).isPositive();
    try (Store store = Store.open(damaged, TestNode.config("damaged", "test"))) {
      assertThat(store.stateRoot()).isEqualTo(whole.store().stateRoot());
    }
  }

  @Test
  void ofALargePayloadOnlyTheDamagedChunkIsFetched() {
    Table table =
        TestNode.tables().stream().filter(one -> one.name().equals("asl.chunk")).findFirst().get();
    Bytes chunk;
    int chunks = 1;
    try (RowCursor rows = damaged.scan(table, Bytes.EMPTY, Bytes.EMPTY)) {
      assertThat(rows.next()).isTrue();
      chunk = rows.key();
      while (rows.next()) {
        chunks++;
      }
    }
    assertThat(chunks).isGreaterThan(1);
    damaged.write(List.of(RowChange.put(table, chunk, Bytes.utf8("no"))), Durability.SYNCED);
    int[] came = new int[1];
    CheckReport report =
        repair(
            message -> {
              came[0] += message instanceof FetchMessage.Pieces pieces ? pieces.pieces().size() : 0;
              return message;
            });
    assertThat(report.left()).isEmpty();
    assertThat(came[0]).isEqualTo(1);
  }

  private void assertNothingWrongIsTaken(UnaryOperator<PeerMessage> wire) {
    spoil();
    CheckReport report = repair(wire);
    assertThat(report.left()).isNotEmpty();
    CheckReport honest = repair(message -> message);
    assertThat(honest.left()).isEmpty();
  }

  @Test
  void recordsWithOneWrongBitAreNotTaken() {
    assertNothingWrongIsTaken(
        message -> {
          if (message instanceof StretchData data) {
            byte[] bytes = data.data().toArray();
            bytes[40] ^= 1;
            return new StretchData(Bytes.wrap(bytes));
          }
          return message;
        });
  }

  @Test
  void payloadsWithOneWrongByteAreNotTaken() {
    assertNothingWrongIsTaken(
        message -> {
          if (message instanceof FetchMessage.Pieces pieces) {
            return new FetchMessage.Pieces(
                pieces.pieces().stream()
                    .map(
                        piece -> {
                          byte[] bytes = piece.data().toArray();
                          bytes[0] ^= 1;
                          return new FetchMessage.Piece(piece.number(), Bytes.wrap(bytes));
                        })
                    .toList());
          }
          return message;
        });
  }

  @Test
  void aKeyAndACheckpointOfAnotherNodeAreNotTaken() {
    assertNothingWrongIsTaken(
        message ->
            message instanceof StretchEnd
                ? new StretchEnd(
                    true, TestNode.key("liar").publicKey().encoded(), Bytes.utf8("no note"))
                : message instanceof StretchData
                    ? new StretchData(Bytes.utf8("\0\1x\0"))
                    : message);
  }

  @Test
  void moreThanWasAskedForEndsTheConversation() {
    assertNothingWrongIsTaken(
        message ->
            message instanceof StretchData data
                ? new StretchData(data.data().plus(data.data()))
                : message);
  }

  @Test
  void answersThatNobodyAskedForEndTheConversation() {
    assertNothingWrongIsTaken(
        message ->
            message instanceof PartMessage
                ? new BootstrapMessage.SnapshotTell(Bytes.utf8("take this"))
                : message);
  }
}
