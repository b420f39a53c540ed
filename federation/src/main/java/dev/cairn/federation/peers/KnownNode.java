package dev.cairn.federation.peers;

import dev.cairn.asl.model.NodeId;

/**
 * A node that was met, or that a person has judged.
 *
 * @param node which
 * @param standing what was said about it
 * @param lastSeenMillis when a session with it began or ended last, since 1970; 0 if never
 */
public record KnownNode(NodeId node, Standing standing, long lastSeenMillis) {
  KnownNode seen(long nowMillis) {
    return new KnownNode(node, standing, Math.max(lastSeenMillis, nowMillis));
  }
}
