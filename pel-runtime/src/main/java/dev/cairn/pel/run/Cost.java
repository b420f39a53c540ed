package dev.cairn.pel.run;

/**
 * What runs take, or may take. Both amounts follow from what is run, and not from the machine, its
 * speed or the number of threads.
 *
 * @param work units of {@link Meter}, each about a nanosecond of one processor
 * @param leftBytes bytes of large outputs that are not live in the store, or were given up, which
 *     stay until they are collected
 */
public record Cost(long work, long leftBytes) {
  /** Nothing. */
  public static final Cost NONE = new Cost(0, 0);

  /** No bound. */
  public static final Cost UNBOUNDED = new Cost(Long.MAX_VALUE, Long.MAX_VALUE);

  public Cost {
    if (work < 0 || leftBytes < 0) {
      throw new IllegalArgumentException("less than nothing: " + work + ", " + leftBytes);
    }
  }

  /** The sum; an amount that is too large for a number is the largest number. */
  public Cost plus(Cost more) {
    return new Cost(sum(work, more.work), sum(leftBytes, more.leftBytes));
  }

  /**
   * What is left of this when so much is taken.
   *
   * @param taken {@link #isWithin} this
   */
  public Cost minus(Cost taken) {
    return new Cost(work - taken.work, leftBytes - taken.leftBytes);
  }

  /** Of each amount the lesser. */
  public Cost least(Cost other) {
    return new Cost(Math.min(work, other.work), Math.min(leftBytes, other.leftBytes));
  }

  /** True if neither amount is more than it may be. */
  public boolean isWithin(Cost max) {
    return work <= max.work && leftBytes <= max.leftBytes;
  }

  static long sum(long one, long other) {
    return one > Long.MAX_VALUE - other ? Long.MAX_VALUE : one + other;
  }
}
