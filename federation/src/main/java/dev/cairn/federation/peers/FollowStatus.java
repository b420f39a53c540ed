package dev.cairn.federation.peers;

import dev.cairn.asl.model.NodeId;
import org.jspecify.annotations.Nullable;

/**
 * How a node stands with one peer that it follows.
 *
 * @param name of the peer in the book
 * @param state how it stands
 * @param sinceMillis since when, in milliseconds since 1970
 * @param node who it is, as far as that is known
 * @param why what ended the last conversation or speaks against the next, for people; may be empty
 * @param pushes deltas pushed in the conversations of this process
 * @param clockAheadMillis by how much the peer's clock is implausibly ahead; 0 if it is not
 */
public record FollowStatus(
    String name,
    FollowState state,
    long sinceMillis,
    @Nullable NodeId node,
    String why,
    long pushes,
    long clockAheadMillis) {
  FollowStatus in(FollowState next, String because, long nowMillis) {
    return next == state && because.equals(why)
        ? this
        : new FollowStatus(
            name,
            next,
            next == state ? sinceMillis : nowMillis,
            node,
            because,
            pushes,
            clockAheadMillis);
  }

  FollowStatus of(NodeId met) {
    return new FollowStatus(name, state, sinceMillis, met, why, pushes, clockAheadMillis);
  }

  FollowStatus pushed(long total, long aheadMillis) {
    return new FollowStatus(name, state, sinceMillis, node, why, total, aheadMillis);
  }
}
