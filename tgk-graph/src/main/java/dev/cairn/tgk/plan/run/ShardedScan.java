package dev.cairn.tgk.plan.run;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.tgk.plan.Condition;
import dev.cairn.tgk.plan.Plan;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A scan and the row-wise operators above it, shard after shard, so in key order. With several
 * threads, shards are read ahead of their turn by {@link ShardReaders}. One owner at a time.
 */
final class ShardedScan implements Operator {
  private final List<Operator> shards = new ArrayList<>();
  private final @Nullable ShardReaders readers;
  private int at;

  private ShardedScan(List<Operator> shards, @Nullable ShardReaders readers) {
    this.shards.addAll(shards);
    this.readers = readers;
  }

  /**
   * @param shadow the tombstone shadow that stands on the scan
   * @param steps the operators above the scan, that shadow among them, the lowest first
   * @param conditions those of the filters among them
   * @param after only what comes behind this key, if any
   */
  static ShardedScan open(
      Execution execution,
      PlanNode shadow,
      List<Step> steps,
      List<Condition> conditions,
      @Nullable ArtifactKey after) {
    boolean history = ((Plan.TombstoneShadow) shadow.plan()).history();
    DigestRange rest =
        after == null ? DigestRange.ALL : new DigestRange(ScanOperator.behind(after), Bytes.EMPTY);
    KnownIds known = KnownIds.of(execution, shadow, conditions);
    int count = execution.isSample() ? 1 : execution.options().shards();
    List<Operator> shards = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      DigestRange shard = DigestRange.shard(i, count).and(rest);
      if (!shard.isEmpty()) {
        shards.add(
            new ScanOperator(
                execution,
                shadow.input(),
                history,
                steps,
                ScanOperator.narrowed(shard, conditions),
                known));
      }
    }
    int threads = execution.isSample() ? 1 : Math.min(execution.options().threads(), count);
    if (threads == 1) {
      return new ShardedScan(shards, null);
    }
    ShardReaders readers = new ShardReaders(shards, threads);
    return new ShardedScan(readers.shards(), readers);
  }

  @Override
  public @Nullable Row next() {
    while (at < shards.size()) {
      Row row = shards.get(at).next();
      if (row != null) {
        return row;
      }
      shards.get(at++).close();
    }
    return null;
  }

  @Override
  public void close() {
    if (readers != null) {
      readers.close();
    }
    while (at < shards.size()) {
      shards.get(at++).close();
    }
  }
}
