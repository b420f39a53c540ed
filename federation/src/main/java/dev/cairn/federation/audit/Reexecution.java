package dev.cairn.federation.audit;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.Store;
import dev.cairn.pel.index.Receipts;
import dev.cairn.pel.model.RunStatus;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.run.Cost;
import dev.cairn.pel.run.Executor;
import dev.cairn.pel.run.Meter;
import dev.cairn.pel.run.RetryPolicy;
import dev.cairn.pel.run.RunLimits;
import dev.cairn.pel.run.RunOptions;
import dev.cairn.pel.run.StepMemo;
import dev.cairn.pel.run.Verification;
import org.jspecify.annotations.Nullable;

/**
 * Checks receipts with the executor. A receipt of a run that was skipped or may be tried again
 * claims nothing, so nothing can be wrong with it.
 *
 * <p>Several receipts are tried at once, each by one thread and within narrow limits. What cannot
 * be known of one so, as it needs more, is tried again within the limits that were asked for, one
 * such receipt at a time: so together they take what one may take and {@link #NARROW} for each
 * thread, and what is found does not depend on how many there are. A step that receipts share runs
 * once, if what it gives is live in the store, and counts as what each of them takes. What is tried
 * again takes what the second try does. What is remembered is of the store asked about last. Safe
 * for any thread.
 */
public final class Reexecution implements ReceiptCheck {
  /**
   * Limits of what is tried beside others: 8 MiB of inputs in memory, 64 MiB, 8 MiB held, a minute.
   */
  public static final RunLimits NARROW =
      new RunLimits(8L << 20, 8L << 20, 64L << 20, 8L << 20, 64L << 20, 60_000, 60_000);

  private static final Cost READ = new Cost(Meter.RUN, 0);

  private final OperatorRegistry operators;
  private final RunOptions options;
  private final RunOptions narrow;
  private StepMemo memo = new StepMemo();

  /** The store that {@link #memo} is of: what a step costs hangs on what is live there. */
  private @Nullable Store remembered;

  /** Held by the one that may take what was asked for. */
  private final Object alone = new Object();

  /**
   * A check with these operators.
   *
   * @param options how to run; reuse and threads play no part, and what fails is tried once more
   *     alone
   */
  public Reexecution(OperatorRegistry operators, RunOptions options) {
    this.operators = operators;
    this.options = options.withRetry(RetryPolicy.NEVER).withThreads(1);
    this.narrow = this.options.withLimits(least(options.limits(), NARROW));
  }

  /**
   * A check that never takes more than {@link #NARROW}: what needs more cannot be known. For what
   * strangers made, and for stores in memory.
   */
  public static Reexecution narrow(OperatorRegistry operators, RunOptions options) {
    return new Reexecution(operators, options.withLimits(least(options.limits(), NARROW)));
  }

  private synchronized StepMemo memo(Store store) {
    if (remembered != store) {
      remembered = store;
      memo = new StepMemo();
    }
    return memo;
  }

  private static RunLimits least(RunLimits asked, RunLimits other) {
    return new RunLimits(
        Math.min(asked.inputBytesInMemoryMax(), other.inputBytesInMemoryMax()),
        Math.min(asked.stepInputBytesInMemoryMax(), other.stepInputBytesInMemoryMax()),
        Math.min(asked.outputBytesMax(), other.outputBytesMax()),
        Math.min(asked.heldBytesMax(), other.heldBytesMax()),
        Math.min(asked.runOutputBytesMax(), other.runOutputBytesMax()),
        Math.min(asked.stepMillisMax(), other.stepMillisMax()),
        Math.min(asked.runMillisMax(), other.runMillisMax()));
  }

  @Override
  public Checked check(Store store, ArtifactKey receipt, Cost max) {
    try {
      RunStatus status = new Receipts(store, store.now()).read(receipt).status();
      if (status == RunStatus.FAILED_RETRYABLE || status == RunStatus.SKIPPED) {
        return new Checked(null, null, READ);
      }
    } catch (CairnException e) {
      return new Checked(null, e.getMessage(), READ);
    }
    Executor executor = new Executor(store, operators);
    StepMemo memo = memo(store);
    Meter meter = new Meter(max);
    Checked checked = check(executor, receipt, narrow, memo, meter);
    if (checked.unknown() == null
        || meter.hasRefused() // And so would the second try, which does no less.
        || Thread.currentThread().isInterrupted()
        || options.limits().equals(narrow.limits())) {
      return checked;
    }
    synchronized (alone) {
      return check(executor, receipt, options, memo, new Meter(max));
    }
  }

  private static Checked check(
      Executor executor, ArtifactKey receipt, RunOptions within, StepMemo memo, Meter meter) {
    try {
      String differs = null;
      if (executor.verify(receipt, within, memo, meter) instanceof Verification.Refuted refuted) {
        differs = refuted.place() + ": claimed " + refuted.claimed() + ", found " + refuted.found();
      }
      return new Checked(differs, null, meter.taken());
    } catch (CairnException e) {
      // How much it may hangs on when it began.
      String why =
          meter.hasRefused() ? "it takes more than it may" : String.valueOf(e.getMessage());
      return new Checked(null, why, meter.taken());
    } catch (RuntimeException | AssertionError e) {
      // One broken operator, or whoever knows how to break one, must not end the audit of the rest.
      return new Checked(null, "running it ended unexpectedly: " + e.getMessage(), meter.taken());
    }
  }
}
