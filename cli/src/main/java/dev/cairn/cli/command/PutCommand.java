package dev.cairn.cli.command;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.CommitResult;
import dev.cairn.asl.store.PreparedArtifact;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.WorkerThreads;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.Progress;
import dev.cairn.cli.console.ProgressStream;
import dev.cairn.cli.console.Stage;
import dev.cairn.federation.node.CairnNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cairn put}: files become artifacts. */
@Command(
    name = "put",
    description = {
      "Puts files; prints their keys, one a line, in the order of the arguments, each as soon as"
          + " it",
      "is durable. A folder is walked in the byte order of its paths; symbolic links in it are",
      "passed over. Nothing, or -, is standard input."
    },
    footer = {"", "Example: cairn put --type text/plain README.md docs/"})
final class PutCommand extends StoreCommand {
  private static final String STANDARD_INPUT = "-";
  private static final long LARGE_BYTES = 1 << 20;

  /** Most files that are read at a time; each takes some megabytes of memory. */
  private static final int READERS_MAX = 4;

  @Parameters(arity = "0..*", paramLabel = "FILE|DIR|-", description = "What to put.")
  private List<String> sources = new ArrayList<>();

  @Option(
      names = "--type",
      paramLabel = "TAG",
      converter = TypeTagConverter.class,
      description = "Type of all of them, such as text/plain; none unless given.")
  private @Nullable TypeTag type;

  @Option(
      names = "--batch",
      description = "One commit for all of them, at most 65536, instead of one each.")
  private boolean batch;

  PutCommand(CairnCommand cairn) {
    super(cairn);
  }

  @Override
  void checkArguments() {
    if (sources.isEmpty()) {
      sources = List.of(STANDARD_INPUT);
    }
    if (sources.stream().filter(STANDARD_INPUT::equals).count() > 1) {
      throw CommandFailure.usage("standard input named twice", "name - once");
    }
  }

  @Override
  ExitCode run(CairnNode node, Console console) throws IOException {
    Store store = node.store();
    List<PreparedArtifact> together = new ArrayList<>();
    for (String source : sources) {
      if (source.equals(STANDARD_INPUT)) {
        PreparedArtifact input;
        try (Progress progress = console.byteProgress("standard input", -1)) {
          input = store.prepare(type, new ProgressStream(console.in(), progress));
        }
        take(store, input, together, console);
        continue;
      }
      Found found = files(cairn().path(source), console);
      Console drawing = batch || found.paths().size() == 1 ? console : console.printing();
      LongAdder done = new LongAdder();
      try {
        drawing.watching(
            () -> found.stage(source, done.sum()),
            () -> {
              takeAll(store, found, done, together, console);
              return found;
            });
      } catch (UncheckedIOException e) {
        throw e.getCause();
      }
    }
    if (batch) {
      commit(store, together, console);
    }
    return ExitCode.DONE;
  }

  /** Several files are read and hashed at a time, and taken in their order. */
  private void takeAll(
      Store store, Found found, LongAdder done, List<PreparedArtifact> together, Console console) {
    LongAdder read = found.areLarge() ? done : new LongAdder();
    LongAdder taken = found.areLarge() ? new LongAdder() : done;
    Consumer<PreparedArtifact> take =
        artifact -> {
          take(store, artifact, together, console);
          taken.increment();
        };
    if (found.paths().size() == 1) {
      take.accept(prepare(store, found.paths().get(0), read));
      return;
    }
    Iterator<Supplier<PreparedArtifact>> pieces =
        found.paths().stream()
            .<Supplier<PreparedArtifact>>map(file -> () -> prepare(store, file, read))
            .iterator();
    int readers = Math.min(READERS_MAX, Runtime.getRuntime().availableProcessors());
    try (WorkerThreads threads = new WorkerThreads("put", readers)) {
      threads.each(pieces, take);
    }
  }

  private PreparedArtifact prepare(Store store, Path file, LongAdder read) {
    try (InputStream in = new ProgressStream(Files.newInputStream(file), read::add)) {
      return store.prepare(type, in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void take(
      Store store, PreparedArtifact artifact, List<PreparedArtifact> together, Console console) {
    if (batch) {
      together.add(artifact);
    } else {
      commit(store, List.of(artifact), console);
    }
  }

  private static void commit(Store store, List<PreparedArtifact> artifacts, Console console) {
    CommitDraft draft = new CommitDraft();
    artifacts.forEach(draft::put);
    CommitResult result = store.commit(draft);
    Set<ArtifactKey> told = new HashSet<>();
    for (PreparedArtifact artifact : artifacts) {
      ArtifactId id = artifact.id();
      CommitResult.Outcome outcome = result.of(id.key());
      boolean fresh = told.add(id.key()) && outcome.written();
      console.result(
          Describe.artifact(id).addU64("logseq", outcome.logseq()).add("new", fresh),
          id.key().toString());
    }
    console.flush();
  }

  /** The files of one source, in their order, and how many bytes they have. */
  private record Found(List<Path> paths, long bytes) {
    /** True if their bytes tell how far the work is, rather than their number. */
    boolean areLarge() {
      return bytes / LARGE_BYTES >= paths.size();
    }

    Stage stage(String task, long done) {
      return areLarge()
          ? Stage.ofBytes(task, bytes, done)
          : Stage.of(task + ", files", paths.size(), done);
    }
  }

  private static Found files(Path source, Console console) throws IOException {
    if (!Files.exists(source)) {
      throw new NoSuchFileException(source.toString());
    }
    if (!Files.isDirectory(source)) {
      return new Found(List.of(source), Files.size(source));
    }
    TreeMap<Bytes, Path> sorted = new TreeMap<>();
    LongAdder bytes = new LongAdder();
    Files.walkFileTree(
        source,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (attributes.isRegularFile()) {
              String path = source.relativize(file).toString();
              sorted.put(Bytes.utf8(path.replace(file.getFileSystem().getSeparator(), "/")), file);
              bytes.add(attributes.size());
            } else {
              console.note("passed over, not a file: " + file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return new Found(List.copyOf(sorted.values()), bytes.sum());
  }
}
