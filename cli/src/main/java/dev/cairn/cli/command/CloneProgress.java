package dev.cairn.cli.command;

import dev.cairn.asl.store.Store;
import dev.cairn.cli.console.Stage;
import dev.cairn.federation.node.StoreBootstrap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Stages of a clone of a peer: records that come; then the state of all of them, which is compared
 * with what the peer said that it is. Safe for any thread.
 */
final class CloneProgress implements StoreBootstrap.Watcher, Supplier<Stage> {
  private final LongAdder taken = new LongAdder();
  private volatile long records = -1;
  private volatile @Nullable Compared compared;

  /** A store whose state is computed, what of its rows was read before, and what is to be read. */
  private record Compared(Store store, long before, long rows) {}

  @Override
  public void due(long count) {
    records = count;
  }

  @Override
  public void took(long count) {
    taken.add(count);
  }

  @Override
  public void compares(Store store) {
    compared = new Compared(store, store.rowsRead(), store.rowsToState());
  }

  @Override
  public Stage get() {
    Compared now = compared;
    return now == null
        ? Stage.of("records received", records, taken.sum())
        : Stage.of(RowsRead.TASK, now.rows, now.store.rowsRead() - now.before);
  }
}
