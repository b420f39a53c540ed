package dev.cairn.asl.engine;

/** When a write may be acknowledged. */
public enum Durability {
  /** After it is on stable storage. */
  SYNCED,
  /** Before; a crash may lose it, but never out of order: what was written later is lost first. */
  RELAXED
}
