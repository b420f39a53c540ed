package dev.cairn.cli.command;

import dev.cairn.asl.store.Store;
import dev.cairn.cli.console.Console;
import java.util.function.Supplier;

/** Progress of what reads a store's rows, and does not tell how far it is. */
final class RowsRead {
  private RowsRead() {}

  /**
   * Does such work.
   *
   * @param about how many rows it reads, or negative if not known
   */
  static <T> T watch(Console console, Store store, long about, Supplier<T> work) {
    long before = store.rowsRead();
    return console.watching("rows read", about, () -> store.rowsRead() - before, work);
  }
}
