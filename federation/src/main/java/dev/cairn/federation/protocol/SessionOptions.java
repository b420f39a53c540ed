package dev.cairn.federation.protocol;

import dev.cairn.asl.model.NodeId;
import dev.cairn.federation.access.Grant;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * How a session behaves.
 *
 * @param sends whether to send what the peer lacks
 * @param receives whether to take what this node lacks
 * @param peer the node that the transport proved or the caller expects at the other end; null for
 *     any
 * @param admits whether to talk to a node at all, asked once it has named itself
 * @param grants what a node may do, asked once it has named itself; a limited grant gives no whole
 *     log
 * @param heartbeatMillis a heartbeat is sent after so long a silence of our own
 * @param idleTimeoutMillis longest silence of the peer
 * @param progressTimeoutMillis longest time with nothing but heartbeats
 */
public record SessionOptions(
    boolean sends,
    boolean receives,
    @Nullable NodeId peer,
    Predicate<NodeId> admits,
    Function<NodeId, Grant> grants,
    long heartbeatMillis,
    long idleTimeoutMillis,
    long progressTimeoutMillis) {
  /** Both ways, with anyone. */
  public static final SessionOptions DEFAULT =
      new SessionOptions(
          true, true, null, node -> true, node -> Grant.ALL, 10_000, 60_000, 600_000);

  public SessionOptions {
    if (heartbeatMillis < 1 || idleTimeoutMillis < 1 || progressTimeoutMillis < 1) {
      throw new IllegalArgumentException("a session's times must be positive");
    }
  }

  /** Options under which every node may do everything. */
  public SessionOptions(
      boolean sends,
      boolean receives,
      @Nullable NodeId peer,
      Predicate<NodeId> admits,
      long heartbeatMillis,
      long idleTimeoutMillis,
      long progressTimeoutMillis) {
    this(
        sends,
        receives,
        peer,
        admits,
        node -> Grant.ALL,
        heartbeatMillis,
        idleTimeoutMillis,
        progressTimeoutMillis);
  }

  /** The same with other directions. */
  public SessionOptions withDirections(boolean newSends, boolean newReceives) {
    return new SessionOptions(
        newSends,
        newReceives,
        peer,
        admits,
        grants,
        heartbeatMillis,
        idleTimeoutMillis,
        progressTimeoutMillis);
  }

  /** The same with a known peer; null for any. */
  public SessionOptions withPeer(@Nullable NodeId newPeer) {
    return new SessionOptions(
        sends,
        receives,
        newPeer,
        admits,
        grants,
        heartbeatMillis,
        idleTimeoutMillis,
        progressTimeoutMillis);
  }

  /** The same with a rule for whom to talk to. */
  public SessionOptions withAdmission(Predicate<NodeId> newAdmits) {
    return new SessionOptions(
        sends,
        receives,
        peer,
        newAdmits,
        grants,
        heartbeatMillis,
        idleTimeoutMillis,
        progressTimeoutMillis);
  }

  /** The same with a rule for what a node may do. */
  public SessionOptions withGrants(Function<NodeId, Grant> newGrants) {
    return new SessionOptions(
        sends,
        receives,
        peer,
        admits,
        newGrants,
        heartbeatMillis,
        idleTimeoutMillis,
        progressTimeoutMillis);
  }
}
