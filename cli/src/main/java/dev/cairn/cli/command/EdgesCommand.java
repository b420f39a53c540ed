package dev.cairn.cli.command;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.View;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.tgk.EdgeFilter;
import dev.cairn.tgk.Incidence;
import dev.cairn.tgk.Relation;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.Endpoint;
import dev.cairn.tgk.render.LineageStructure;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cairn edges}: the edges of one artifact. */
@Command(
    name = "edges",
    description = "Lists the edges that an artifact stands in, in the order of their keys.",
    footer = {
      "",
      "Example: cairn edges 3f9a2c --type git:commit",
      "         cairn edges 3f9a2c --history --at nightly --json"
    })
final class EdgesCommand extends StoreCommand {
  private static final int ENDS_SHOWN_MAX = 8;

  @Parameters(paramLabel = "KEY", description = "Which artifact.")
  private String key;

  @Option(names = "--type", paramLabel = "T", description = "Only edges of these types.")
  private List<String> types = new ArrayList<>();

  @Option(names = "--history", description = "Shadowed and removed edges as well.")
  private boolean history;

  @Option(names = "--at", paramLabel = "SNAPSHOT", description = "As of this snapshot.")
  private @Nullable String at;

  EdgesCommand(CairnCommand cairn) {
    super(cairn);
  }

  @Override
  Access access() {
    return Access.LOOK;
  }

  @Override
  ExitCode run(CairnNode node, Console console) throws IOException {
    ArtifactKey wanted = new Keys(cairn(), node.store()).resolve(key, null);
    EdgeFilter filter = EdgeFilter.ofTypes(Ends.types(types));
    View view = Snapshots.view(node.store(), at);
    RowsRead.watch(
        console.printing(),
        node.store(),
        -1,
        () ->
            node.graph()
                .forEachEdge(
                    wanted,
                    Relation.BOTH,
                    history ? filter.withHistory() : filter,
                    view,
                    incidence -> tell(incidence, console)));
    return ExitCode.DONE;
  }

  private static void tell(Incidence incidence, Console console) {
    String relation = incidence.relation().name().toLowerCase(Locale.ROOT);
    if (console.json()) {
      Map<String, Object> fields = LineageStructure.of(incidence.edge());
      fields.put("relation", relation);
      console.line(JsonObject.of(fields).toString());
      return;
    }
    Edge edge = incidence.edge().edge();
    console.line(
        incidence.edge().key()
            + "  "
            + edge.type()
            + "  "
            + incidence.edge().state().name().toLowerCase(Locale.ROOT)
            + "\n  from  "
            + ends(edge.from())
            + "\n  to    "
            + ends(edge.to()));
  }

  private static String ends(List<Endpoint> ends) {
    String shown =
        ends.stream()
            .limit(ENDS_SHOWN_MAX)
            .map(end -> end.key() + (end.role() == null ? "" : "=" + Text.safe(end.role())))
            .collect(Collectors.joining(" "));
    return ends.size() > ENDS_SHOWN_MAX
        ? shown + " … and " + (ends.size() - ENDS_SHOWN_MAX) + " more"
        : shown;
  }
}
