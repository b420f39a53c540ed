package dev.cairn.federation.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerMessage.Heartbeat;
import dev.cairn.federation.protocol.PeerMessage.PayloadPiece;
import dev.cairn.federation.protocol.ProtocolLimits;
import dev.cairn.federation.transport.PeerLink.Activity;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a {@link PeerLink} must be, whatever carries it. */
@Timeout(60)
public abstract class PeerLinkContract extends Resources {
  /** Small bounds, so that a test sees them. */
  protected static final LinkLimits TIGHT = new LinkLimits(8, 64 << 10, 500, 1_000);

  /** Few messages at once, and time enough. */
  protected static final LinkLimits NARROW = new LinkLimits(4, 1 << 20, 20_000, 20_000);

  private static final long WAIT_MILLIS = 20_000;
  private static final int MESSAGES = 3_000;
  private static final int PIECE_BYTES = 32 << 10;

  /**
   * Both ends of a conversation.
   *
   * @param leftNode who is at the left, if the transport proves it
   * @param rightNode who is at the right, if the transport proves it
   */
  public record Ends(
      PeerLink left, PeerLink right, @Nullable NodeId leftNode, @Nullable NodeId rightNode) {}

  /** A fresh conversation under these bounds; what it needs goes to {@link #closing}. */
  protected abstract Ends open(LinkLimits limits) throws Exception;

  /** Bytes that may be on their way between the two, beside what lies in the inbox. */
  protected abstract long bytesUnderwayMax();

  private Ends ends(LinkLimits limits) throws Exception {
    Ends ends = open(limits);
    closing(ends.left());
    closing(ends.right());
    return ends;
  }

  private static PayloadPiece piece(long number, int bytes) {
    byte[] data = new byte[bytes];
    new Random(number).nextBytes(data);
    Bytes payload = Bytes.wrap(data);
    return new PayloadPiece(PayloadDigest.of(payload), bytes, 0, payload);
  }

  @Test
  void eachEndIsToldWhomTheTransportProvesToBeAtTheOther() throws Exception {
    Ends ends = ends(LinkLimits.DEFAULT);
    assertThat(ends.right().authenticatedPeer()).isEqualTo(ends.leftNode());
    assertThat(ends.left().authenticatedPeer()).isEqualTo(ends.rightNode());
    assertThat(ends.left().address()).isNotBlank();
    assertThat(ends.right().address()).isNotBlank();
  }

  @Test
  void messagesOfAnySizeArriveWholeAndInOrderBothWays() throws Exception {
    Ends ends = ends(LinkLimits.DEFAULT);
    List<PeerMessage> sent = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      sent.add(i % 3 == 0 ? new Heartbeat(i) : piece(i, 1 + i * 1_000));
    }
    sent.add(piece(99, ProtocolLimits.PAYLOAD_PIECE_BYTES_MAX));
    for (PeerLink from : List.of(ends.left(), ends.right())) {
      PeerLink to = from == ends.left() ? ends.right() : ends.left();
      CompletableFuture<Void> sending =
          CompletableFuture.runAsync(() -> sent.forEach(from::send), threads);
      for (PeerMessage message : sent) {
        assertThat(to.receive(WAIT_MILLIS)).isEqualTo(message);
      }
      sending.join();
    }
  }

  @Test
  void closingDeliversWhatWasSentAndThenTheEndForGood() throws Exception {
    for (boolean leftCloses : List.of(true, false)) {
      Ends ends = ends(LinkLimits.DEFAULT);
      PeerLink closes = leftCloses ? ends.left() : ends.right();
      PeerLink stays = leftCloses ? ends.right() : ends.left();
      for (int i = 0; i < 100; i++) {
        closes.send(new Heartbeat(i));
      }
      closes.close();
      closes.close();
      for (int i = 0; i < 100; i++) {
        assertThat(stays.receive(WAIT_MILLIS)).isEqualTo(new Heartbeat(i));
      }
      assertThat(stays.receive(WAIT_MILLIS)).isNull();
      assertThat(stays.receive(0)).isNull();
      assertThat(stays.await(false, 0)).isEqualTo(Activity.RECEIVABLE);
    }
  }

  @Test
  void aClosedEndNeitherSendsNorReceives() throws Exception {
    for (boolean leftCloses : List.of(true, false)) {
      Ends ends = ends(LinkLimits.DEFAULT);
      PeerLink closes = leftCloses ? ends.left() : ends.right();
      PeerLink stays = leftCloses ? ends.right() : ends.left();
      stays.send(new Heartbeat(1));
      closes.close();
      assertThatThrownBy(() -> closes.receive(0)).isInstanceOf(UnavailableException.class);
      assertThatThrownBy(() -> closes.send(new Heartbeat(1)))
          .isInstanceOf(UnavailableException.class);
      assertThat(stays.receive(WAIT_MILLIS)).isNull();
      assertThatThrownBy(() -> stays.send(new Heartbeat(1)))
          .isInstanceOf(UnavailableException.class);
    }
  }

  @Test
  void closingByAnotherThreadEndsAWait() throws Exception {
    Ends ends = ends(LinkLimits.DEFAULT);
    for (PeerLink link : List.of(ends.left(), ends.right())) {
      CompletableFuture<Thread> waiter = new CompletableFuture<>();
      CompletableFuture<PeerMessage> waiting =
          CompletableFuture.supplyAsync(
              () -> {
                waiter.complete(Thread.currentThread());
                return link.receive(WAIT_MILLIS * 2);
              },
              threads);
      while (waiter.join().getState() == Thread.State.RUNNABLE && !waiting.isDone()) {
        Thread.onSpinWait();
      }
      link.close();
      // Which end it was that closed decides what the other one sees: its end, or that it is gone.
      try {
        assertThat(waiting.join()).isNull();
      } catch (CompletionException e) {
        assertThat(e).hasCauseInstanceOf(UnavailableException.class);
        assertThat(e.getMessage()).doesNotContain("in " + WAIT_MILLIS * 2 + " ms");
      }
    }
  }

  @Test
  void aWaitForAMessageEndsInTimeAndTheLinkGoesOn() throws Exception {
    Ends ends = ends(LinkLimits.DEFAULT);
    assertThat(ends.left().await(false, 0)).isEqualTo(Activity.NOTHING);
    assertThatThrownBy(() -> ends.left().receive(5))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("5 ms");
    ends.right().send(new Heartbeat(1));
    assertThat(ends.left().receive(WAIT_MILLIS)).isEqualTo(new Heartbeat(1));
  }

  @Test
  void aSilentPeerEndsTheLinkAfterTheIdleTime() throws Exception {
    Ends ends = ends(TIGHT);
    assertThatThrownBy(() -> ends.left().receive(WAIT_MILLIS))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("no sign of")
        .hasMessageContaining("1000 ms");
  }

  @Test
  void aPeerThatReceivesNothingHoldsTheSenderBack() throws Exception {
    Ends ends = ends(TIGHT);
    PayloadPiece piece = piece(1, PIECE_BYTES);
    List<PayloadPiece> sent = new ArrayList<>();
    assertThatThrownBy(
            () -> {
              while (true) {
                ends.left().send(piece);
                sent.add(piece);
              }
            })
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("took no message in 500 ms");
    assertThat((long) sent.size() * PIECE_BYTES)
        .isLessThanOrEqualTo(bytesUnderwayMax() + 8L * PIECE_BYTES);
    assertThat(ends.left().ready()).isFalse();
    assertThat(ends.left().await(true, 1)).isEqualTo(Activity.NOTHING);
  }

  @Test
  void whatArrivedComesBeforeRoomToSend() throws Exception {
    Ends ends = ends(LinkLimits.DEFAULT);
    assertThat(ends.left().await(true, WAIT_MILLIS)).isEqualTo(Activity.SENDABLE);
    ends.right().send(new Heartbeat(1));
    assertThat(ends.left().await(false, WAIT_MILLIS)).isEqualTo(Activity.RECEIVABLE);
    assertThat(ends.left().await(true, 0)).isEqualTo(Activity.RECEIVABLE);
  }

  @Test
  void whoWaitsIsWokenByAnotherThread() throws Exception {
    Ends ends = ends(LinkLimits.DEFAULT);
    for (PeerLink link : List.of(ends.left(), ends.right())) {
      CompletableFuture<Activity> waiting =
          CompletableFuture.supplyAsync(() -> link.await(false, WAIT_MILLIS * 2), threads);
      link.wake();
      assertThat(waiting.join()).isEqualTo(Activity.NOTHING);
      link.wake();
      assertThat(link.await(false, WAIT_MILLIS * 2)).as("told before it waits").isNotNull();
    }
  }

  @Test
  void twoPeersThatBothHaveMuchToSendDoNotWaitForEachOther() throws Exception {
    Ends narrow = ends(NARROW);
    CompletableFuture<Long> left =
        CompletableFuture.supplyAsync(() -> pump(narrow.left()), threads);
    CompletableFuture<Long> right =
        CompletableFuture.supplyAsync(() -> pump(narrow.right()), threads);
    long sum = (long) MESSAGES * (MESSAGES - 1) / 2;
    assertThat(left.join()).isEqualTo(sum);
    assertThat(right.join()).isEqualTo(sum);
  }

  /** One thread that sends and receives, as a session driver does. */
  private static long pump(PeerLink link) {
    long sum = 0;
    int sent = 0;
    int received = 0;
    while (sent < MESSAGES || received < MESSAGES) {
      switch (link.await(sent < MESSAGES, WAIT_MILLIS)) {
        case RECEIVABLE -> {
          assertThat(link.receive(0)).isEqualTo(new Heartbeat(received));
          sum += received++;
        }
        case SENDABLE -> link.send(new Heartbeat(sent++));
        case NOTHING -> throw new AssertionError("stuck");
      }
    }
    return sum;
  }
}
