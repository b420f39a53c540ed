package dev.cairn.federation.audit;

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
 */
public record AuditPlan(
    Set<AuditCheck> checks, ReceiptChoice receipts, @Nullable ReceiptCheck runner, int threads) {
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

  /** A plan for as many threads as the machine has processors, as far as they are allowed. */
  public AuditPlan(Set<AuditCheck> checks, ReceiptChoice receipts, @Nullable ReceiptCheck runner) {
    this(
        checks,
        receipts,
        runner,
        Math.min(Runtime.getRuntime().availableProcessors(), THREADS_MAX));
  }

  /** The same for another number of threads. */
  public AuditPlan withThreads(int newThreads) {
    return new AuditPlan(checks, receipts, runner, newThreads);
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
