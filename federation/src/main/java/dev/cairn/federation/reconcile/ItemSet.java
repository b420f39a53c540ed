package dev.cairn.federation.reconcile;

import java.util.List;
import java.util.function.Predicate;

/**
 * A set of items in order, that can be asked for ranges of it. It does not change while it is
 * reconciled; what a store gains meanwhile is for the next time.
 */
public interface ItemSet {
  /** The sum of the items from one bound to another, which is not before it. */
  RangeSum sum(Bound from, Bound to);

  /**
   * Bounds that cut a range into about {@code parts} parts of about the same number of items:
   * rising, strictly between {@code from} and {@code to}, and no part is empty. None if the range
   * has fewer than two items.
   */
  List<Bound> split(Bound from, Bound to, int parts);

  /** Gives the items of a range in order, until the visitor has enough and says false. */
  void visit(Bound from, Bound to, Predicate<RangeItem> visitor);
}
