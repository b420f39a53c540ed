package dev.cairn.federation.reconcile;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * A set in memory: 41 bytes an item, with the sum of every 64 items so that the sum of a range
 * looks at no more than 128 of them. Immutable.
 */
public final class SortedItems implements ItemSet {
  private static final int SUM_ITEMS = 64;

  private final long[] orders;
  private final byte[] ids;
  private final Bytes allIds;

  /** Sums of the first n * {@value #SUM_ITEMS} items. */
  private final RangeSum[] sums;

  /** The set of {@code items}; what stands twice counts once. */
  public SortedItems(Collection<RangeItem> items) {
    this(new TreeSet<>(items));
  }

  private SortedItems(SortedSet<RangeItem> sorted) {
    this(sorted.size(), sorted.iterator());
  }

  /**
   * The set of items that come in order, without a copy of them.
   *
   * @param count how many come
   */
  public SortedItems(int count, Iterator<RangeItem> sorted) {
    orders = new long[count];
    ids = new byte[Math.multiplyExact(count, HashAlgorithm.DIGEST_BYTES)];
    sums = new RangeSum[count / SUM_ITEMS + 1];
    sums[0] = RangeSum.EMPTY;
    RangeSum sum = RangeSum.EMPTY;
    RangeItem last = null;
    int at = 0;
    while (at < count) {
      RangeItem item = sorted.next();
      if (last != null && last.compareTo(item) >= 0) {
        throw new IllegalArgumentException("item " + at + " is out of order");
      }
      last = item;
      orders[at] = item.order();
      item.id().copyTo(ids, at * HashAlgorithm.DIGEST_BYTES);
      sum = sum.plus(RangeSum.of(item.id()));
      at++;
      if (at % SUM_ITEMS == 0) {
        sums[at / SUM_ITEMS] = sum;
      }
    }
    allIds = Bytes.wrap(ids);
  }

  /** Items in it. */
  public int size() {
    return orders.length;
  }

  private RangeItem item(int rank) {
    return new RangeItem(orders[rank], id(rank));
  }

  private Bytes id(int rank) {
    int from = rank * HashAlgorithm.DIGEST_BYTES;
    return allIds.slice(from, from + HashAlgorithm.DIGEST_BYTES);
  }

  /** How many items lie before a bound. */
  private int rank(Bound bound) {
    int low = 0;
    int high = orders.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (item(middle).isBefore(bound)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private RangeSum sumBefore(int rank) {
    int block = rank / SUM_ITEMS;
    RangeSum sum = sums[block];
    for (int at = block * SUM_ITEMS; at < rank; at++) {
      sum = sum.plus(RangeSum.of(id(at)));
    }
    return sum;
  }

  @Override
  public RangeSum sum(Bound from, Bound to) {
    return sumBefore(rank(to)).minus(sumBefore(rank(from)));
  }

  @Override
  public List<Bound> split(Bound from, Bound to, int parts) {
    int first = rank(from);
    int items = rank(to) - first;
    List<Bound> bounds = new ArrayList<>(parts);
    int each = items / parts;
    int longer = items % parts;
    int at = first;
    for (int part = 0; part + 1 < parts; part++) {
      int next = at + each + (part < longer ? 1 : 0);
      if (next > at && next < first + items) {
        bounds.add(Bound.between(item(next - 1), item(next)));
      }
      at = next;
    }
    return bounds;
  }

  @Override
  public void visit(Bound from, Bound to, Predicate<RangeItem> visitor) {
    int end = rank(to);
    for (int at = rank(from); at < end && visitor.test(item(at)); at++) {
      // The visitor decides.
    }
  }
}
