package dev.cairn.cli.command;

import dev.cairn.asl.error.CairnException;
import dev.cairn.cli.console.CancelOnStop;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.StopSignal;
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
    if (!isCancelled()) {
      return work().status();
    }
    try (StopSignal stop = new StopSignal()) {
      ExitCode code;
      CancelOnStop cancel = new CancelOnStop(stop);
      try (cancel) {
        code = work();
      } catch (CairnException e) {
        if (!cancel.hasCancelled()) {
          throw e;
        }
        // The process ends with what follows, so it cannot be left to whoever called.
        cairn.console().warn(String.valueOf(e.getMessage()));
        code = ExitCode.UNFINISHED;
      }
      stop.done(code);
      return code.status();
    }
  }

  private ExitCode work() throws Exception {
    Console console = cairn.console();
    try (CairnNode node = cairn.open(access())) {
      return run(node, console);
    }
  }

  /** What it does with the store. */
  Access access() {
    return Access.WRITE;
  }

  /**
   * True if SIGTERM and SIGINT interrupt the thread that runs it, which then gives up in order;
   * else the process ends at once, which leaves the store whole too.
   */
  boolean isCancelled() {
    return false;
  }

  /** Refuses what cannot be, before the store is opened. */
  void checkArguments() {}

  abstract ExitCode run(CairnNode node, Console console) throws Exception;
}
