package dev.cairn.cli.command;

import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.federation.node.CairnNode;
import java.util.concurrent.Callable;

/** A command that works on an open store. */
abstract class StoreCommand implements Callable<Integer> {
  private final CairnCommand cairn;

  StoreCommand(CairnCommand cairn) {
    this.cairn = cairn;
  }

  final CairnCommand cairn() {
    return cairn;
  }

  @Override
  public final Integer call() throws Exception {
    checkArguments();
    Console console = cairn.console();
    try (CairnNode node = readsOnly() ? cairn.openToRead() : cairn.open()) {
      return run(node, console).status();
    }
  }

  /**
   * True if it writes nothing: then it works beside another process that has the store open, and on
   * a backup.
   */
  boolean readsOnly() {
    return false;
  }

  /** Refuses what cannot be, before the store is opened. */
  void checkArguments() {}

  abstract ExitCode run(CairnNode node, Console console) throws Exception;
}
