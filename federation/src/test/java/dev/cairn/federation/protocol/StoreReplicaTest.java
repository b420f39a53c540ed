package dev.cairn.federation.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.protocol.PeerMessage.CursorEntry;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a peer is told of commits that a loss of power could take: nothing. */
class StoreReplicaTest {
  private static void commitRelaxed(Store store, String text) {
    store.commit(new CommitDraft().put(store.prepare(null, Bytes.utf8(text))), Durability.RELAXED);
  }

  @Test
  void headsForPeersEndBehindTheLastDurableCommit() {
    try (TestNode ann = new TestNode("ann")) {
      commitRelaxed(ann.store(), "relaxed");
      assertThat(ann.replica().heads()).isEmpty();
      ann.replica().signHead();
      assertThat(ann.replica().heads()).extracting(LogHead::treeSize).containsExactly(1L);
      commitRelaxed(ann.store(), "after the signature");
      assertThat(ann.replica().heads()).extracting(LogHead::treeSize).containsExactly(1L);
    }
  }

  @Test
  void whatADeltaCarriesSurvivesALossOfPower() {
    TestNode ann = new TestNode("ann");
    ann.put("synced");
    commitRelaxed(ann.store(), "relaxed");
    List<CursorEntry> sent;
    try (DeltaReader delta = new DeltaReader(ann.replica(), List.of(), Optional.empty())) {
      commitRelaxed(ann.store(), "while it is read");
      for (PeerMessage message = delta.next(); message != null; message = delta.next()) {
        assertThat(message).isNotNull();
      }
      sent = delta.reached();
    }
    assertThat(sent).singleElement().extracting(CursorEntry::treeSize).isEqualTo(2L);
    MemoryEngine found = ann.engine().crash();
    try (Store after = Store.open(found, TestNode.config("ann", "test"))) {
      LogHead head = after.heads().get(0);
      assertThat(head.treeSize()).isEqualTo(2);
      assertThat(head.lastLogseq()).isEqualTo(sent.get(0).lastLogseq());
    }
  }
}
