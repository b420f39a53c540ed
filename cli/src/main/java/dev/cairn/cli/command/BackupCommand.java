package dev.cairn.cli.command;

import dev.cairn.asl.error.RefusedException;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.node.StoreCopies;
import dev.cairn.federation.node.StoreDirectory;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code cairn backup}: a copy that a store can be made of again. */
@Command(
    name = "backup",
    description = {
      "Makes a backup of the store, whole or not at all. On the same file system it shares the",
      "large files with the store, which neither ever changes. It holds the node's secret key.",
      "Commands that only read, and fsck, work on it."
    },
    footer = {
      "",
      "Example: cairn backup /mnt/backups/monday && cairn --store /mnt/backups/monday fsck"
    })
final class BackupCommand extends StoreCommand {
  @Parameters(paramLabel = "DIR", description = "Where; nothing may be there.")
  private String directory;

  BackupCommand(CairnCommand cairn) {
    super(cairn);
  }

  @Override
  ExitCode run(CairnNode node, Console console) {
    Path place = cairn().path(directory);
    node.store().stateRoot(); // Kept in the copy, so that reading it there costs little.
    try {
      CopyProgress.watch(
          console,
          "backup",
          node.store().bytesOnDisk(),
          making -> StoreCopies.backup(node, place, making));
    } catch (RefusedException e) {
      throw CommandFailure.unfinished(String.valueOf(e.getMessage()), "name another place");
    }
    try (CairnNode made = StoreDirectory.openReadOnly(place, cairn().environment().clock())) {
      console.result(
          Describe.store(made.store()).addText("backup", place),
          "backup      " + place + "\nstate root  " + made.store().stateRoot().toHex());
      console.note("keep it from others: it holds the node's secret key");
    }
    return ExitCode.DONE;
  }
}
