package dev.cairn.federation.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.time.Ticker;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerMessage.Heartbeat;
import dev.cairn.federation.transport.PeerLink.Activity;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class InProcessLinkTest {
  private static final LinkLimits TIGHT = new LinkLimits(4, 1 << 20, 50, 200);
  private static final LinkLimits NARROW = new LinkLimits(4, 1 << 20, 20_000, 20_000);
  private static final int MESSAGES = 10_000;

  private final InProcessLink.Pair pair = InProcessLink.pair();
  private final InProcessLink.Pair tight = InProcessLink.pair(null, null, TIGHT, Ticker.system());

  @Test
  void messagesArriveInOrder() {
    pair.left().send(new Heartbeat(1));
    pair.left().send(new Heartbeat(2));
    assertThat(pair.right().receive(0)).isEqualTo(new Heartbeat(1));
    assertThat(pair.right().receive(0)).isEqualTo(new Heartbeat(2));
  }

  @Test
  void eachEndIsToldWhoIsAtTheOther() {
    NodeId left = new NodeId(Bytes.wrap(new byte[32]));
    InProcessLink.Pair named = InProcessLink.pair(left, null, LinkLimits.DEFAULT, Ticker.system());
    assertThat(named.right().authenticatedPeer()).isEqualTo(left);
    assertThat(named.left().authenticatedPeer()).isNull();
  }

  @Test
  void closingDeliversWhatWasSentAndThenTheEnd() {
    pair.left().send(new Heartbeat(1));
    pair.left().close();
    pair.left().close();
    assertThat(pair.right().receive(0)).isEqualTo(new Heartbeat(1));
    assertThat(pair.right().receive(0)).isNull();
    assertThat(pair.right().receive(0)).isNull();
  }

  @Test
  void aClosedEndNeitherSendsNorReceives() {
    pair.right().send(new Heartbeat(1));
    pair.left().close();
    assertThatThrownBy(() -> pair.left().receive(0)).isInstanceOf(UnavailableException.class);
    assertThatThrownBy(() -> pair.left().send(new Heartbeat(1)))
        .isInstanceOf(UnavailableException.class);
    assertThatThrownBy(() -> pair.right().send(new Heartbeat(1)))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("ended");
  }

  @Test
  void aFullQueueIsNotReadyAndASendGivesUpInTime() {
    for (int i = 0; i < TIGHT.inboxFramesMax(); i++) {
      assertThat(tight.left().ready()).isTrue();
      tight.left().send(new Heartbeat(i));
    }
    assertThat(tight.left().ready()).isFalse();
    assertThat(tight.left().await(true, 1)).isEqualTo(Activity.NOTHING);
    assertThatThrownBy(() -> tight.left().send(new Heartbeat(9)))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("took no message in 50 ms");
    assertThat(tight.right().receive(0)).isEqualTo(new Heartbeat(0));
    assertThat(tight.left().await(true, 0)).isEqualTo(Activity.SENDABLE);
  }

  @Test
  void aWaitForAMessageEndsInTimeAndTheLinkGoesOn() {
    assertThatThrownBy(() -> pair.left().receive(5))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("5 ms");
    pair.right().send(new Heartbeat(1));
    assertThat(pair.left().receive(0)).isEqualTo(new Heartbeat(1));
  }

  @Test
  void aSilentPeerEndsTheLinkAfterTheIdleTime() {
    assertThatThrownBy(() -> tight.left().receive(60_000))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("no sign of")
        .hasMessageContaining("200 ms");
  }

  @Test
  void whatArrivedComesBeforeRoomToSend() {
    assertThat(pair.left().await(true, 0)).isEqualTo(Activity.SENDABLE);
    pair.right().send(new Heartbeat(1));
    assertThat(pair.left().await(true, 0)).isEqualTo(Activity.RECEIVABLE);
  }

  @Test
  void twoPeersThatBothHaveMuchToSendDoNotWaitForEachOther() {
    InProcessLink.Pair narrow = InProcessLink.pair(null, null, NARROW, Ticker.system());
    // Threads of their own: on a small machine the common pool has one for both.
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      CompletableFuture<Long> left =
          CompletableFuture.supplyAsync(() -> pump(narrow.left()), threads);
      CompletableFuture<Long> right =
          CompletableFuture.supplyAsync(() -> pump(narrow.right()), threads);
      long sum = (long) MESSAGES * (MESSAGES - 1) / 2;
      assertThat(left.join()).isEqualTo(sum);
      assertThat(right.join()).isEqualTo(sum);
    } finally {
      threads.shutdownNow();
    }
  }

  /** One thread that sends and receives, as a session driver does. */
  private static long pump(PeerLink link) {
    long sum = 0;
    int sent = 0;
    int received = 0;
    while (sent < MESSAGES || received < MESSAGES) {
      switch (link.await(sent < MESSAGES, 10_000)) {
        case RECEIVABLE -> {
          PeerMessage message = link.receive(0);
          assertThat(message).isEqualTo(new Heartbeat(received));
          sum += received++;
        }
        case SENDABLE -> link.send(new Heartbeat(sent++));
        case NOTHING -> throw new AssertionError("stuck");
      }
    }
    return sum;
  }
}
