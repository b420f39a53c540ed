package dev.cairn.tgk.plan.run;

import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.tgk.plan.Plan;
import org.jspecify.annotations.Nullable;

/**
 * What the operators of one execution share. The scratch belongs to the owner's thread; all else is
 * safe for any.
 */
final class Execution implements AutoCloseable {
  /** Least memory of one thing that an operator keeps. */
  private static final long SHARE_BYTES_MIN = 1 << 10;

  private final Resolver resolver;
  private final QueryOptions options;
  private final Scratch scratch;
  private final long shareBytes;
  private final long sampleIds;

  /**
   * @param sampleIds how many ids each scan may look at; {@link Long#MAX_VALUE} for all
   */
  Execution(Resolver resolver, QueryOptions options, Plan plan, long sampleIds) {
    this.resolver = resolver;
    this.options = options;
    this.scratch = new Scratch(options.scratch(), options.scratchBytesMax());
    this.sampleIds = sampleIds;
    int keepers = Math.max(1, keepers(plan));
    this.shareBytes = options.memoryBytesMax() / keepers;
    if (shareBytes < SHARE_BYTES_MIN) {
      throw new RefusedException(
          "query: "
              + options.memoryBytesMax()
              + " bytes of memory are too few for a plan whose operators keep "
              + keepers
              + " sets of rows; allow "
              + keepers * SHARE_BYTES_MIN
              + " or more");
    }
  }

  /** How many things the operators of a plan keep, all together. */
  private static int keepers(Plan plan) {
    int own = 0;
    if (plan instanceof Plan.Traversal) {
      own = WalkLevels.KEEPERS;
    } else if (plan instanceof Plan.CommonNodes) {
      own = WalkLevels.KEEPERS + CommonOperator.KEEPERS;
    } else if (plan instanceof Plan.ShortestPath) {
      own = PathOperator.KEEPERS;
    } else if (plan instanceof Plan.Aggregation) {
      own = GroupOperator.KEEPERS;
    } else if (plan instanceof Plan.Merge merge && merge.mode() != Plan.Mode.CHAIN) {
      own = 1;
    }
    for (Plan input : plan.inputs()) {
      own += keepers(input);
    }
    return own;
  }

  Resolver resolver() {
    return resolver;
  }

  QueryOptions options() {
    return options;
  }

  long sampleIds() {
    return sampleIds;
  }

  boolean isSample() {
    return sampleIds != Long.MAX_VALUE;
  }

  Scratch scratch() {
    return scratch;
  }

  /** Memory of one thing that an operator keeps. */
  long shareBytes() {
    return shareBytes;
  }

  SpillSorter sorter() {
    return new SpillSorter(scratch, shareBytes);
  }

  SpillMap map(int valueBytes) {
    return new SpillMap(scratch, shareBytes, valueBytes);
  }

  /** Ends the query if its thread was interrupted; the flag stays. */
  static void checkInterrupt() {
    if (Thread.currentThread().isInterrupted()) {
      throw interrupted(null);
    }
  }

  static UnavailableException interrupted(@Nullable Throwable cause) {
    return new UnavailableException("query: interrupted; nothing was changed", cause);
  }

  @Override
  public void close() {
    scratch.close();
  }
}
