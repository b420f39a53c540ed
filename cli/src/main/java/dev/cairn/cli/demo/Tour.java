package dev.cairn.cli.demo;

import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.time.Ticker;
import dev.cairn.asl.time.WallClock;
import dev.cairn.cli.console.Console;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.node.StoreDirectory;
import dev.cairn.pel.run.RunResult;
import java.nio.file.Path;
import java.util.Locale;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the steps of one tour share: the open nodes by name, and what earlier steps found. One owner
 * at a time; closing it closes the nodes.
 */
final class Tour implements AutoCloseable {
  /** The federation that the nodes belong to. */
  static final String FEDERATION = "cairn-demo";

  private final DemoOptions options;
  private final Scratch scratch;
  private final Console console;
  private final WallClock clock;
  private final Ticker ticker;
  private final TreeMap<String, CairnNode> nodes = new TreeMap<>();
  private @Nullable Path repository;
  private @Nullable GitWalk history;
  private @Nullable RunResult run;
  private @Nullable Snapshot snapshot;

  Tour(DemoOptions options, Scratch scratch, Console console, WallClock clock, Ticker ticker) {
    this.options = options;
    this.scratch = scratch;
    this.console = console;
    this.clock = clock;
    this.ticker = ticker;
  }

  DemoOptions options() {
    return options;
  }

  Console console() {
    return console;
  }

  WallClock clock() {
    return clock;
  }

  Ticker ticker() {
    return ticker;
  }

  Path file(String name) {
    return scratch.at(name);
  }

  /** Makes a store in a fresh directory, with a key of its own, and opens it. */
  CairnNode create(String name) {
    Path directory = scratch.at(name.toLowerCase(Locale.ROOT));
    StoreDirectory.init(directory, FEDERATION);
    CairnNode node = StoreDirectory.open(directory, clock);
    nodes.put(name, node);
    return node;
  }

  CairnNode node(String name) {
    return found(nodes.get(name), "node " + name);
  }

  /** The git repository as it was when the tour came to it. */
  Path repository() {
    return found(repository, "the git repository");
  }

  void repository(Path frozen) {
    repository = frozen;
  }

  /** The git repository, counted by the demo itself. */
  GitWalk history() {
    return found(history, "the git history");
  }

  void history(GitWalk counted) {
    history = counted;
  }

  /** The first run of the program. */
  RunResult run() {
    return found(run, "the run");
  }

  void run(RunResult first) {
    run = first;
  }

  /** The snapshot that all nodes came to. */
  Snapshot snapshot() {
    return found(snapshot, "the snapshot");
  }

  void snapshot(Snapshot taken) {
    snapshot = taken;
  }

  private static <T> T found(@Nullable T value, String what) {
    if (value == null) {
      throw new AssertionError(what + " is missing: an earlier step makes it");
    }
    return value;
  }

  /** {@code 12,345 in 1.2 s, 10,288 a second}. */
  static String rate(long count, long nanos) {
    return String.format(
        Locale.ROOT, "%,d in %.1f s, %,d a second", count, nanos / 1e9, perSecond(count, nanos));
  }

  static long perSecond(long count, long nanos) {
    return Math.round(count * 1e9 / Math.max(1, nanos));
  }

  /** Stops the tour if its thread was interrupted. */
  static void checkInterrupted() {
    if (Thread.currentThread().isInterrupted()) {
      throw new UnavailableException("interrupted");
    }
  }

  @Override
  public void close() {
    try {
      nodes.values().forEach(CairnNode::close);
    } finally {
      nodes.clear();
    }
  }
}
