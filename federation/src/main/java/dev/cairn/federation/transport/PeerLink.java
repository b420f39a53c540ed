package dev.cairn.federation.transport;

import dev.cairn.asl.model.NodeId;
import dev.cairn.federation.protocol.PeerMessage;
import org.jspecify.annotations.Nullable;

/**
 * One conversation with a peer: messages in order both ways, each way with back-pressure.
 *
 * <p>Two ways to drive it. With two threads: one calls {@link #receive}, the other {@link #send},
 * which waits while the peer is slow. With one thread: {@link #await} says which of the two can be
 * done now without waiting; a driver that only ever sends when {@link #ready} is true, and receives
 * otherwise, cannot fall into the deadlock of two peers that both wait to send.
 *
 * <p>At most one thread receives (or awaits) and at most one sends at a time; {@link #close} may be
 * called by any thread. Messages that arrived before a failure are received before the failure is
 * thrown.
 *
 * <p>Errors: {@link dev.cairn.asl.error.UnavailableException} when the link is broken, closed or
 * too slow; {@link dev.cairn.asl.error.MalformedException} when the peer's bytes are no message;
 * {@link dev.cairn.asl.error.RefusedException} when the peer refuses us or exceeds a bound. After
 * an error, other than a {@code receive} that ran out of its time, the link is of no further use.
 */
public interface PeerLink extends AutoCloseable {
  /** What {@link #await} saw. */
  enum Activity {
    /** {@link #receive} will not wait: a message, the end or a failure is there. */
    RECEIVABLE,
    /** {@link #send} will not wait. */
    SENDABLE,
    /** Neither came in the time given. */
    NOTHING
  }

  /** The node that the transport proved to be at the other end; null if it proves none. */
  @Nullable NodeId authenticatedPeer();

  /** What it has carried so far; nothing where both ends are one process. */
  default LinkUse use() {
    return LinkUse.NONE;
  }

  /** Where the peer is, for messages to people. */
  String address();

  /** True if {@link #send} would not wait. */
  boolean ready();

  /**
   * Hands a message to the transport; waits while the transport is not ready, at most for the
   * transport's send timeout.
   *
   * @throws dev.cairn.asl.error.UnavailableException if the link is closed, broken, or not ready in
   *     time
   */
  void send(PeerMessage message);

  /**
   * Waits until something can be done without waiting. What arrived comes first.
   *
   * @param toSend whether the caller has something to send
   * @param timeoutMillis longest wait; 0 only looks
   */
  Activity await(boolean toSend, long timeoutMillis);

  /**
   * Makes an {@link #await} that waits, or else the next one that would, return early with {@link
   * Activity#NOTHING}: for another thread that has something to tell the one that waits.
   */
  default void wake() {}

  /**
   * The next message; null at the end of the peer's stream, and from then on.
   *
   * @throws dev.cairn.asl.error.UnavailableException if none came in {@code timeoutMillis}, or the
   *     link is broken
   */
  @Nullable PeerMessage receive(long timeoutMillis);

  /**
   * Ends the conversation: what was sent is still delivered, then the peer sees the end. What was
   * not received yet is dropped. Waits for a bounded time only, never throws, and does nothing the
   * second time.
   */
  @Override
  void close();
}
