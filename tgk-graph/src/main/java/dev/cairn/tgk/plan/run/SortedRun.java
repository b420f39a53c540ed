package dev.cairn.tgk.plan.run;

import org.jspecify.annotations.Nullable;

/** Records in the order of their bytes. One owner at a time; must be closed. */
interface SortedRun extends AutoCloseable {
  /** The next record; null at the end. */
  byte @Nullable [] next();

  @Override
  void close();
}
