package dev.cairn.pel.operator;

import dev.cairn.asl.model.Snapshot;
import java.io.IOException;

/**
 * What the one who runs an operator does for it while {@link Operator#run} is at work; not
 * afterwards, and not while the output is read. For the thread that runs the operator.
 *
 * <p>Nothing that it gives tells more than the inputs do, so an operator that uses it is still a
 * function of its inputs and parameters.
 */
public interface OperatorHost {
  /** How deep operators may apply operators: a map of a map of a map of a map. */
  int DEPTH_MAX = 4;

  /** What is counted for each byte read or made, as {@link #works} counts. */
  int WORK_A_BYTE = 10;

  /** What is counted for an input opened. */
  int WORK_OF_OPENING = 10_000;

  /** Serves no one: for operators that need nothing of it. */
  OperatorHost NONE =
      new OperatorHost() {
        @Override
        public OperatorInput make(OperatorOutput output) {
          throw new IllegalArgumentException("no artifacts can be made here");
        }

        @Override
        public OperatorInput apply(Application application) {
          throw new IllegalArgumentException("no operator can be applied here");
        }

        @Override
        public SnapshotGraph graph(Snapshot snapshot) {
          throw new IllegalArgumentException("no graph can be read here");
        }

        @Override
        public void works(long units) {}

        @Override
        public long workLeft() {
          return Long.MAX_VALUE;
        }
      };

  /**
   * Makes an artifact beside the output: an item of the {@code pel/list} that the output will be.
   * It is committed with the run if a list names it that is itself an output of the node or named
   * so; otherwise it was for this run only.
   *
   * @return the artifact, whose key the list takes
   */
  OperatorInput make(OperatorOutput output) throws IOException;

  /**
   * Applies another operator, whose parameters have been checked. What it gives is an artifact as
   * one of {@link #make}. The operator sees the inputs as a node of a program would: what a list
   * calls them it does not see. So an application is a step, and taken from a receipt if one tells.
   *
   * @throws dev.cairn.pel.model.Refusal if that operator refuses
   * @throws dev.cairn.asl.error.RefusedException deeper than {@link #DEPTH_MAX}
   */
  OperatorInput apply(Application application) throws IOException;

  /**
   * The provenance graph under the cut of a snapshot that an input holds. What the operator makes
   * of it is a function of the snapshot: the store holds every commit of the cut, and of each log
   * the very records that the snapshot's root commits to.
   *
   * @throws dev.cairn.asl.error.CairnException if this store does not hold the whole cut, or other
   *     logs than the snapshot names; never recorded
   */
  SnapshotGraph graph(Snapshot snapshot);

  /**
   * Tells of work, done or about to be done, that the bytes read and made do not show: by it, who
   * checks the receipts of strangers bounds what that costs. The amount must follow from inputs and
   * parameters alone, as the output does. Unlike the rest, for any thread, and also while the
   * output is read.
   *
   * @param units each about a nanosecond of one processor
   * @throws dev.cairn.asl.error.RefusedException if that is more than the run may still do; never
   *     recorded
   */
  void works(long units);

  /**
   * Work at a price for each of so many, which some input claims there are.
   *
   * @param count 0 or more
   * @return {@link Long#MAX_VALUE} if that is too large for a number
   */
  static long work(long price, long count) {
    return count > Long.MAX_VALUE / price ? Long.MAX_VALUE : price * count;
  }

  /** How much the run may still do, in the same units; no result may depend on it. */
  long workLeft();
}
