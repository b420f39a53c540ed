package dev.cairn.cli.command;

import dev.cairn.asl.files.TemporaryFolder;
import dev.cairn.asl.time.Ticker;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.Progress;
import dev.cairn.cli.imports.AliasMap;
import dev.cairn.cli.imports.Document;
import dev.cairn.cli.imports.DocumentFormat;
import dev.cairn.cli.imports.DocumentImporter;
import dev.cairn.federation.node.CairnNode;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** An import of documents of one format: all of them are checked before anything is written. */
abstract class ImportDocuments extends StoreCommand {
  private static final String STANDARD_INPUT = "-";

  @Parameters(arity = "1..*", paramLabel = "FILE|-", description = "What to read.")
  private List<String> sources;

  @Option(
      names = "--map",
      paramLabel = "FILE",
      description = "What names mean, name<TAB>key a line; names that are new are added.")
  private @Nullable String mapFile;

  @Option(names = "--keep-going", description = "Pass over what is malformed; the exit code is 1.")
  private boolean keepGoing;

  ImportDocuments(CairnCommand cairn) {
    super(cairn);
  }

  /** The format, as the options want it. */
  abstract DocumentFormat format() throws IOException;

  @Override
  final ExitCode run(CairnNode node, Console console) throws IOException {
    Ticker ticker = cairn().environment().ticker();
    long start = ticker.nanos();
    Path mapPath = mapFile == null ? null : cairn().path(mapFile);
    AliasMap map = mapPath == null ? null : AliasMap.read(mapPath);
    DocumentImporter importer =
        new DocumentImporter(
            node.store(), format(), map, keepGoing, told -> console.warn(told + ": passed over"));
    DocumentImporter.Report report;
    try (TemporaryFolder scratch = TemporaryFolder.untilExit("cairn-import-");
        Progress progress = console.byteProgress("imported", -1)) {
      report = importer.run(documents(console, scratch, progress));
    }
    if (mapPath != null && map != null) {
      write(mapPath, map);
    }
    tell(report, ticker.nanos() - start, console);
    return report.passedOver() == 0 ? ExitCode.DONE : ExitCode.NEGATIVE;
  }

  /** Documents are read twice: standard input is kept in a file meanwhile. */
  private List<Document> documents(Console console, TemporaryFolder scratch, Progress progress)
      throws IOException {
    List<Document> documents = new ArrayList<>();
    long steps = 0;
    for (String source : sources) {
      Path file = cairn().path(source);
      if (source.equals(STANDARD_INPUT)) {
        file = scratch.path().resolve("standard-input");
        if (!Files.exists(file)) {
          Spool.copy(console, file);
        }
      }
      long size = Files.exists(file) ? Files.size(file) : 0;
      steps += DocumentProgress.steps(size);
      documents.add(new Document(source, file, new DocumentProgress(progress, size)));
    }
    progress.expect(steps);
    return documents;
  }

  private static void write(Path file, AliasMap map) throws IOException {
    AtomicFile.write(
        file,
        out -> {
          Writer writer = new OutputStreamWriter(out, StandardCharsets.UTF_8);
          map.writeTo(writer);
          writer.flush();
        });
  }

  private static void tell(DocumentImporter.Report report, long nanos, Console console) {
    new ImportTotals(
            report.artifacts(),
            report.edges(),
            report.references(),
            report.written(),
            report.passedOver())
        .tell("parts", nanos, console);
    console.note(String.format(Locale.ROOT, "%.1f s", Math.max(nanos, 0) / 1e9));
  }
}
