package dev.cairn.federation.audit;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.Store;
import dev.cairn.pel.index.Receipts;
import dev.cairn.pel.model.RunStatus;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.run.Executor;
import dev.cairn.pel.run.RunOptions;
import dev.cairn.pel.run.Verification;
import java.util.Optional;

/**
 * Checks receipts with the executor. A receipt of a run that was skipped or may be tried again
 * claims nothing, so nothing can be wrong with it. Safe for any thread.
 */
public final class Reexecution implements ReceiptCheck {
  private final OperatorRegistry operators;
  private final RunOptions options;

  /**
   * A check with these operators.
   *
   * @param options how to run; reuse plays no part
   */
  public Reexecution(OperatorRegistry operators, RunOptions options) {
    this.operators = operators;
    this.options = options;
  }

  @Override
  public Optional<String> differs(Store store, ArtifactKey receipt) {
    RunStatus status = new Receipts(store, store.now()).read(receipt).status();
    if (status == RunStatus.FAILED_RETRYABLE || status == RunStatus.SKIPPED) {
      return Optional.empty();
    }
    Verification verification = new Executor(store, operators).verify(receipt, options);
    if (verification instanceof Verification.Refuted refuted) {
      return Optional.of(
          refuted.place() + ": claimed " + refuted.claimed() + ", found " + refuted.found());
    }
    return Optional.empty();
  }
}
