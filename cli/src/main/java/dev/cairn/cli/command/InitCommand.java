package dev.cairn.cli.command;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.Federation;
import dev.cairn.asl.model.NodeId;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.node.StoreDirectory;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cairn init}: a new store and its node key. */
@Command(
    name = "init",
    description = "Makes a new store with a fresh node key; prints the node's identity.",
    footer = {"", "Example: cairn init --federation acme-builds"})
final class InitCommand implements Callable<Integer> {
  private final CairnCommand cairn;

  @Parameters(
      arity = "0..1",
      paramLabel = "DIR",
      description = "Where; else --store, else CAIRN_STORE, else .cairn in this folder.")
  private @Nullable String directory;

  @Option(
      names = "--federation",
      paramLabel = "NAME",
      defaultValue = "default",
      description = "The federation it belongs to, for good: a-z, 0-9, '.' and '-'.")
  private String federation;

  InitCommand(CairnCommand cairn) {
    this.cairn = cairn;
  }

  @Override
  public Integer call() {
    Path named = cairn.namedStore();
    Path place =
        directory != null
            ? cairn.path(directory)
            : named != null ? named : cairn.path(StoreDirectory.CONVENTIONAL_NAME);
    Console console = cairn.console();
    NodeId node;
    try {
      Federation.checkName(federation);
    } catch (MalformedException e) {
      throw CommandFailure.usage(String.valueOf(e.getMessage()), "choose another name");
    }
    try {
      node = StoreDirectory.init(place, federation);
    } catch (RefusedException e) {
      throw CommandFailure.unfinished(
          String.valueOf(e.getMessage()), "name another place, or use the store that is there");
    }
    console.result(
        new JsonObject()
            .addText("store", place)
            .addText("node", node)
            .add("federation", federation),
        node.toString());
    console.note("store " + place + " of federation " + federation);
    return ExitCode.DONE.status();
  }
}
