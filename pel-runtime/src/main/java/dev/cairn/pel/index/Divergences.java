package dev.cairn.pel.index;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.View;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.model.RunStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Finds receipts that contradict each other, in the rows of {@link ReceiptIndex}: one pass over
 * them, in which what contradicts itself stands side by side. What is found is a function of the
 * records within the view. Safe for any thread.
 *
 * <p>Two receipts that tell how a program must end on the same inputs are one and the same if both
 * are right. So any two differ somewhere that matters, even if they agree about the outputs.
 */
public final class Divergences {
  private final Store store;
  private final View view;
  private final Receipts receipts;

  /** Among the receipts that are live in a view of a store. */
  public Divergences(Store store, View view) {
    this.store = store;
    this.view = view;
    this.receipts = new Receipts(store, view);
  }

  /** All of them, those about runs first, each kind in the order of subjects; at most so many. */
  public List<Divergence> find(int max) {
    List<Divergence> found = new ArrayList<>();
    forEach(
        divergence -> {
          found.add(divergence);
          return found.size() >= max;
        });
    return found;
  }

  /**
   * Tells all of them, those about runs first, each kind in the order of subjects.
   *
   * @param last told of each; true to end here
   */
  public void forEach(Predicate<Divergence> last) {
    if (!runs(last)) {
      steps(last);
    }
  }

  private boolean runs(Predicate<Divergence> last) {
    try (RowCursor rows = scan(ReceiptIndex.INVOCATION)) {
      List<RunClaim> claims = new ArrayList<>();
      Bytes subject = Bytes.EMPTY;
      boolean more = rows.next();
      while (more) {
        Bytes at = ReceiptIndex.invocation(rows.key());
        if (!at.equals(subject)) {
          if (tellRun(subject, claims, last)) {
            return true;
          }
          claims.clear();
          subject = at;
        }
        RunStatus status = ReceiptIndex.status(ReceiptIndex.INVOCATION, rows.key(), rows.value());
        if (status.isConclusive()) {
          ArtifactKey key =
              ReceiptIndex.receipt(ReceiptIndex.INVOCATION, rows.key(), HashAlgorithm.DIGEST_BYTES);
          claims.add(new RunClaim(key, status, List.of()));
        }
        more = rows.next();
      }
      return tellRun(subject, claims, last);
    }
  }

  private boolean tellRun(Bytes subject, List<RunClaim> claims, Predicate<Divergence> last) {
    if (claims.size() < 2) {
      return false;
    }
    List<RunClaim> live = new ArrayList<>();
    for (RunClaim claim : claims) {
      if (view.isKnown(claim.receipt())) {
        live.add(
            new RunClaim(
                claim.receipt(),
                claim.status(),
                receipts.ranAll(claim.receipt(), Divergence.RECEIPTS_SHOWN_MAX)));
      }
    }
    return live.size() > 1
        && last.test(
            new Divergence.OfRun(subject, receipts.read(live.get(0).receipt()).program(), live));
  }

  private boolean steps(Predicate<Divergence> last) {
    try (RowCursor rows = scan(ReceiptIndex.STEP)) {
      Bytes claim = Bytes.EMPTY;
      boolean told = false;
      while (rows.next()) {
        Bytes key = rows.key();
        if (claim.isEmpty() || !key.startsWith(claim)) {
          boolean sameStep = !claim.isEmpty() && key.startsWith(StepClaims.step(claim));
          told = sameStep && told;
          if (sameStep && !told) {
            told = true;
            if (tellStep(StepClaims.step(key), last)) {
              return true;
            }
          }
          claim = StepClaims.claim(key);
        }
      }
      return false;
    }
  }

  private boolean tellStep(Bytes stepKey, Predicate<Divergence> last) {
    List<StepClaim> claims = receipts.claims(stepKey, null, Divergence.RECEIPTS_SHOWN_MAX);
    if (claims.size() < 2) {
      return false;
    }
    Receipt teller = receipts.read(claims.get(0).attestations().get(0).receipt());
    Receipt.Step step =
        teller.steps().values().stream()
            .filter(candidate -> candidate.key().equals(stepKey))
            .findFirst()
            .orElseThrow(() -> new AssertionError("a row of a step that is not there"));
    return last.test(new Divergence.OfStep(stepKey, step.operator(), step.inputs(), claims));
  }

  private RowCursor scan(Table table) {
    return store.rows().scan(table, Bytes.EMPTY, Bytes.EMPTY);
  }
}
