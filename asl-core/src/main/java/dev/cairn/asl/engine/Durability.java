package dev.cairn.asl.engine;

/** When a write may be acknowledged. */
public enum Durability {
  /** After it is on stable storage. */
  SYNCED,
  /** Before; a crash may lose it, but never out of order: what was written later is lost first. */
  RELAXED,
  /**
   * Before; a crash may lose it alone, whatever was written and synced after it, until {@link
   * StorageEngine#sync}. For large values to which nothing refers yet: an engine may write their
   * bytes once instead of through its log.
   */
  DEFERRED
}
