package dev.cairn.federation.audit;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.store.DerivedState;
import dev.cairn.asl.store.RecordSums;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.WorkerThreads;
import dev.cairn.asl.time.Entropy;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether the rows derived of a source's records say the same as the records, told by sums, without
 * a look-up for each. They do if the sums of all stretches of all logs agree: of one stretch alone
 * nothing follows, as what a row says of a record decides how another record of that id is shown.
 * One owner; {@link #sums} are for any thread.
 */
final class DerivedAudit {
  private final @Nullable RecordSums sums;
  private final @Nullable DerivedState derived;
  private boolean agrees;

  private DerivedAudit(@Nullable RecordSums sums, @Nullable DerivedState derived, boolean agrees) {
    this.sums = sums;
    this.derived = derived;
    this.agrees = agrees;
  }

  /** Reads the derived rows, if they are to be compared with records or among themselves. */
  static DerivedAudit of(Store store, CheckLedger ledger, WorkerThreads workers) {
    if (!ledger.asks(AuditCheck.RECORDS)
        && !ledger.asks(AuditCheck.LIVENESS)
        && !ledger.asks(AuditCheck.STATE)) {
      return new DerivedAudit(null, null, true);
    }
    RecordSums sums = new RecordSums(store.heads(), Entropy.system());
    try {
      DerivedState derived = store.sumDerived(sums, workers);
      return new DerivedAudit(sums, derived, !sums.strays());
    } catch (CairnException e) {
      // Told where a row that cannot be read is met with again: everything is looked up.
      return new DerivedAudit(null, null, false);
    }
  }

  /** What derived rows tell of records; null if that is not asked. */
  @Nullable RecordSums sums() {
    return sums;
  }

  /** The sum of some stretch does not agree, or is not known. */
  void disagrees() {
    agrees = false;
  }

  /** True unless it is known, or must be feared, that some sum does not agree. */
  boolean agrees() {
    return agrees;
  }

  /** True if derived rows show this state. */
  boolean shows(Bytes root) {
    return derived != null && derived.root().equals(root);
  }

  /** The root of the state that derived rows show; nothing if they were not read. */
  Optional<Bytes> root() {
    return Optional.ofNullable(derived).map(DerivedState::root);
  }

  /** The state that derived rows show, if what they tell of records is true. */
  Optional<DerivedState> derived() {
    return agrees ? Optional.ofNullable(derived) : Optional.empty();
  }
}
