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
 */
public record AuditPlan(
    Set<AuditCheck> checks, ReceiptChoice receipts, @Nullable ReceiptCheck runner) {
  public AuditPlan {
    EnumSet<AuditCheck> all = EnumSet.of(AuditCheck.OPENING);
    all.addAll(checks);
    checks = Collections.unmodifiableSet(all);
    if (checks.contains(AuditCheck.RECEIPTS) != (runner != null)) {
      throw new IllegalArgumentException("receipts are checked by a runner, and only then");
    }
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
