package dev.cairn.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.asl.time.Ticker;
import dev.cairn.federation.member.Member;
import dev.cairn.federation.member.MemberIndex;
import dev.cairn.federation.member.MemberWriter;
import dev.cairn.federation.peers.PeerBook;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.sync.StoreSync;
import dev.cairn.federation.transport.PeerAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which members {@code status} tells of where there are many. */
class MemberTextTest {
  private static final int OTHERS = 40;

  private static Store open(String name) {
    StoreConfig config =
        new StoreConfig(
            "test",
            SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8(name))),
            1,
            List.of(new MemberIndex()),
            PeerBook.tables(),
            () -> 1_000_000);
    return Store.open(
        new MemoryEngine(StoreConfig.tables(config.indexes(), config.localTables())), config);
  }

  @Test
  void thisNodeAndThosePeersThatItNamesAreToldOfHoweverManyOthersThereAre() {
    try (Store here = open("here")) {
      PeerBook book = PeerBook.open(here, () -> 1_000_000);
      List<NodeId> nodes = new ArrayList<>();
      for (int i = 0; i < OTHERS; i++) {
        try (Store other = open("other " + i)) {
          new MemberWriter(other).join();
          new StoreSync(here, SessionOptions.DEFAULT, ReplicationListener.NONE, Ticker.system())
              .with(other, false, true)
              .orThrow();
          nodes.add(other.origin().node());
        }
      }
      nodes.sort(null);
      NodeId named = nodes.get(OTHERS - 1);
      book.add("named", PeerAddress.parse("127.0.0.1:7070"), named);
      here.tombstone(here.put(null, Bytes.utf8("gone")), null);
      MemberText.Some none = MemberText.Some.of(here, book);
      assertThat(none.self()).isNull();
      new MemberWriter(here).join();
      MemberText.Some some = MemberText.Some.of(here, book);
      List<NodeId> due = new ArrayList<>(List.of(here.origin().node(), named));
      nodes.stream().limit(30).forEach(due::add);
      assertThat(some.shown()).extracting(Member::node).containsExactlyElementsOf(due);
      assertThat(some.self()).isEqualTo(some.shown().get(0));
      assertThat(some.more()).isEqualTo(OTHERS + 1 - 32);
      assertThat(some.moreBlocking()).isEqualTo(OTHERS + 1 - 32);
    }
  }
}
