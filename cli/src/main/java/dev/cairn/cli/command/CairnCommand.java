package dev.cairn.cli.command;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.metrics.StoreMetrics;
import dev.cairn.asl.store.Plausibility;
import dev.cairn.asl.time.WallClock;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.Environment;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.node.StoreDirectory;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The {@code cairn} command itself: the options that every command has, and what they lead to. */
@Command(
    name = "cairn",
    description = "A content-addressed artifact federation store.",
    synopsisSubcommandLabel = "COMMAND",
    versionProvider = ProgramVersion.class,
    footer = {
      "",
      "KEY is asl1-sha256:<hex>, sha256:<hex> of the payload, a unique prefix of 6 hex digits or",
      "more, or @FILE: the key that the file would have.",
      "The store is --store DIR, else $CAIRN_STORE, else .cairn here or in the nearest folder"
          + " above.",
      "Exit codes: 0 done; 1 checked and not good, or not there; 2 usage; 3 could not finish;",
      "4 a node provably misbehaved.",
      "",
      "Example: cairn init && cairn put README.md"
    })
public final class CairnCommand implements Runnable {
  private static final String STORE_VARIABLE = "CAIRN_STORE";

  private final Environment environment;

  @Option(
      names = "--store",
      paramLabel = "DIR",
      scope = ScopeType.INHERIT,
      description = "The store.")
  private @Nullable String store;

  @Option(
      names = "--json",
      scope = ScopeType.INHERIT,
      description = "Results as JSON: one document, or one a line.")
  private boolean json;

  @Option(
      names = {"-q", "--quiet"},
      scope = ScopeType.INHERIT,
      description = "No remarks on standard error.")
  private boolean quiet;

  @Option(names = "--debug", scope = ScopeType.INHERIT, description = "Stack traces with errors.")
  private boolean debug;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "This text.")
  private boolean unusedHelp; // picocli acts on it

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "The program's version.")
  private boolean unusedVersion; // likewise

  /** The command in a process. */
  public CairnCommand(Environment environment) {
    this.environment = environment;
  }

  @Override
  public void run() {
    throw CommandFailure.usage("no command given", "see 'cairn --help'");
  }

  /** The process around. */
  public Environment environment() {
    return environment;
  }

  /** Whether failures are told with stack traces. */
  public boolean debug() {
    return debug;
  }

  Console console() {
    return new Console(environment, json, quiet);
  }

  /** A path as the caller meant it: relative to the working directory. */
  Path path(String text) {
    try {
      return environment.folder().resolve(text);
    } catch (InvalidPathException e) {
      throw CommandFailure.usage("not a path: '" + text + "'", "correct the path");
    }
  }

  /** Where the user says that the store is or shall be, if at all. */
  @Nullable Path namedStore() {
    if (store != null) {
      return path(store);
    }
    String variable = environment.variables().get(STORE_VARIABLE);
    return variable == null || variable.isEmpty() ? null : path(variable);
  }

  /** True if there is a store to work on, or the user named one. */
  boolean hasStore() {
    return namedStore() != null || nearestStore() != null;
  }

  /** The store that is meant where none is named, or what is left of it. */
  private @Nullable Path nearestStore() {
    for (Path at = environment.folder(); at != null; at = at.getParent()) {
      Path candidate = at.resolve(StoreDirectory.CONVENTIONAL_NAME);
      if (StoreDirectory.isStore(candidate) || isIncomplete(candidate)) {
        return candidate;
      }
    }
    return null;
  }

  private static boolean isIncomplete(Path directory) {
    return StoreDirectory.missingFile(directory).isPresent();
  }

  /** The store to work on. */
  Path storeDirectory() {
    Path named = namedStore();
    Path store = named == null ? nearestStore() : named;
    if (store != null && StoreDirectory.isStore(store)) {
      return store;
    }
    if (store != null && isIncomplete(store)) {
      throw CommandFailure.unfinished(
          StoreDirectory.missingFile(store).orElseThrow() + " is missing",
          "take that file from a backup of this store");
    }
    if (named != null) {
      throw CommandFailure.unfinished(
          "no store at " + named, "make one with 'cairn init " + named + "'");
    }
    throw CommandFailure.unfinished(
        "no store in " + environment.folder() + " or above",
        "make one with 'cairn init', or name one with --store or CAIRN_STORE");
  }

  /** Opens the store to work on; must be closed. */
  CairnNode open() {
    return open(Access.WRITE);
  }

  /** The same for what a command does with it. */
  CairnNode open(Access access) {
    try (IndexProgress progress = new IndexProgress(console())) {
      return open(access, progress);
    }
  }

  private CairnNode open(Access access, StoreMetrics metrics) {
    Path directory = storeDirectory();
    WallClock clock = environment.clock();
    if (access == Access.WRITE) {
      return StoreDirectory.open(directory, clock, Plausibility.DEFAULT, metrics);
    }
    if (StoreDirectory.isBackupAt(directory)) {
      return StoreDirectory.openReadOnly(directory, clock);
    }
    try {
      return access == Access.LOOK
          ? StoreDirectory.openToLook(directory, clock, metrics)
          : StoreDirectory.open(directory, clock, Plausibility.DEFAULT, metrics);
    } catch (UnavailableException inUse) {
      try {
        return StoreDirectory.openReadOnly(directory, clock);
      } catch (CairnException e) {
        e.addSuppressed(inUse);
        throw e;
      }
    }
  }
}
