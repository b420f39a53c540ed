package dev.cairn.federation.transport;

import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.time.Ticker;
import dev.cairn.federation.protocol.PeerMessage;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Two nodes of one process talking over a pair of bounded queues.
 *
 * <p>Messages pass as objects: nothing is encoded. The bound is in messages, {@link
 * LinkLimits#inboxFramesMax}; their bytes are shared, not copied. Thread rule as {@link PeerLink}.
 */
public final class InProcessLink implements PeerLink {
  private final @Nullable NodeId peerNode;
  private final String address;
  private final Inbox<PeerMessage> inbox;
  private final Semaphore room;
  private @Nullable InProcessLink other;
  private volatile boolean closed;

  /** Both ends of a conversation. */
  public record Pair(InProcessLink left, InProcessLink right) {}

  private InProcessLink(
      @Nullable NodeId peerNode, String address, LinkLimits limits, Ticker ticker) {
    this.peerNode = peerNode;
    this.address = address;
    this.inbox = new Inbox<>(address, new Queue(), limits, ticker);
    this.room = new Semaphore(limits.inboxFramesMax());
  }

  /** Two joined ends that prove no identity. */
  public static Pair pair() {
    return pair(null, null, LinkLimits.DEFAULT, Ticker.system());
  }

  /**
   * Two joined ends.
   *
   * @param left the node at the left end, as the right end is told; null proves none
   * @param right the node at the right end, as the left end is told
   */
  public static Pair pair(
      @Nullable NodeId left, @Nullable NodeId right, LinkLimits limits, Ticker ticker) {
    InProcessLink leftEnd = new InProcessLink(right, "in-process peer (right)", limits, ticker);
    InProcessLink rightEnd = new InProcessLink(left, "in-process peer (left)", limits, ticker);
    leftEnd.other = rightEnd;
    rightEnd.other = leftEnd;
    return new Pair(leftEnd, rightEnd);
  }

  @Override
  public @Nullable NodeId authenticatedPeer() {
    return peerNode;
  }

  @Override
  public String address() {
    return address;
  }

  @Override
  public boolean ready() {
    return other().room.availablePermits() > 0;
  }

  @Override
  public void send(PeerMessage message) {
    if (closed) {
      throw new UnavailableException("the link to " + address + " is closed");
    }
    inbox.awaitReady();
    other().room.acquireUninterruptibly();
    other().inbox.deliver(message);
  }

  @Override
  public Activity await(boolean toSend, long timeoutMillis) {
    return inbox.await(toSend, timeoutMillis);
  }

  @Override
  public void wake() {
    inbox.wake();
  }

  @Override
  public @Nullable PeerMessage receive(long timeoutMillis) {
    return inbox.receive(timeoutMillis);
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      other().inbox.end();
      inbox.close();
    }
  }

  private InProcessLink other() {
    if (other == null) {
      throw new AssertionError("an end without its other end");
    }
    return other;
  }

  private final class Queue implements Inbox.Source<PeerMessage> {
    @Override
    public Optional<PeerMessage> decode(PeerMessage frame) {
      return Optional.of(frame);
    }

    @Override
    public void taken(PeerMessage frame) {
      room.release();
      other().inbox.signal();
    }

    @Override
    public boolean ready() {
      return InProcessLink.this.ready();
    }
  }
}
