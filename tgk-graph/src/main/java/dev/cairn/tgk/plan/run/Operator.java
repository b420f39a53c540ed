package dev.cairn.tgk.plan.run;

import org.jspecify.annotations.Nullable;

/** A running operator: gives its rows one by one. One owner at a time; must be closed. */
interface Operator extends AutoCloseable {
  /** The next row; null at the end, and from then on. */
  @Nullable Row next();

  @Override
  void close();
}
