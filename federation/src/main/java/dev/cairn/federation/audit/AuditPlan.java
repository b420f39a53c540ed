package dev.cairn.federation.audit;

import dev.cairn.pel.run.Cost;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an audit is asked to check.
 *
 * @param checks which checks; {@link AuditCheck#OPENING} is always among them
 * @param receipts which receipts are run again, if {@link AuditCheck#RECEIPTS} is among them
 * @param runner runs them; null if none are
 * @param threads how many threads check, 1 to {@value #THREADS_MAX}; the report is the same
 * @param cost what running all receipts of all sources again may take; what does not fit is left
 *     undecided
 */
public record AuditPlan(
    Set<AuditCheck> checks,
    ReceiptChoice receipts,
    @Nullable ReceiptCheck runner,
    int threads,
    Cost cost) {
  /** A billion units of work: about a second of one processor. */
  public static final long WORK_UNIT = 1_000_000_000;

  /** Work of all receipts unless told otherwise: about a day of one processor. */
  public static final long WORK = 100_000 * WORK_UNIT;

  /**
   * Bytes of large outputs that are not live in the source, of all receipts: 4 GiB. With what is on
   * its way, and what was given up, it fits into what a store that is only read has for it.
   */
  public static final long LEFT_BYTES_MAX = 4L << 30;

  /** Most threads: what is in the making at once, and so memory, is bounded by it. */
  public static final int THREADS_MAX = 16;

  public AuditPlan {
    if (threads < 1 || threads > THREADS_MAX) {
      throw new IllegalArgumentException(threads + " threads, not 1 to " + THREADS_MAX);
    }
    EnumSet<AuditCheck> all = EnumSet.of(AuditCheck.OPENING);
    all.addAll(checks);
    checks = Collections.unmodifiableSet(all);
    if (checks.contains(AuditCheck.RECEIPTS) != (runner != null)) {
      throw new IllegalArgumentException("receipts are checked by a runner, and only then");
    }
  }

  /** A plan of the usual work. */
  public AuditPlan(
      Set<AuditCheck> checks, ReceiptChoice receipts, @Nullable ReceiptCheck runner, int threads) {
    this(checks, receipts, runner, threads, new Cost(WORK, LEFT_BYTES_MAX));
  }

  /** A plan for as many threads as the machine has processors, as far as they are allowed. */
  public AuditPlan(Set<AuditCheck> checks, ReceiptChoice receipts, @Nullable ReceiptCheck runner) {
    this(
        checks,
        receipts,
        runner,
        Math.min(Runtime.getRuntime().availableProcessors(), THREADS_MAX));
  }

  /**
   * What running one receipt again may take, so that one alone does not leave all behind it
   * undecided: a hundredth of the work, {@link #WORK_UNIT} at least, and a quarter of the bytes. No
   * bound of its own on the work where that is all the work there is.
   */
  Cost costOfOne() {
    long share = Math.max(cost.work() / 100, WORK_UNIT);
    return new Cost(share < cost.work() ? share : Long.MAX_VALUE, cost.leftBytes() / 4);
  }

  /** The same for another number of threads. */
  public AuditPlan withThreads(int newThreads) {
    return new AuditPlan(checks, receipts, runner, newThreads, cost);
  }

  /**
   * The same for other work of all receipts.
   *
   * @param work in units of {@link dev.cairn.pel.run.Meter}
   */
  public AuditPlan withWork(long work) {
    return withCost(new Cost(work, cost.leftBytes()));
  }

  /** The same for another bound of what all receipts may take. */
  AuditPlan withCost(Cost newCost) {
    return new AuditPlan(checks, receipts, runner, threads, newCost);
  }

  /** All checks; receipts only if {@code runner} is given, then all of them. */
  public static AuditPlan usual(@Nullable ReceiptCheck runner) {
    EnumSet<AuditCheck> checks = EnumSet.copyOf(AuditCheck.usual());
    if (runner != null) {
      checks.add(AuditCheck.RECEIPTS);
    }
    return new AuditPlan(checks, new ReceiptChoice.All(), runner);
  }
}
