package dev.cairn.cli.command;

import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.store.SnapshotInfo;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.federation.node.CairnNode;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cairn snapshot}: named states. */
@Command(
    name = "snapshot",
    description = "Takes, lists and shows snapshots.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "Example: cairn snapshot create --label before-release"})
final class SnapshotCommand implements Runnable {
  private SnapshotCommand() {}

  static CommandLine tree(CairnCommand cairn) {
    return new CommandLine(new SnapshotCommand())
        .addSubcommand(new Create(cairn))
        .addSubcommand(new ListAll(cairn))
        .addSubcommand(new Show(cairn));
  }

  @Override
  public void run() {
    throw CommandFailure.usage("no command given", "see 'cairn snapshot --help'");
  }

  private static void tell(SnapshotInfo info, Console console) {
    if (console.json()) {
      console.line(Describe.snapshot(info).toString());
      return;
    }
    console.line("snapshot    " + info.key());
    if (info.label() != null) {
      console.line("label       " + Text.safe(info.label()));
    }
    console.line("state root  " + info.snapshot().stateRoot().toHex());
    console.line(
        "live        "
            + info.live().artifacts()
            + " artifacts, "
            + info.live().edges()
            + " edges, "
            + info.live().receipts()
            + " receipts");
    for (Snapshot.Head head : info.snapshot().heads()) {
      console.line(
          "cut         "
              + head.origin()
              + " up to logseq "
              + head.logseq()
              + ", "
              + head.treeSize()
              + " records, root "
              + head.root().toHex());
    }
  }

  @Command(
      name = "create",
      description = "Takes a snapshot of the present. Changes no log.",
      footer = {"", "Example: cairn snapshot create --label before-release"})
  private static final class Create extends StoreCommand {
    @Option(names = "--label", paramLabel = "L", description = "This store's name for it.")
    private @Nullable String label;

    Create(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    ExitCode run(CairnNode node, Console console) {
      tell(node.store().snapshot(label), console);
      return ExitCode.DONE;
    }
  }

  @Command(
      name = "list",
      description = "Lists the snapshots kept here, oldest first.",
      footer = {"", "Example: cairn snapshot list"})
  private static final class ListAll extends StoreCommand {
    ListAll(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    boolean readsOnly() {
      return true;
    }

    @Override
    ExitCode run(CairnNode node, Console console) {
      for (SnapshotInfo info : node.store().snapshots()) {
        String label = info.label();
        console.result(
            Describe.snapshot(info),
            info.key()
                + "  "
                + Instant.ofEpochMilli(info.createdMillis())
                + "  "
                + (label == null ? "" : Text.safe(label)));
      }
      return ExitCode.DONE;
    }
  }

  @Command(
      name = "show",
      description = "Shows a snapshot.",
      footer = {"", "Example: cairn snapshot show before-release"})
  private static final class Show extends StoreCommand {
    @Parameters(
        paramLabel = "S",
        description = "Its label, its key, or 6 hex digits or more of it.")
    private String snapshot;

    Show(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    boolean readsOnly() {
      return true;
    }

    @Override
    ExitCode run(CairnNode node, Console console) {
      tell(Snapshots.find(node.store(), snapshot), console);
      return ExitCode.DONE;
    }
  }
}
