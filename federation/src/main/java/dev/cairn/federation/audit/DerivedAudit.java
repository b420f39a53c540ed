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
  private final @Nullable CairnException unreadable;
  private Sums state;

  /** What is known of sums; the worse, the later. */
  enum Sums {
    /** They are the same on both sides, or nobody asks. */
    AGREE,
    /** Records, or notes of tombstones, could not be read, so there is no sum to compare. */
    UNKNOWN,
    /** They are not the same, or rows tell of records that no log has the place for. */
    DISAGREE
  }

  private DerivedAudit(
      @Nullable RecordSums sums,
      @Nullable DerivedState derived,
      @Nullable CairnException unreadable,
      Sums state) {
    this.sums = sums;
    this.derived = derived;
    this.unreadable = unreadable;
    this.state = state;
  }

  /** Reads the derived rows, if they are to be compared with records or among themselves. */
  static DerivedAudit of(Store store, CheckLedger ledger, WorkerThreads workers) {
    if (!ledger.asks(AuditCheck.RECORDS)
        && !ledger.asks(AuditCheck.LIVENESS)
        && !ledger.asks(AuditCheck.STATE)) {
      return new DerivedAudit(null, null, null, Sums.AGREE);
    }
    RecordSums sums = new RecordSums(store.heads(), Entropy.system());
    try {
      DerivedState derived = store.sumDerived(sums, workers);
      return new DerivedAudit(sums, derived, null, sums.strays() ? Sums.DISAGREE : Sums.AGREE);
    } catch (CairnException e) {
      // Told where such a row is met with again, as everything is looked up; else in the end.
      return new DerivedAudit(null, null, e, Sums.UNKNOWN);
    }
  }

  /** What derived rows tell of records; null if that is not asked. */
  @Nullable RecordSums sums() {
    return sums;
  }

  /** Takes note of what is known of a stretch. */
  void add(Sums stretch) {
    state = stretch.compareTo(state) > 0 ? stretch : state;
  }

  /** What is known of all sums together. */
  Sums state() {
    return state;
  }

  /** Why derived rows cannot be read; null if they can. */
  @Nullable CairnException unreadable() {
    return unreadable;
  }

  /** True unless it is known, or must be feared, that some sum does not agree. */
  boolean agrees() {
    return state == Sums.AGREE;
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
    return agrees() ? Optional.ofNullable(derived) : Optional.empty();
  }
}
