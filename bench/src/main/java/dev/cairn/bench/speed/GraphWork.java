package dev.cairn.bench.speed;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.bench.speed.WriteTrace.Op;
import dev.cairn.tgk.Graph;
import dev.cairn.tgk.SealedGraph;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Loads {@code count} edges, seals them, and asks for the ancestors of random nodes, sealed and
 * not, beside breadth-first search over plain arrays, SQLite and Kuzu. Every answer is compared
 * with that of the arrays.
 */
final class GraphWork implements Work {
  private static final long SEED = 5;
  private static final int LOAD_ROUNDS = 20;
  private static final int TRACED_BATCHES = 8;
  private static final int SEALS = 3;
  private static final int ROUNDS = 10;
  private static final int QUESTIONS = 1000;

  /** Edges in a turn beside the arrays, so that no turn takes long. */
  private static final long FLOOR_EDGES_MAX = 20_000_000;

  /** Edges in a turn beside a database. */
  private static final long RIVAL_EDGES_MAX = 400_000;

  private static final double LOAD_TARGET = 0.5;
  private static final double FLOOR_TARGET = 0.4;
  private static final double RIVAL_TARGET = 4;
  private static final double SEAL_SECONDS_PER_MILLION = 5;
  private static final double FILE_BYTES_MAX = 24;
  private static final double HEAP_BYTES_MAX = 64;

  private final Dag.Shape shape;
  private long checksum;

  GraphWork(Dag.Shape shape) {
    this.shape = shape;
  }

  /** Asks for one node's ancestors; how many nodes there are, it included. */
  private interface Question {
    long ancestors(int node) throws Exception;
  }

  @Override
  public void run(Setting setting, Report report) throws Exception {
    Dag dag = Dag.of(shape, Math.toIntExact(setting.count()), SEED);
    Path folder = Files.createDirectories(setting.folder().resolve("graph"));
    try (GraphStore own = GraphStore.open(folder.resolve("own"))) {
      load(dag, own, folder, report);
      Snapshot snapshot = own.snapshot();
      seal(dag, own, snapshot, report);
      walk(dag, own, folder, report);
    } finally {
      Folders.delete(folder);
    }
  }

  // ---- loading

  private void load(Dag dag, GraphStore own, Path folder, Report report) throws Exception {
    Path sample = folder.resolve("sample");
    WriteTrace trace;
    RawDatabase raw;
    try (GraphStore throwaway = GraphStore.open(sample)) {
      Dag other = Dag.of(shape, 2 * TRACED_BATCHES * Setting.BATCH, SEED + 1);
      for (int batch = 0; batch < 2 * TRACED_BATCHES; batch++) {
        throwaway.put(encoded(other, batch));
      }
      trace = WriteTrace.last(GraphStore.database(sample), TRACED_BATCHES);
      raw = RawDatabase.like(GraphStore.database(sample), folder.resolve("floor"));
    }
    report.note("written", trace.describe(Setting.BATCH));
    MessageDigest sha256 = IngestFloor.newSha256();
    RowMaker maker = new RowMaker(trace, Payloads.random(SEED, 1));
    int batches = dag.edges() / Setting.BATCH;
    try (raw) {
      Duel duel =
          Duel.run(
              0,
              LOAD_ROUNDS,
              (round, lap) -> {
                int from = batches * round / LOAD_ROUNDS;
                int to = batches * (round + 1) / LOAD_ROUNDS;
                for (int batch = from; batch < to; batch++) {
                  List<Bytes> edges = encoded(dag, batch);
                  lap.go();
                  own.put(edges);
                  lap.halt();
                }
                return (long) (to - from) * Setting.BATCH;
              },
              (round, lap) -> {
                int from = batches * round / LOAD_ROUNDS;
                int to = batches * (round + 1) / LOAD_ROUNDS;
                for (int batch = from; batch < to; batch++) {
                  List<Bytes> edges = encoded(dag, batch);
                  List<Op> rows = maker.batch();
                  lap.go();
                  edges.forEach(edge -> edge.updateInto(sha256));
                  checksum += sha256.digest()[0];
                  raw.write(rows, true);
                  lap.halt();
                }
                return (long) (to - from) * Setting.BATCH;
              });
      report.ratio(name("load, durable for each 1,000"), "edges", duel, LOAD_TARGET);
    } finally {
      Folders.delete(folder.resolve("floor"));
      Folders.delete(sample);
    }
  }

  private static List<Bytes> encoded(Dag dag, int batch) {
    List<Bytes> edges = new ArrayList<>(Setting.BATCH);
    for (int i = batch * Setting.BATCH; i < (batch + 1) * Setting.BATCH; i++) {
      edges.add(dag.encoded(i));
    }
    return edges;
  }

  // ---- sealing

  private void seal(Dag dag, GraphStore own, Snapshot snapshot, Report report) {
    double[] seconds = new double[SEALS];
    double[] cpu = new double[SEALS];
    SealedGraph sealed = null;
    for (int i = 0; i < SEALS; i++) {
      Machine.settle();
      long wall = System.nanoTime();
      long before = Machine.cpuNanos();
      sealed = own.seal(snapshot);
      seconds[i] = (System.nanoTime() - wall) / 1e9 * 1e6 / dag.edges();
      cpu[i] = (Machine.cpuNanos() - before) / 1e9 * 1e6 / dag.edges();
    }
    report.below(name("seal, for a million edges"), "s", seconds, SEAL_SECONDS_PER_MILLION);
    report.note("seal-cpu", Report.text("%.2f s of CPU for a million edges", Samples.median(cpu)));
    if (sealed == null || sealed.edges() != dag.edges()) {
      throw new IllegalStateException("sealed " + sealed + " of " + dag.edges() + " edges");
    }
    double bytes = (double) sealed.bytes() / dag.edges();
    report.below(
        name("file, for a pair of endpoints"), "bytes", new double[] {bytes}, FILE_BYTES_MAX);
  }

  // ---- walking

  private void walk(Dag dag, GraphStore own, Path folder, Report report) throws Exception {
    CsrFloor floor = new CsrFloor(dag);
    int[] nodes = questions(dag);
    ArtifactKey[] keys = new ArtifactKey[dag.nodes()];
    for (int node : nodes) {
      keys[node] = Dag.key(node);
    }
    long before = heapBytes();
    Graph sealed = own.sealed();
    Graph unsealed = own.unsealed();
    Question onSealed = node -> own.ancestors(sealed, keys[node]).nodes();
    checkFast(own, sealed, onSealed, nodes, "sealed", report);
    for (int i = 0; i < QUESTIONS / 10; i++) {
      checkSame(floor, onSealed, nodes[i]);
    }
    double heap = (double) Math.max(0, heapBytes() - before) / dag.edges();
    report.below(
        name("heap of sealed walks, for an edge"), "bytes", new double[] {heap}, HEAP_BYTES_MAX);
    Duel duel = beside(floor, nodes, FLOOR_EDGES_MAX, onSealed, floor::ancestors);
    report.ratio(name("ancestors, sealed, to plain arrays"), "edges", duel, FLOOR_TARGET);
    Question onTail = node -> own.ancestors(unsealed, keys[node]).nodes();
    checkFast(own, unsealed, onTail, nodes, "unsealed", report);
    report.ratio(
        name("ancestors, unsealed, to plain arrays"),
        "edges",
        beside(floor, nodes, FLOOR_EDGES_MAX, onTail, floor::ancestors),
        0);
    try (RivalGraph sqlite = SqliteGraph.load(dag, folder)) {
      rival("SQLite", floor, nodes, onSealed, sqlite, report, RIVAL_TARGET);
      report.ratio(
          name("ancestors, unsealed, to SQLite"),
          "edges",
          beside(floor, nodes, RIVAL_EDGES_MAX, onTail, sqlite::ancestors),
          1);
    }
    try (RivalGraph kuzu = KuzuGraph.load(dag, folder)) {
      rival("Kuzu", floor, nodes, onSealed, kuzu, report, RIVAL_TARGET);
    }
  }

  private void rival(
      String name,
      CsrFloor floor,
      int[] nodes,
      Question own,
      RivalGraph rival,
      Report report,
      double target)
      throws Exception {
    Duel duel = beside(floor, nodes, RIVAL_EDGES_MAX, own, rival::ancestors);
    report.ratio(name("ancestors, sealed, to " + name), "edges", duel, target);
  }

  private String name(String what) {
    return shape.name().toLowerCase(Locale.ROOT) + ": " + what;
  }

  /** Nodes by chance, among those that have a cause. */
  private static int[] questions(Dag dag) {
    SplittableRandom random = new SplittableRandom(SEED + 2);
    int[] nodes = new int[QUESTIONS];
    for (int i = 0; i < QUESTIONS; i++) {
      nodes[i] = dag.to(random.nextInt(dag.edges()));
    }
    return nodes;
  }

  private static void checkSame(CsrFloor floor, Question question, int node) throws Exception {
    long edges = floor.ancestors(node);
    long found = question.ancestors(node);
    if (found != floor.nodes()) {
      throw new IllegalStateException(
          "node " + node + " has " + found + " ancestors, not " + floor.nodes() + ", " + edges);
    }
  }

  /** Asks until walks run on numbers, and tells what that took. */
  private static void checkFast(
      GraphStore own, Graph graph, Question question, int[] nodes, String what, Report report)
      throws Exception {
    long start = System.nanoTime();
    int asked = 0;
    while (!own.isFast(graph)) {
      checksumOf(question.ancestors(nodes[asked++ % nodes.length]));
    }
    report.note(
        "first-" + what,
        Report.text(
            "%d questions over rows, %.3f s until walks run on numbers",
            asked, (System.nanoTime() - start) / 1e9));
  }

  private static void checksumOf(long found) {
    if (found < 1) {
      throw new IllegalStateException("a node has " + found + " ancestors");
    }
  }

  /** Both sides walk from the same nodes in a turn, up to so many edges. */
  private static Duel beside(
      CsrFloor floor, int[] nodes, long edgesMax, Question own, Question other) throws Exception {
    int share = nodes.length / ROUNDS;
    int[] ends = new int[ROUNDS];
    long[] edges = new long[ROUNDS];
    for (int part = 0; part < ROUNDS; part++) {
      int at = part * share;
      while (at < (part + 1) * share && edges[part] < edgesMax) {
        edges[part] += floor.ancestors(nodes[at++]);
      }
      ends[part] = at;
    }
    return Duel.run(
        ROUNDS,
        ROUNDS,
        (round, lap) -> {
          int part = round % ROUNDS;
          return ask(own, nodes, part * share, ends[part], edges[part], lap);
        },
        (round, lap) -> {
          int part = round % ROUNDS;
          return ask(other, nodes, part * share, ends[part], edges[part], lap);
        });
  }

  private static long ask(Question side, int[] nodes, int from, int to, long edges, Lap lap)
      throws Exception {
    lap.go();
    for (int i = from; i < to; i++) {
      checksumOf(side.ancestors(nodes[i]));
    }
    lap.halt();
    return edges;
  }

  private static long heapBytes() {
    Runtime runtime = Runtime.getRuntime();
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
