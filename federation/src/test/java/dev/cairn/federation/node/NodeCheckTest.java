package dev.cairn.federation.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.CheckReport;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.peers.PeerBook;
import dev.cairn.federation.transport.PeerAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A check of a node reads what the layers above the store keep in it, too. */
@Timeout(120)
final class NodeCheckTest {
  private static final WallClock CLOCK = () -> 1_000_000;
  private static final NodeId NODE = new NodeId(Bytes.fromHex("ab".repeat(32)));

  @TempDir private Path folder;
  private Path place;

  @BeforeEach
  void makeANodeWithPeers() {
    place = folder.resolve("node");
    StoreDirectory.init(place, "test");
    try (CairnNode node = StoreDirectory.open(place, CLOCK)) {
      node.peers().add("good", PeerAddress.parse("127.0.0.1:9"), null);
      node.peers().add("bad", PeerAddress.parse("127.0.0.1:10"), null);
      node.peers().revoke(NODE);
    }
  }

  private CheckReport check(boolean repairs) {
    try (NodeCheck check =
        repairs
            ? StoreDirectory.openToRepair(place, CLOCK, count -> {})
            : StoreDirectory.openToCheck(place, CLOCK, count -> {})) {
      return repairs ? check.repair(null) : check.check();
    }
  }

  @Test
  void rowsOfPeersNodesConflictsAndCosignaturesAreRead() {
    assertThat(check(false).damaged()).isEmpty();
    try (StorageEngine engine = CairnNode.openEngine(place, false)) {
      List<RowChange> damage = new ArrayList<>();
      for (Table table : PeerBook.tables()) {
        damage.add(RowChange.put(table, Bytes.utf8("zz"), Bytes.utf8("?")));
      }
      engine.write(damage, Durability.SYNCED);
    }
    CheckReport report = check(false);
    assertThat(report.found()).isEqualTo(PeerBook.tables().size());
    assertThat(report.damaged())
        .extracting("where")
        .containsExactlyInAnyOrderElementsOf(
            PeerBook.tables().stream().map(table -> table.name() + " 7a7a").toList());
    assertThat(check(true).isWhole()).isTrue();
    assertThat(check(false).damaged()).isEmpty();
  }

  @Test
  void aPeerThatCannotBeReadIsSetAsideAndTheOthersStay() {
    try (StorageEngine engine = CairnNode.openEngine(place, false)) {
      Table peers = PeerBook.tables().get(0);
      engine.write(
          List.of(RowChange.put(peers, Bytes.utf8("bad"), Bytes.utf8("?"))), Durability.SYNCED);
    }
    try (CairnNode node = StoreDirectory.open(place, CLOCK)) {
      assertThatThrownBy(() -> node.peers().list()).isInstanceOf(DamagedException.class);
    }
    assertThat(check(true).isWhole()).isTrue();
    try (CairnNode node = StoreDirectory.open(place, CLOCK)) {
      assertThat(node.peers().list()).extracting("name").containsExactly("good");
      assertThat(node.peers().admits(NODE)).isFalse();
    }
  }

  @Test
  void aNodeThatMayHaveBeenRevokedStaysOut() {
    try (StorageEngine engine = CairnNode.openEngine(place, false)) {
      Table nodes = PeerBook.tables().get(1);
      engine.write(
          List.of(RowChange.put(nodes, NODE.digest(), Bytes.utf8("?"))), Durability.SYNCED);
    }
    assertThat(check(true).isWhole()).isTrue();
    try (CairnNode node = StoreDirectory.open(place, CLOCK)) {
      assertThat(node.peers().admits(NODE)).isFalse();
      node.peers().trust(NODE);
      assertThat(node.peers().admits(NODE)).isTrue();
    }
  }

  @Test
  void aNodeGoesOnInAnotherEpochOnceTheRowOfItsClosedOnesIsMadeAnew() {
    Table meta =
        CairnNode.tables().stream()
            .filter(t -> t.name().equals("asl.meta"))
            .findFirst()
            .orElseThrow();
    Origin before;
    try (CairnNode node = StoreDirectory.open(place, CLOCK)) {
      node.store().put(null, Bytes.utf8("before"));
      before = node.store().origin();
    }
    for (String row : List.of("fence", "closed-epoch")) {
      try (StorageEngine engine = CairnNode.openEngine(place, false)) {
        engine.write(
            List.of(RowChange.put(meta, Bytes.utf8(row), Bytes.u64(-5))), Durability.SYNCED);
      }
      assertThatThrownBy(() -> StoreDirectory.open(place, CLOCK))
          .isInstanceOf(DamagedException.class)
          .hasMessageContaining("row '" + row + "' of asl.meta is damaged")
          .hasMessageContaining("'cairn fsck --rebuild'");
      assertThat(check(false).found()).isEqualTo(1);
      assertThat(check(true).isWhole()).isTrue();
      try (CairnNode node = StoreDirectory.open(place, CLOCK)) {
        node.store().put(null, Bytes.utf8("behind " + row));
        Origin now = node.store().origin();
        assertThat(now.equals(before)).isEqualTo(row.equals("fence"));
        assertThat(now.epoch()).isGreaterThanOrEqualTo(before.epoch());
        assertThat(node.store().now().isLive(ArtifactKey.of(Bytes.utf8("before"), null))).isTrue();
      }
    }
    assertThat(check(false).damaged()).isEmpty();
  }

  @Test
  void everyTableOfTheBookIsRead() {
    assertThat(PeerBook.localRows()).extracting("table").containsAll(PeerBook.tables());
    try (StorageEngine engine = CairnNode.openEngine(place, false);
        RowCursor rows = engine.scan(PeerBook.tables().get(0), Bytes.EMPTY, Bytes.EMPTY)) {
      assertThat(rows.next()).isTrue();
    }
  }
}
