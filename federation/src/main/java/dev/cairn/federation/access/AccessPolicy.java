package dev.cairn.federation.access;

import dev.cairn.asl.model.NodeId;
import org.jspecify.annotations.Nullable;

/**
 * Says what a caller may do, at the moment when it asks. Must answer at once and may be asked by
 * several threads.
 */
@FunctionalInterface
public interface AccessPolicy {
  /** Everything for everyone: for sockets that only the owner can reach. */
  AccessPolicy OWNER = caller -> Grant.ALL;

  /**
   * What a caller may do.
   *
   * @param caller the node that the transport proved; null if it proves none
   */
  Grant grant(@Nullable NodeId caller);
}
