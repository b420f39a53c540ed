package dev.cairn.federation.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.time.Ticker;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.sync.StoreSync;
import dev.cairn.federation.sync.SyncReport;
import dev.cairn.federation.transport.LinkLimits;
import dev.cairn.federation.transport.PeerAddress;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What packing saves on the wire, in bytes counted on a real link. */
@Timeout(60)
class PackedSyncTest {
  private static final PeerAddress LOOPBACK = PeerAddress.parse("127.0.0.1:0");
  private static final String[] WORDS = {
    "the",
    "artifact",
    "store",
    "keeps",
    "what",
    "a",
    "node",
    "has",
    "seen",
    "and",
    "gives",
    "it",
    "to",
    "others",
    "of",
    "federation",
    "log",
    "record",
    "signed",
    "checkpoint",
    "is",
    "verified",
    "before",
    "anything",
    "becomes",
    "visible",
    "return",
    "public",
    "static",
    "final",
    "import"
  };

  /** By how much two runs differ that pack nothing: codecs in a Hello, clocks, heartbeats. */
  private static final long HELLO_AND_BEATS = 256;

  private static GrpcSettings settings(boolean packsNearby) {
    return new GrpcSettings(LinkLimits.DEFAULT, Ticker.system(), 10_000, 2_000, packsNearby);
  }

  /** Text of a few hundred bytes to two kilobytes, and one large file. */
  private static void fill(TestNode node) {
    Random random = new Random(42);
    CommitDraft draft = new CommitDraft();
    for (int i = 0; i <= 1_500; i++) {
      StringBuilder text = new StringBuilder();
      for (int words = i == 1_500 ? 60_000 : 50 + random.nextInt(250); words > 0; words--) {
        text.append(WORDS[random.nextInt(WORDS.length)])
            .append(random.nextInt(9) == 0 ? '\n' : ' ');
      }
      text.append(i);
      draft.put(node.store().prepare(new TypeTag("text/plain"), Bytes.utf8(text.toString())));
    }
    node.store().commit(draft);
  }

  /** Bytes of frames that a server sends for a full sync of a fresh node. */
  private static long bytesFor(boolean serverPacks, boolean clientPacks) throws Exception {
    CompletableFuture<Long> sent = new CompletableFuture<>();
    try (TestNode hub = new TestNode("hub");
        TestNode spoke = new TestNode("spoke")) {
      fill(hub);
      try (GrpcPeerServer server =
          GrpcPeerServer.startPlain(
              LOOPBACK,
              link -> {
                sync(hub).respond(link);
                sent.complete(((GrpcLink) link).bytesSent());
              },
              null,
              settings(serverPacks))) {
        SyncReport report =
            sync(spoke)
                .initiate(
                    GrpcPeerClient.connectPlain(server.address(), settings(clientPacks)),
                    true,
                    true,
                    null)
                .orThrow();
        assertThat(report.received().records()).isEqualTo(1_501);
        assertThat(spoke.store().stateRoot()).isEqualTo(hub.store().stateRoot());
        return sent.get(30, TimeUnit.SECONDS);
      }
    }
  }

  private static StoreSync sync(TestNode node) {
    return new StoreSync(
        node.store(), SessionOptions.DEFAULT, ReplicationListener.NONE, Ticker.system());
  }

  @Test
  void textTakesLessThanSixTenthsOfItsBytesOnTheWire() throws Exception {
    long plain = bytesFor(false, false);
    long packed = bytesFor(true, true);
    assertThat(packed).isLessThan(plain * 6 / 10);
    assertThat(bytesFor(true, false))
        .as("to one who names identity alone")
        .isCloseTo(plain, within(HELLO_AND_BEATS));
    assertThat(bytesFor(false, true))
        .as("by one who names identity alone")
        .isCloseTo(plain, within(HELLO_AND_BEATS));
  }
}
