package dev.cairn.federation.peers;

import dev.cairn.asl.model.NodeId;
import dev.cairn.federation.access.Grant;
import dev.cairn.federation.access.Quota;
import org.jspecify.annotations.Nullable;

/**
 * A node that was met, or that a person has judged.
 *
 * @param node which
 * @param standing what was said about it
 * @param lastSeenMillis when a session with it began or ended last, since 1970; 0 if never
 * @param grant what a person has granted it; null if nothing was said
 * @param quota what a person lets it cost; null if nothing was said
 */
public record KnownNode(
    NodeId node,
    Standing standing,
    long lastSeenMillis,
    @Nullable Grant grant,
    @Nullable Quota quota) {
  KnownNode seen(long nowMillis) {
    return new KnownNode(node, standing, Math.max(lastSeenMillis, nowMillis), grant, quota);
  }

  /** What it may cost. */
  public Quota cost() {
    return quota == null ? Quota.DEFAULT : quota;
  }

  /** What it may do through the API: nothing, unless a person has said otherwise. */
  public Grant api() {
    return standing == Standing.REVOKED || grant == null ? Grant.NONE : grant;
  }
}
