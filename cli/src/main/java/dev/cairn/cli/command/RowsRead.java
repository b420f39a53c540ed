package dev.cairn.cli.command;

import dev.cairn.asl.store.Store;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.Stage;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Progress of what reads a store's rows, and does not tell how far it is. */
final class RowsRead {
  /** What is counted. */
  static final String TASK = "rows read";

  private RowsRead() {}

  /**
   * Does such work.
   *
   * @param about how many rows it reads, or negative if not known
   */
  static <T> T watch(Console console, Store store, long about, Supplier<T> work) {
    long before = store.rowsRead();
    return console.watching(TASK, about, () -> store.rowsRead() - before, work);
  }

  /** Does such work, that has no result. */
  static void watch(Console console, Store store, long about, Runnable work) {
    boolean unused =
        watch(
            console,
            store,
            about,
            () -> {
              work.run();
              return true;
            });
  }

  /**
   * Stages of work that tells how far it is, and behind that reads rows, of nobody knows how many.
   *
   * @param stores whose rows
   * @param counted the stage that is known; it is over when its end is reached
   */
  static Supplier<Stage> behind(List<Store> stores, Supplier<Stage> counted) {
    return new Behind(counted, () -> of(stores));
  }

  /** How many were read of stores so far. */
  static long of(List<Store> stores) {
    return stores.stream().mapToLong(Store::rowsRead).sum();
  }

  /** One owner. */
  private static final class Behind implements Supplier<Stage> {
    private final Supplier<Stage> counted;
    private final LongSupplier rows;
    private boolean over;
    private long before = -1;

    Behind(Supplier<Stage> counted, LongSupplier rows) {
      this.counted = counted;
      this.rows = rows;
    }

    @Override
    public Stage get() {
      if (over) {
        // At the look behind the one that saw the end: then that was shown.
        before = before < 0 ? rows.getAsLong() : before;
        return Stage.of(TASK, -1, rows.getAsLong() - before);
      }
      Stage stage = counted.get();
      over = stage.total() >= 0 && stage.done() >= stage.total();
      return stage;
    }
  }
}
