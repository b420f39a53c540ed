package dev.cairn.asl.store;

/** Why a page of a log ended where it did. */
public enum PageEnd {
  /** There is no further commit yet. */
  END_OF_LOG,
  /** The page is full: there may be more at once. */
  LIMIT,
  /** All that lies within the cut asked for has been given. */
  CUT,
  /** No commit came in the time given. */
  TIMED_OUT,
  /** The waiting thread was interrupted; its flag is set. */
  INTERRUPTED,
  /** The store is closed: nothing more will come from it. Open it again and go on. */
  CLOSED
}
