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
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cairn restore}: a store of a backup, in the place of the one that is gone. */
@Command(
    name = "restore",
    description = {
      "Makes a store of a backup. It is the same node as the store that was backed up, and takes"
          + " its",
      "place: that one must not be used any more. It goes on in the next epoch; what peers hold of",
      "the old one comes back with the next sync."
    },
    footer = {"", "Example: cairn restore /mnt/backups/monday && cairn sync origin"})
final class RestoreCommand implements Callable<Integer> {
  private final CairnCommand cairn;

  @Parameters(paramLabel = "BACKUP", description = "The backup.")
  private String backup;

  @Option(
      names = "--into",
      paramLabel = "DIR",
      description = "Where; else --store, else CAIRN_STORE, else .cairn in this folder.")
  private @Nullable String into;

  RestoreCommand(CairnCommand cairn) {
    this.cairn = cairn;
  }

  @Override
  public Integer call() {
    Path source = cairn.path(backup);
    Path named = cairn.namedStore();
    Path place =
        into != null
            ? cairn.path(into)
            : named != null ? named : cairn.path(StoreDirectory.CONVENTIONAL_NAME);
    if (!StoreDirectory.isStore(source)) {
      throw CommandFailure.unfinished(
          "no backup at " + source, "make backups with 'cairn backup DIR'");
    }
    Console console = cairn.console();
    try {
      CopyProgress.watch(
          console,
          "restore",
          CopyProgress.bytes(source),
          making -> StoreCopies.restore(source, place, cairn.environment().clock(), making));
    } catch (RefusedException e) {
      throw CommandFailure.unfinished(
          String.valueOf(e.getMessage()), "name another place, or another backup");
    }
    try (CairnNode node = StoreDirectory.open(place, cairn.environment().clock())) {
      console.result(
          Describe.store(node.store()).addText("store", place),
          "store       "
              + place
              + "\nnode        "
              + node.store().origin()
              + "\nstate root  "
              + node.store().stateRoot().toHex());
    }
    console.note("do not use the store that was backed up any more; sync before you write");
    return ExitCode.DONE.status();
  }
}
