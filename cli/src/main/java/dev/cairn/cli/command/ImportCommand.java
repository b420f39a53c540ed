package dev.cairn.cli.command;

import dev.cairn.asl.files.TemporaryFolder;
import dev.cairn.asl.time.Ticker;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.cli.console.Progress;
import dev.cairn.cli.imports.AliasMap;
import dev.cairn.cli.imports.git.GitImporter;
import dev.cairn.cli.imports.maven.MavenImporter;
import dev.cairn.cli.imports.trace.TraceImporter;
import dev.cairn.federation.node.CairnNode;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cairn import}: provenance from elsewhere. */
@Command(
    name = "import",
    description = "Imports artifacts and their provenance from elsewhere.",
    synopsisSubcommandLabel = "FORMAT",
    footer = {"", "Example: cairn import git ."})
final class ImportCommand implements Runnable {
  private ImportCommand() {}

  static CommandLine tree(CairnCommand cairn) {
    return new CommandLine(new ImportCommand())
        .addSubcommand(new Git(cairn))
        .addSubcommand(new Maven(cairn))
        .addSubcommand(new Trace(cairn))
        .addSubcommand(new ImportProv(cairn))
        .addSubcommand(new ImportOpenLineage(cairn))
        .addSubcommand(new ImportInToto(cairn))
        .addSubcommand(new ImportSpdx(cairn))
        .addSubcommand(new ImportCycloneDx(cairn));
  }

  @Override
  public void run() {
    throw CommandFailure.usage("no format given", "see 'cairn import --help'");
  }

  private static String rate(long count, long nanos) {
    double seconds = Math.max(nanos, 1) / 1e9;
    return String.format(java.util.Locale.ROOT, "%.1f s, %.0f/s", seconds, count / seconds);
  }

  @Command(
      name = "git",
      description = {
        "Imports all that the refs and HEAD of git repositories reach: every commit, tree, blob"
            + " and",
        "annotated tag as an artifact, and an edge to each commit, tree and tag."
      },
      footer = {"", "Example: cairn import git ~/src/project"})
  private static final class Git extends StoreCommand {
    @Parameters(
        arity = "1..*",
        paramLabel = "SOURCE",
        description = "A working tree, a bare repository, or a git bundle file.")
    private List<String> sources;

    Git(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    ExitCode run(CairnNode node, Console console) throws IOException {
      Ticker ticker = cairn().environment().ticker();
      for (String source : sources) {
        long start = ticker.nanos();
        GitImporter.Report report =
            GitImporter.run(
                cairn().path(source),
                node.store(),
                total -> console.progress("git " + source, total));
        long nanos = ticker.nanos() - start;
        long objects = report.commits() + report.trees() + report.blobs() + report.tags();
        console.result(
            new JsonObject()
                .add("source", source)
                .add("commits", report.commits())
                .add("trees", report.trees())
                .add("blobs", report.blobs())
                .add("tags", report.tags())
                .add("edges", report.edges())
                .add("new", report.written())
                .addSeconds("seconds", nanos),
            report.commits()
                + " commits, "
                + report.trees()
                + " trees, "
                + report.blobs()
                + " blobs, "
                + report.tags()
                + " tags, "
                + report.edges()
                + " edges; "
                + report.written()
                + " new records");
        console.note(rate(objects, nanos));
      }
      return ExitCode.DONE;
    }
  }

  @Command(
      name = "maven",
      description = {
        "Imports the POM files below folders, and an edge to each from its parent and its",
        "dependencies."
      },
      footer = {"", "Example: cairn import maven ~/.m2/repository"})
  private static final class Maven extends StoreCommand {
    @Parameters(arity = "1..*", paramLabel = "DIR", description = "Folders, or POM files.")
    private List<String> sources;

    @Option(names = "--keep-going", description = "Pass over files that are no POMs.")
    private boolean keepGoing;

    Maven(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    ExitCode run(CairnNode node, Console console) throws IOException {
      Ticker ticker = cairn().environment().ticker();
      long start = ticker.nanos();
      List<Path> folders = sources.stream().map(cairn()::path).toList();
      MavenImporter.Report report =
          new MavenImporter(keepGoing, console::warn)
              .run(folders, node.store(), total -> console.progress("maven", total));
      long nanos = ticker.nanos() - start;
      console.result(
          new JsonObject()
              .add("poms", report.poms())
              .add("edges", report.edges())
              .add("references", report.coordinates())
              .add("skipped", report.passedOver())
              .add("new", report.written())
              .addSeconds("seconds", nanos),
          report.poms()
              + " POMs, "
              + report.edges()
              + " edges, "
              + report.coordinates()
              + " coordinates without a POM; "
              + report.written()
              + " new records");
      console.note(rate(report.poms(), nanos));
      return report.passedOver() == 0 ? ExitCode.DONE : ExitCode.NEGATIVE;
    }
  }

  @Command(
      name = "trace",
      description = {
        "Imports provenance in the trace format, one JSON object a line:",
        "  {\"artifact\": ALIAS, \"type\": TAG, \"base64\": BYTES}  or \"text\": STRING",
        "  {\"edge\": TYPE, \"from\": [END...], \"to\": [END...], \"text\": PAYLOAD}",
        "  {\"tombstone\": ALIAS}",
        "An END is an ALIAS or {\"ref\": ALIAS, \"role\": ROLE}."
      },
      footer = {"", "Example: cairn import trace build.jsonl --map aliases.tsv"})
  private static final class Trace extends StoreCommand {
    private static final String STANDARD_INPUT = "-";

    @Parameters(arity = "1..*", paramLabel = "FILE|-", description = "What to read.")
    private List<String> sources;

    @Option(
        names = "--map",
        paramLabel = "FILE",
        description = "Aliases of earlier traces, alias<TAB>key a line; new ones are added.")
    private @Nullable String mapFile;

    @Option(names = "--keep-going", description = "Pass over malformed lines; the exit code is 1.")
    private boolean keepGoing;

    Trace(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    ExitCode run(CairnNode node, Console console) throws IOException {
      ExitCode code = ExitCode.DONE;
      for (String source : sources) {
        TraceImporter.Report report = runOne(source, node, console);
        code = report.badLines() == 0 ? code : ExitCode.NEGATIVE;
      }
      return code;
    }

    private TraceImporter.Report runOne(String source, CairnNode node, Console console)
        throws IOException {
      Ticker ticker = cairn().environment().ticker();
      long start = ticker.nanos();
      Path mapPath = mapFile == null ? null : cairn().path(mapFile);
      AliasMap map = mapPath == null ? null : AliasMap.read(mapPath);
      TraceImporter importer =
          new TraceImporter(
              node.store(),
              node.indexes(),
              map,
              keepGoing,
              told -> console.warn(source + ", " + told + ": passed over"));
      TraceImporter.Report report;
      try {
        report =
            source.equals(STANDARD_INPUT)
                ? spooled(importer, console)
                : watched(importer, cairn().path(source), console);
      } catch (dev.cairn.asl.error.MalformedException e) {
        throw new dev.cairn.asl.error.MalformedException(source + ", " + e.getMessage(), e);
      }
      if (mapPath != null && map != null) {
        AtomicFile.write(
            mapPath,
            out -> {
              Writer writer = new OutputStreamWriter(out, StandardCharsets.UTF_8);
              map.writeTo(writer);
              writer.flush();
            });
      }
      tell(report, ticker.nanos() - start, console);
      return report;
    }

    private static TraceImporter.Report watched(TraceImporter importer, Path file, Console console)
        throws IOException {
      try (Progress progress = console.byteProgress("trace", 2 * Files.size(file))) {
        return importer.run(file, progress::step);
      }
    }

    /** A trace is read twice: standard input is kept in a file meanwhile. */
    private static TraceImporter.Report spooled(TraceImporter importer, Console console)
        throws IOException {
      try (TemporaryFolder scratch = TemporaryFolder.untilExit("cairn-import-")) {
        Path file = scratch.path().resolve("standard-input");
        Spool.copy(console, file);
        return watched(importer, file, console);
      }
    }

    private static void tell(TraceImporter.Report report, long nanos, Console console) {
      new ImportTotals(
              report.artifacts(),
              report.edges(),
              report.references(),
              report.written(),
              report.badLines())
          .tell("lines", nanos, console);
    }
  }
}
