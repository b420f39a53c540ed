package dev.cairn.cli.command;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.View;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.tgk.Direction;
import dev.cairn.tgk.Lineage;
import dev.cairn.tgk.LineageCounts;
import dev.cairn.tgk.LineageOptions;
import dev.cairn.tgk.render.LineageDrawing;
import dev.cairn.tgk.render.LineageStructure;
import dev.cairn.tgk.render.LineageTree;
import dev.cairn.tgk.render.NodeLabel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cairn lineage}: what an artifact came from, or what became of it. */
@Command(
    name = "lineage",
    description = {
      "Walks the graph from an artifact: up, to what it came from (unless told otherwise), or"
          + " down,",
      "to what became of it."
    },
    footer = {"", "Example: cairn lineage 77b01d --up --depth 3 --format mermaid"})
final class LineageCommand extends StoreCommand {
  enum Format {
    TREE,
    JSON,
    DOT,
    MERMAID,
    COUNT
  }

  static final class Way {
    @Option(names = "--up", description = "To causes.")
    private boolean unusedUp; // what happens anyway

    @Option(names = "--down", description = "To effects.")
    private boolean down;
  }

  @Parameters(paramLabel = "KEY", description = "Where to begin.")
  private String key;

  @ArgGroup(exclusive = true)
  private @Nullable Way way;

  @Option(names = "--depth", paramLabel = "N", description = "At most so many edges away.")
  private int depth = LineageOptions.DEPTH_UNLIMITED;

  @Option(names = "--type", paramLabel = "T", description = "Only along edges of these types.")
  private List<String> types = new ArrayList<>();

  @Option(names = "--at", paramLabel = "SNAPSHOT", description = "As of this snapshot.")
  private @Nullable String at;

  @Option(
      names = "--format",
      paramLabel = "F",
      description = "One of tree (unless --json), json, dot, mermaid, count.")
  private @Nullable Format format;

  LineageCommand(CairnCommand cairn) {
    super(cairn);
  }

  @Override
  Access access() {
    return Access.LOOK;
  }

  @Override
  void checkArguments() {
    if (depth < 0) {
      throw CommandFailure.usage("negative depth " + depth, "give 0 or more");
    }
  }

  @Override
  ExitCode run(CairnNode node, Console console) throws IOException {
    Store store = node.store();
    ArtifactKey start = new Keys(cairn(), store).resolve(key, null);
    View view = Snapshots.view(store, at);
    LineageOptions options = LineageOptions.ALL.withDepthMax(depth).withTypes(Ends.types(types));
    Direction direction = way != null && way.down ? Direction.DOWN : Direction.UP;
    Format shape = format != null ? format : console.json() ? Format.JSON : Format.TREE;
    if (shape == Format.COUNT) {
      LineageCounts counts =
          RowsRead.watch(
              console,
              store,
              -1,
              () -> node.graph().count(List.of(start), direction, options, view));
      console.result(
          JsonObject.of(LineageStructure.of(counts)),
          "nodes " + counts.nodes() + ", edges " + counts.edges() + ", depth " + counts.depth());
      return ExitCode.DONE;
    }
    Lineage lineage =
        RowsRead.watch(
            console,
            store,
            -1,
            () -> node.graph().lineage(List.of(start), direction, options, view));
    NodeLabel label = found -> Artifacts.label(view, found);
    switch (shape) {
      case JSON -> console.line(JsonObject.of(LineageStructure.of(lineage)).toString());
      case TREE -> LineageTree.write(lineage, label, console.out());
      case DOT -> LineageDrawing.writeDot(lineage, label, console.out());
      case MERMAID -> LineageDrawing.writeMermaid(lineage, label, console.out());
      case COUNT -> throw new AssertionError("told before");
    }
    return ExitCode.DONE;
  }
}
