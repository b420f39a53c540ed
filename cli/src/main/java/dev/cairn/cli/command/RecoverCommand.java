package dev.cairn.cli.command;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.rocksdb.LostTail;
import dev.cairn.asl.model.Origin;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonArray;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.node.StoreCopies;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code cairn recover}: how a store goes on that lost the end of a log. */
@Command(
    name = "recover",
    description = {
      "Lets a store go on that is refused because the end of a log is gone which it had acknowledged:",
      "the loss is accepted, and the node goes on in the next epoch. What peers hold of it comes back",
      "with the next sync. A store that lost nothing stays as it is."
    },
    footer = {"", "Example: cairn recover && cairn sync origin"})
final class RecoverCommand implements Callable<Integer> {
  private final CairnCommand cairn;

  RecoverCommand(CairnCommand cairn) {
    this.cairn = cairn;
  }

  @Override
  public Integer call() {
    Path directory = cairn.storeDirectory();
    StoreCopies.Recovery recovery = StoreCopies.recover(directory, cairn.environment().clock());
    JsonArray lost = new JsonArray();
    StringBuilder text = new StringBuilder();
    for (LostTail tail : recovery.lost()) {
      String log = log(tail.log());
      lost.add(
          new JsonObject()
              .add("origin", log)
              .add("held", tail.held())
              .add("acknowledged", tail.acknowledged()));
      text.append("lost   ").append(log == null ? "" : log + ": ").append(tail).append('\n');
    }
    Console console = cairn.console();
    console.result(
        new JsonObject()
            .addText("store", directory)
            .add("epochBefore", recovery.epochBefore())
            .add("epoch", recovery.epoch())
            .add("lost", lost),
        text + "epoch  " + recovery.epoch());
    return ExitCode.DONE.status();
  }

  private static @org.jspecify.annotations.Nullable String log(Bytes log) {
    return log.length() == Origin.BYTES ? Origin.fromBytes(log).toString() : null;
  }
}
