package dev.cairn.cli.command;

import dev.cairn.asl.error.DamagedException;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonArray;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.cli.console.Progress;
import dev.cairn.federation.node.CairnNode;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code cairn fsck}: finds all damage. */
@Command(
    name = "fsck",
    description = {
      "Reads every record and every payload and recomputes every hash, every log's Merkle root, every",
      "checkpoint's signature and the state root. Exit code 1 if anything is damaged."
    },
    footer = {"", "Example: cairn fsck"})
final class FsckCommand implements Callable<Integer> {
  private final CairnCommand cairn;

  FsckCommand(CairnCommand cairn) {
    this.cairn = cairn;
  }

  @Override
  public Integer call() {
    Console console = cairn.console();
    StoreCheck.Result result;
    try (CairnNode node = cairn.openToRead();
        Progress progress = console.progress("fsck", StoreCheck.steps(node.store()))) {
      result = new StoreCheck(node.store(), progress).run();
    } catch (DamagedException e) {
      // Too damaged to open: that is an answer too.
      result =
          new StoreCheck.Result(
              0,
              List.of(
                  new StoreCheck.Damage(
                      null, cairn.storeDirectory().toString(), String.valueOf(e.getMessage()))));
    }
    JsonArray damaged = new JsonArray();
    for (StoreCheck.Damage damage : result.damaged()) {
      damaged.add(
          new JsonObject()
              .addText("key", damage.key())
              .add("where", damage.where())
              .add("error", damage.error()));
      if (!console.json()) {
        console.line(
            "damaged: "
                + (damage.key() == null ? "" : damage.key() + ", ")
                + damage.where()
                + ": "
                + damage.error());
      }
    }
    console.result(
        new JsonObject()
            .add("checked", result.checked())
            .add("damaged", damaged)
            .add("repaired", 0),
        result.checked()
            + " records and payloads checked, "
            + result.damaged().size()
            + " damaged");
    if (result.damaged().isEmpty()) {
      return ExitCode.DONE.status();
    }
    throw CommandFailure.negative(
        result.damaged().size() + " damaged",
        "fetch what is damaged from a peer or a bundle into a new store");
  }
}
