package dev.cairn.federation.audit;

import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.WorkerThreads;
import dev.cairn.federation.audit.AuditFinding.Kind;
import dev.cairn.federation.audit.AuditFinding.Place;
import dev.cairn.federation.audit.CheckResult.Thing;
import dev.cairn.federation.audit.ReceiptCheck.Checked;
import dev.cairn.pel.run.Cost;
import java.util.Iterator;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Runs the receipts of sources again, one after another as far as anyone can tell, until what all
 * of them may take is spent. One owner.
 *
 * <p>Receipts are taken in their order. One whose cost does not fit into what those before it left
 * is not told of, nor is any behind it, also of later sources: they are counted, and stay
 * undecided. One that takes more than {@link AuditPlan#costOfOne} is undecided by itself, and took
 * that. As costs do not depend on time, nor does where that is. Several run at once, each within
 * what is left when it begins, which is never less than what is left when its turn comes; so one
 * that is given up would not have fitted, and what is run beyond the end is no more than two
 * receipts a thread.
 */
final class ReceiptRuns {
  private static final String RECEIPTS = "receipts";

  private final AuditPlan plan;
  private final ReceiptCheck runner;
  private final ReceiptClaims claims;
  private final Consumer<ReceiptsUnderWay> progress;
  private Cost left;

  /** True once a receipt did not fit: those behind it are not run, be they ever so small. */
  private boolean spent;

  /** A receipt that was tried. */
  private record Tried(ArtifactKey receipt, Place place, Checked checked) {}

  /**
   * @param runner of {@code plan}
   * @param claims told what is right and what is not
   * @param progress told at the beginning of each source, and behind each receipt, by the owner
   */
  ReceiptRuns(
      AuditPlan plan,
      ReceiptCheck runner,
      ReceiptClaims claims,
      Consumer<ReceiptsUnderWay> progress) {
    this.plan = plan;
    this.runner = runner;
    this.claims = claims;
    this.progress = progress;
    this.left = plan.cost();
  }

  /** Runs those of one source. */
  void run(Store store, CheckLedger ledger) {
    ReceiptChoice.Chosen chosen;
    try {
      chosen = plan.receipts().of(store);
    } catch (RefusedException e) {
      ledger.cutShort(AuditCheck.RECEIPTS, "too many receipts to choose from");
      undecided(ledger, "too many receipts to choose from", String.valueOf(e.getMessage()));
      return;
    }
    ledger.looked(AuditCheck.RECEIPTS, Thing.RECEIPTS, 0);
    ledger.looked(AuditCheck.RECEIPTS, Thing.RECEIPTS_LIVE, chosen.live());
    if (chosen.count() < chosen.live()) {
      ledger.sampled(AuditCheck.RECEIPTS, chosen.note());
    }
    try (WorkerThreads workers = new WorkerThreads("audit", plan.threads())) {
      new OfSource(store, ledger, chosen).run(workers);
    }
  }

  /** Tells of receipts together; each reason is a finding of its own. */
  private static void undecided(CheckLedger ledger, String message, String detail) {
    Place place = Place.of(ledger.source(), RECEIPTS).with(detail);
    ledger.add(AuditCheck.RECEIPTS, Kind.UNDECIDED, RECEIPTS + ": " + message, message, place);
  }

  /** The receipts of one source. */
  private final class OfSource implements Iterator<Supplier<Tried>> {
    private final Store store;
    private final CheckLedger ledger;
    private final ReceiptChoice.Chosen chosen;
    private final Cost before = left;
    private long decided;

    OfSource(Store store, CheckLedger ledger, ReceiptChoice.Chosen chosen) {
      this.store = store;
      this.ledger = ledger;
      this.chosen = chosen;
    }

    private void tellProgress() {
      progress.accept(new ReceiptsUnderWay(ledger.source(), chosen.count(), decided));
    }

    void run(WorkerThreads workers) {
      tellProgress();
      try {
        if (!spent) {
          workers.eachWhile(this, this::settle);
        } else if (hasNext()) {
          spent(chosen.receipts().next());
        }
      } finally {
        ledger.looked(AuditCheck.RECEIPTS, Thing.RECEIPTS, decided);
        ledger.looked(AuditCheck.RECEIPTS, Thing.WORK, before.minus(left).work());
      }
    }

    @Override
    public boolean hasNext() {
      return chosen.receipts().hasNext();
    }

    @Override
    public Supplier<Tried> next() {
      ArtifactKey receipt = chosen.receipts().next();
      Cost max = left.least(plan.costOfOne());
      return () -> {
        LiveEntry entry = store.now().known(receipt).orElse(null);
        Place place = ReceiptClaims.receipt(ledger.source(), receipt, entry);
        return new Tried(receipt, place, runner.check(store, receipt, max));
      };
    }

    /** Takes the next one in order; false if it does not fit. */
    private boolean settle(Tried tried) {
      Checked checked = tried.checked();
      Cost took = checked.took().least(plan.costOfOne());
      if (!took.isWithin(left)) {
        spent = true;
        spent(tried.receipt());
        return false;
      }
      left = left.minus(took);
      decided++;
      tellProgress();
      tell(tried.receipt(), tried.place(), checked);
      return true;
    }

    private void tell(ArtifactKey receipt, Place place, Checked checked) {
      if (checked.unknown() != null) {
        ledger.add(
            AuditCheck.RECEIPTS,
            Kind.UNDECIDED,
            receipt.toString(),
            "a receipt cannot be run again here",
            place.with(checked.unknown() + whatOneMay(checked.took())));
        return;
      }
      claims.judge(receipt, checked.differs() == null);
      if (checked.differs() != null) {
        ledger.add(
            AuditCheck.RECEIPTS,
            Kind.RECEIPT,
            receipt.toString(),
            "a receipt is not what running its program again gives",
            place.with(checked.differs()));
      }
    }

    /** Said of one that took more; it counts as if it had taken just that. */
    private String whatOneMay(Cost took) {
      Cost may = plan.costOfOne();
      if (took.work() > may.work()) {
        return " (one receipt may take " + may.work() + " units of work; allow more for all)";
      }
      return took.leftBytes() > may.leftBytes()
          ? " (one receipt may make "
              + may.leftBytes()
              + " bytes of large outputs that the source does not have)"
          : "";
    }

    private void spent(ArtifactKey next) {
      Cost max = plan.cost();
      Cost taken = max.minus(left);
      String message = "not all receipts were run again: what that may take is spent";
      ledger.cutShort(
          AuditCheck.RECEIPTS,
          (chosen.count() - decided) + " of " + chosen.count() + " receipts were not run again");
      undecided(
          ledger,
          message,
          (chosen.count() - decided)
              + " of "
              + chosen.count()
              + " were not, from "
              + next
              + " on: those before it took "
              + taken.work()
              + " of "
              + max.work()
              + " units of work, and "
              + taken.leftBytes()
              + " of "
              + max.leftBytes()
              + " bytes of large outputs that the source does not have. Allow more work, or run"
              + " fewer receipts at a time");
    }
  }
}
