package dev.cairn.federation.filter;

/** How a log that is held in part stands to the store's own log of the same origin. */
public enum PartialStanding {
  /** The store holds nothing of it. */
  APART,
  /** The store holds the beginning of it. */
  LONGER,
  /** The store holds all of it: the part is of no use. */
  COVERED,
  /** The store holds other records: the origin signed two logs, or this store is damaged. */
  FORKED
}
