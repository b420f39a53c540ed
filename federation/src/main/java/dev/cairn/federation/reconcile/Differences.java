package dev.cairn.federation.reconcile;

import dev.cairn.asl.bytes.Bytes;

/** Told of what two sets differ in, as it is found; nothing twice, but what a peer says twice. */
public interface Differences {
  /** Only this side has the item. */
  void have(Bytes id);

  /**
   * Only the other side has the item, or says so: what it gives for it is checked like all else.
   */
  void need(Bytes id);
}
