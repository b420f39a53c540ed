package dev.cairn.tgk.plan.run;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.store.IdCursor;
import dev.cairn.tgk.plan.Condition;
import dev.cairn.tgk.plan.Plan;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A scan of one shard with the row-wise operators that stand right above it. One owner at a time.
 */
final class ScanOperator implements Operator {
  private final Execution execution;
  private final PlanNode scan;
  private final Plan.Source source;
  private final boolean history;
  private final List<Step> steps;
  private final List<DigestRange> ranges;
  private final @Nullable KnownIds known;
  private int nextRange;
  private @Nullable IdCursor ids;
  private long idsLeft;

  /**
   * @param scan the scan's node
   * @param history also ids that are not live
   * @param steps the operators above it, the lowest first
   * @param ranges what to look through, in order
   * @param known all ids that may pass the steps, if that is known
   */
  ScanOperator(
      Execution execution,
      PlanNode scan,
      boolean history,
      List<Step> steps,
      List<DigestRange> ranges,
      @Nullable KnownIds known) {
    this.known = known;
    this.execution = execution;
    this.scan = scan;
    this.source = ((Plan.SegmentScan) scan.plan()).source();
    this.history = history;
    this.steps = steps;
    this.ranges = ranges;
    this.idsLeft = execution.sampleIds();
  }

  /** The ranges that a filter leaves of a range. */
  static List<DigestRange> narrowed(DigestRange range, List<Condition> conditions) {
    List<DigestRange> narrowed = List.of(range);
    for (Condition condition : conditions) {
      List<DigestRange> next = new ArrayList<>();
      for (DigestRange wide : narrowed) {
        for (DigestRange asked : DigestRange.of(condition)) {
          DigestRange both = wide.and(asked);
          if (!both.isEmpty()) {
            next.add(both);
          }
        }
      }
      narrowed = next;
    }
    return narrowed;
  }

  @Override
  public @Nullable Row next() {
    while (advance()) {
      Execution.checkInterrupt();
      scan.read();
      Row row = present();
      Row out = row == null ? null : Step.apply(steps, row);
      if (out != null) {
        return out;
      }
    }
    return null;
  }

  /** Moves to the next id; false at the end of the last range. */
  private boolean advance() {
    while (idsLeft-- > 0) {
      if (ids != null && ids.next()) {
        return true;
      }
      close();
      if (nextRange == ranges.size()) {
        return false;
      }
      DigestRange range = ranges.get(nextRange++);
      ids =
          known == null
              ? execution.resolver().view().ids(range.from(), range.to())
              : known.ids(range, execution.resolver().view());
      idsLeft++;
    }
    return false;
  }

  private @Nullable Row present() {
    if (ids == null) {
      throw new AssertionError("no present id");
    }
    ArtifactKey key = ids.key();
    Standing standing =
        ids.known()
            .map(Resolver::of)
            .orElseGet(() -> history ? execution.resolver().retracted(key) : null);
    if (standing == null || !wanted(standing.kind())) {
      return null;
    }
    scan.gave();
    return ItemRow.of(execution.resolver(), key, standing);
  }

  private boolean wanted(RecordKind kind) {
    return switch (source) {
      case ARTIFACTS -> kind == RecordKind.ARTIFACT;
      case EDGES -> kind == RecordKind.TGK_EDGE;
      case RECEIPTS -> kind == RecordKind.PER;
      case EVERYTHING -> true;
    };
  }

  /** The path right behind a key's. */
  static Bytes behind(ArtifactKey key) {
    return Bytes.wrap(OrderedBytes.concat(OrderedBytes.path(key), new byte[1]));
  }

  @Override
  public void close() {
    if (ids != null) {
      ids.close();
      ids = null;
    }
  }
}
