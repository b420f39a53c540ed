package dev.cairn.cli.command;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.CommitResult;
import dev.cairn.asl.store.PreparedArtifact;
import dev.cairn.asl.store.Store;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.EdgeType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code cairn link}: one edge. */
@Command(
    name = "link",
    description = {
      "Puts an edge: these effects (--to) came from these causes (--from). Prints its key. The",
      "artifacts need not be here. @FILE stands for the file without a type."
    },
    footer = {"", "Example: cairn link --type build:input --from 3f9a2c=source --to 77b01d=binary"})
final class LinkCommand extends StoreCommand {
  @Option(
      names = "--type",
      paramLabel = "T",
      required = true,
      description = "What it says: namespace:name.")
  private String type;

  @Option(
      names = "--from",
      paramLabel = "KEY[=ROLE]",
      arity = "1..*",
      description = "Causes, each with the part that it played.")
  private List<String> from = new ArrayList<>();

  @Option(
      names = "--to",
      paramLabel = "KEY[=ROLE]",
      required = true,
      arity = "1..*",
      description = "Effects, likewise.")
  private List<String> to = new ArrayList<>();

  @Option(
      names = "--payload",
      paramLabel = "KEY",
      description = "An artifact that says more about it.")
  private @Nullable String payload;

  LinkCommand(CairnCommand cairn) {
    super(cairn);
  }

  @Override
  ExitCode run(CairnNode node, Console console) throws IOException {
    Store store = node.store();
    Keys keys = new Keys(cairn(), store);
    EdgeType edgeType = Ends.type(type);
    ArtifactKey payloadKey = payload == null ? null : keys.resolve(payload, null);
    Edge edge;
    try {
      edge = new Edge(edgeType, Ends.endpoints(from, keys), Ends.endpoints(to, keys), payloadKey);
    } catch (MalformedException e) {
      throw CommandFailure.usage(String.valueOf(e.getMessage()), "correct --from and --to");
    }
    PreparedArtifact artifact = store.prepare(TypeTag.EDGE, edge.encode());
    CommitResult.Outcome outcome =
        store.commit(new CommitDraft().put(artifact)).of(artifact.id().key());
    console.result(
        Describe.artifact(artifact.id())
            .addU64("logseq", outcome.logseq())
            .add("new", outcome.written()),
        artifact.id().key().toString());
    return ExitCode.DONE;
  }
}
