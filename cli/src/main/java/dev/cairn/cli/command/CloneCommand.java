package dev.cairn.cli.command;

import dev.cairn.asl.error.RefusedException;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.node.StoreCopies;
import dev.cairn.federation.node.StoreDirectory;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code cairn clone}: another node that begins with what a store holds. */
@Command(
    name = "clone",
    description = {
      "Makes another node, with a fresh key, that begins with all that a store or a backup holds.",
      "Both go on side by side, and sync as any two nodes do."
    },
    footer = {"", "Example: cairn clone .cairn /srv/second"})
final class CloneCommand implements Callable<Integer> {
  private final CairnCommand cairn;

  @Parameters(index = "0", paramLabel = "SRC", description = "A store or a backup.")
  private String source;

  @Parameters(index = "1", paramLabel = "DIR", description = "Where; nothing may be there.")
  private String directory;

  CloneCommand(CairnCommand cairn) {
    this.cairn = cairn;
  }

  @Override
  public Integer call() {
    Path from = cairn.path(source);
    Path place = cairn.path(directory);
    if (!StoreDirectory.isStore(from)) {
      Path inside = from.resolve(StoreDirectory.CONVENTIONAL_NAME);
      if (!StoreDirectory.isStore(inside)) {
        throw CommandFailure.unfinished("no store at " + from, "name a store or a backup");
      }
      from = inside;
    }
    try {
      StoreCopies.clone(from, place, cairn.environment().clock());
    } catch (RefusedException e) {
      throw CommandFailure.unfinished(String.valueOf(e.getMessage()), "name another place");
    }
    Console console = cairn.console();
    try (CairnNode node = StoreDirectory.open(place, cairn.environment().clock())) {
      console.result(
          Describe.store(node.store()).addText("store", place),
          node.store().origin().node().toString());
    }
    return ExitCode.DONE.status();
  }
}
