package dev.cairn.cli.command;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.SnapshotInfo;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.View;
import dev.cairn.cli.attestation.VerificationKey;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.cli.exports.ExportScope;
import dev.cairn.cli.exports.GraphMl;
import dev.cairn.cli.exports.InTotoExport;
import dev.cairn.cli.exports.NodeNames;
import dev.cairn.cli.exports.ProvExport;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.tgk.Direction;
import dev.cairn.tgk.Lineage;
import dev.cairn.tgk.LineageOptions;
import dev.cairn.tgk.render.LineageDrawing;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** An export of the lineage of some artifacts. */
abstract class ExportLineage extends StoreCommand {
  private static final Bytes LINE_END = Bytes.utf8("\n");

  static final class Way {
    @Option(names = "--up", description = "Only what they came from.")
    private boolean unusedUp; // the absence of --down says it

    @Option(names = "--down", description = "Only what became of them.")
    private boolean down;
  }

  @Parameters(arity = "1..*", paramLabel = "KEY", description = "Where to begin.")
  private List<String> keys;

  @ArgGroup(exclusive = true)
  private @Nullable Way way;

  @Option(names = "--depth", paramLabel = "N", description = "At most so many edges away.")
  private int depth = LineageOptions.DEPTH_UNLIMITED;

  @Option(names = "--type", paramLabel = "T", description = "Only along edges of these types.")
  private List<String> types = new ArrayList<>();

  @Option(names = "--at", paramLabel = "SNAPSHOT", description = "As of this snapshot.")
  private @Nullable String at;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "Write to this file, which appears whole or not at all.")
  private @Nullable String output;

  ExportLineage(CairnCommand cairn) {
    super(cairn);
  }

  /** What a form is made from. */
  record Material(
      CairnNode node, ExportScope scope, Lineage lineage, View view, @Nullable SnapshotInfo at) {
    NodeNames names() {
      return new NodeNames(node.store(), view);
    }
  }

  /** The document's bytes. */
  abstract Bytes form(Material material) throws IOException;

  /** True if the document is one line of JSON. */
  boolean isJson() {
    return false;
  }

  @Override
  final Access access() {
    return Access.LOOK;
  }

  @Override
  final void checkArguments() {
    if (depth < 0) {
      throw CommandFailure.usage("negative depth " + depth, "give 0 or more");
    }
  }

  @Override
  final ExitCode run(CairnNode node, Console console) throws IOException {
    Store store = node.store();
    Keys meant = new Keys(cairn(), store);
    List<ArtifactKey> starts = new ArrayList<>();
    for (String key : keys) {
      starts.add(meant.resolve(key, null));
    }
    SnapshotInfo snapshot = at == null ? null : Snapshots.find(store, at);
    View view = snapshot == null ? store.now() : store.at(snapshot.snapshot().cut());
    ExportScope scope =
        new ExportScope(
            starts,
            directions(),
            LineageOptions.ALL.withDepthMax(depth).withTypes(Ends.types(types)));
    Lineage lineage = RowsRead.watch(console, store, -1, () -> scope.in(node.graph(), view));
    Material material = new Material(node, scope, lineage, view, snapshot);
    Bytes document = RowsRead.watch(console, store, -1, () -> formed(material));
    String counts = lineage.counts().nodes() + " artifacts, " + lineage.counts().edges() + " edges";
    if (output != null) {
      Path file = cairn().path(output);
      AtomicFile.write(file, document::writeTo);
      console.note(counts + " to " + file);
      if (console.json()) {
        console.line(
            new JsonObject()
                .addText("file", file)
                .addU64("size", document.length())
                .add("artifacts", lineage.counts().nodes())
                .add("edges", lineage.counts().edges())
                .toString());
      }
    } else if (console.json() && !isJson()) {
      console.line(new JsonObject().add("text", document.toUtf8()).toString());
    } else {
      document.writeTo(console.out());
    }
    return ExitCode.DONE;
  }

  private Bytes formed(Material material) {
    try {
      return form(material);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<Direction> directions() {
    if (way == null) {
      return List.of(Direction.UP, Direction.DOWN);
    }
    return List.of(way.down ? Direction.DOWN : Direction.UP);
  }

  @Command(
      name = "prov",
      description = {
        "Exports PROV-JSON. Importing it again gives the same edges between the same artifacts."
      },
      footer = {"", "Example: cairn export prov 77b01d --up -o model.provjson"})
  static final class Prov extends ExportLineage {
    Prov(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    boolean isJson() {
      return true;
    }

    @Override
    Bytes form(Material material) {
      Bytes document =
          ProvExport.of(
              material.lineage(), material.node().graph(), material.view(), material.names());
      return document.plus(LINE_END);
    }
  }

  @Command(
      name = "intoto",
      description = {
        "Exports an in-toto statement about the artifacts, with their lineage and receipts, in a",
        "DSSE envelope that is signed with this node's key."
      },
      footer = {
        "",
        "Example: cairn export intoto 77b01d -o model.intoto.json --public-key node.pem"
      })
  static final class InToto extends ExportLineage {
    @Option(
        names = "--public-key",
        paramLabel = "FILE",
        description = "Write the public key that checks the signature to this file, in PEM.")
    private @Nullable String publicKey;

    InToto(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    boolean isJson() {
      return true;
    }

    @Override
    Bytes form(Material material) throws IOException {
      Store store = material.node().store();
      Bytes envelope =
          InTotoExport.of(
              material.lineage(), material.scope(), store, material.view(), material.at());
      if (publicKey != null) {
        Bytes pem = Bytes.utf8(VerificationKey.of(store.signingKey().publicKey()).toPem());
        AtomicFile.write(cairn().path(publicKey), pem::writeTo);
      }
      return envelope.plus(LINE_END);
    }
  }

  @Command(
      name = "dot",
      description = "Exports the DOT language of Graphviz.",
      footer = {"", "Example: cairn export dot 77b01d | dot -Tsvg -o model.svg"})
  static final class Dot extends ExportLineage {
    Dot(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    Bytes form(Material material) {
      return Bytes.utf8(LineageDrawing.dot(material.lineage(), material.names()::label));
    }
  }

  @Command(
      name = "graphml",
      description = "Exports GraphML, which programs such as Gephi and yEd read.",
      footer = {"", "Example: cairn export graphml 77b01d -o model.graphml"})
  static final class GraphMlForm extends ExportLineage {
    GraphMlForm(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    Bytes form(Material material) throws IOException {
      StringBuilder text = new StringBuilder();
      GraphMl.write(material.lineage(), material.names(), text);
      return Bytes.utf8(text.toString());
    }
  }

  @Command(
      name = "mermaid",
      description = "Exports a flowchart of Mermaid, which Markdown pages can hold.",
      footer = {"", "Example: cairn export mermaid 77b01d --up --depth 3"})
  static final class Mermaid extends ExportLineage {
    Mermaid(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    Bytes form(Material material) {
      return Bytes.utf8(LineageDrawing.mermaid(material.lineage(), material.names()::label));
    }
  }
}
