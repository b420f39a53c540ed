package dev.cairn.cli.command;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.View;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonArray;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.tgk.LineageOptions;
import dev.cairn.tgk.PathStep;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cairn path}: how one artifact came from another. */
@Command(
    name = "path",
    description = {
      "Shows one shortest derivation between two artifacts: from the first, the cause, to the",
      "second, the effect; or, if there is none, the other way round. Exit code 1 if neither is."
    },
    footer = {
      "",
      "Example: cairn path 3f9a2c 77b01d",
      "         cairn path @main.c @main.o --at v1"
    })
final class PathCommand extends StoreCommand {
  @Parameters(index = "0", paramLabel = "FROM", description = "One artifact.")
  private String from;

  @Parameters(index = "1", paramLabel = "TO", description = "The other.")
  private String to;

  @Option(names = "--at", paramLabel = "SNAPSHOT", description = "As of this snapshot.")
  private @Nullable String at;

  PathCommand(CairnCommand cairn) {
    super(cairn);
  }

  @Override
  Access access() {
    return Access.LOOK;
  }

  @Override
  ExitCode run(CairnNode node, Console console) throws IOException {
    Store store = node.store();
    Keys keys = new Keys(cairn(), store);
    ArtifactKey first = keys.resolve(from, null);
    ArtifactKey second = keys.resolve(to, null);
    View view = Snapshots.view(store, at);
    var forwards = path(node, first, second, view, console);
    boolean turned = forwards.isEmpty();
    List<PathStep> steps =
        forwards
            .or(() -> path(node, second, first, view, console))
            .orElseThrow(
                () ->
                    CommandFailure.negative(
                        "no derivation between " + first + " and " + second,
                        "look at 'cairn lineage' of either"));
    if (console.json()) {
      JsonArray told = new JsonArray();
      for (PathStep step : steps) {
        told.add(
            new JsonObject()
                .addText("cause", step.cause())
                .addText("effect", step.effect())
                .addText("edge", step.edge().key())
                .addText("type", step.edge().edge().type()));
      }
      console.line(
          new JsonObject()
              .addText("from", turned ? second : first)
              .addText("to", turned ? first : second)
              .add("length", steps.size())
              .add("steps", told)
              .toString());
      return ExitCode.DONE;
    }
    console.line((turned ? second : first).toString());
    for (PathStep step : steps) {
      console.line("  -> " + step.edge().edge().type() + "  " + step.effect());
    }
    return ExitCode.DONE;
  }

  private static Optional<List<PathStep>> path(
      CairnNode node, ArtifactKey cause, ArtifactKey effect, View view, Console console) {
    return RowsRead.watch(
        console,
        node.store(),
        -1,
        () -> node.graph().path(cause, effect, LineageOptions.ALL, view));
  }
}
