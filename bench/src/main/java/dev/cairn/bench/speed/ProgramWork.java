package dev.cairn.bench.speed;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborValue;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.rocksdb.RocksEngine;
import dev.cairn.asl.engine.rocksdb.RocksOptions;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.Index;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.asl.time.WallClock;
import dev.cairn.pel.index.ReceiptIndex;
import dev.cairn.pel.model.OperatorId;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.model.ProgramNode;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.run.Executor;
import dev.cairn.pel.run.RunOptions;
import dev.cairn.pel.run.RunResult;
import dev.cairn.tgk.index.GraphIndex;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Programs: a graph of 10,000 operators that do next to nothing, run durably; the same with every
 * node known from receipts; and looking up whether a run or a step is known, on one thread.
 */
final class ProgramWork implements Work {
  private static final int NODES = 10_000;
  private static final int WIDTH = 100;
  private static final int ROUNDS = 7;

  /** Runs until the virtual machine has compiled what it will. */
  private static final int WARMING = 15;

  private static final int LOOKUPS = 20_000;
  private static final int RUNS_KNOWN = 2_000;
  private static final double RUN_MILLIS = 2_000;
  private static final double NODE_MICROS = 100;
  private static final double LOOKUP_MICROS = 20;
  private static final List<Index> INDEXES = List.of(new GraphIndex(), new ReceiptIndex());
  private static final RunOptions OPTIONS = RunOptions.defaults();
  private static final ProgramNode DIGEST =
      new ProgramNode(
          OperatorId.parse("digest/sha256@1"), List.of("i"), new CborValue.Dict(new TreeMap<>()));

  @Override
  public void run(Setting setting, Report report) throws Exception {
    Path folder = Files.createTempDirectory(setting.folder(), "program");
    SigningKey key = SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8("bench")));
    try (Store store =
        Store.open(
            RocksEngine.open(
                folder.resolve("db"), StoreConfig.tables(INDEXES, List.of()), RocksOptions.DEFAULT),
            new StoreConfig("bench", key, 1, INDEXES, List.of(), WallClock.system()))) {
      Executor executor = new Executor(store, OperatorRegistry.builtIn());
      graphs(store, executor, report);
      lookUps(store, executor, report);
    }
  }

  private static void graphs(Store store, Executor executor, Report report) {
    double[] fresh = new double[ROUNDS];
    double[] cold = new double[ROUNDS];
    double[] warm = new double[ROUNDS];
    double[] known = new double[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      SortedMap<String, ArtifactKey> inputs = inputs(store, round);
      Lap lap = runAll(executor, inputs);
      fresh[round] = lap.wallNanos() / 1e6;
      cold[round] = lap.cpuNanos() / 1e3 / NODES;
      Lap again = new Lap();
      again.go();
      RunResult reused = executor.run(graph("other"), inputs, OPTIONS);
      again.halt();
      check(reused.executed() == 0, "no node ran");
      known[round] = again.wallNanos() / 1e6;
    }
    for (int round = -WARMING; round < ROUNDS; round++) {
      Lap lap = runAll(executor, inputs(store, ROUNDS + WARMING + round));
      if (round >= 0) {
        warm[round] = lap.cpuNanos() / 1e3 / NODES;
      }
    }
    report.below("10,000 trivial nodes, durable", "ms", fresh, RUN_MILLIS);
    report.note(
        "cold", Report.text("%.0f µs of CPU a node, the compiler's too", Samples.median(cold)));
    report.below("CPU of it a node, warm", "µs", warm, NODE_MICROS);
    report.below("the same, each node known from receipts", "ms", known, RUN_MILLIS);
  }

  private static SortedMap<String, ArtifactKey> inputs(Store store, int round) {
    TreeMap<String, ArtifactKey> inputs = new TreeMap<>();
    inputs.put("i", store.put(null, Bytes.utf8("x".repeat(WIDTH) + round)));
    return inputs;
  }

  private static Lap runAll(Executor executor, SortedMap<String, ArtifactKey> inputs) {
    Lap lap = new Lap();
    lap.go();
    RunResult result = executor.run(graph("last"), inputs, OPTIONS);
    lap.halt();
    lap.settle();
    check(result.executed() == NODES, "all nodes ran");
    return lap;
  }

  private static void lookUps(Store store, Executor executor, Report report) {
    Program one = program(new TreeMap<>(Map.of("n", DIGEST)), "out", "n");
    List<TreeMap<String, ArtifactKey>> asked = new ArrayList<>();
    for (int i = 0; i < RUNS_KNOWN; i++) {
      TreeMap<String, ArtifactKey> inputs = new TreeMap<>();
      inputs.put("i", store.put(null, Bytes.utf8("asked " + i)));
      executor.run(one, inputs, OPTIONS.withThreads(1));
      asked.add(inputs);
    }
    double[] runs = new double[ROUNDS];
    double[] steps = new double[ROUNDS];
    double[] unknown = new double[ROUNDS];
    ArtifactKey never = ArtifactKey.of(Bytes.utf8("never"), null);
    for (int round = 0; round < ROUNDS; round++) {
      long start = Machine.threadCpuNanos();
      for (int i = 0; i < LOOKUPS; i++) {
        check(executor.lookUp(one, asked.get(i * 7 % RUNS_KNOWN), OPTIONS).isPresent(), "known");
      }
      long middle = Machine.threadCpuNanos();
      for (int i = 0; i < LOOKUPS; i++) {
        List<ArtifactKey> inputs = List.copyOf(asked.get(i * 7 % RUNS_KNOWN).values());
        check(executor.lookUpStep(DIGEST, inputs, OPTIONS).isPresent(), "known");
      }
      long end = Machine.threadCpuNanos();
      for (int i = 0; i < LOOKUPS; i++) {
        check(executor.lookUpStep(DIGEST, List.of(never, never), OPTIONS).isEmpty(), "unknown");
      }
      runs[round] = (middle - start) / 1e3 / LOOKUPS;
      steps[round] = (end - middle) / 1e3 / LOOKUPS;
      unknown[round] = (Machine.threadCpuNanos() - end) / 1e3 / LOOKUPS;
    }
    report.below("CPU of looking a run up", "µs", runs, LOOKUP_MICROS);
    report.below("CPU of looking a step up", "µs", steps, LOOKUP_MICROS);
    report.below("CPU of looking a step up that is not known", "µs", unknown, LOOKUP_MICROS);
  }

  /** {@value #WIDTH} chains of digests, each from a byte range of its own. */
  private static Program graph(String output) {
    TreeMap<String, ProgramNode> nodes = new TreeMap<>();
    for (int i = 0; i < NODES; i++) {
      if (i < WIDTH) {
        TreeMap<String, CborValue> parameters = new TreeMap<>();
        parameters.put("from", new CborValue.Int(i));
        nodes.put(
            "n" + i,
            new ProgramNode(
                OperatorId.parse("bytes/slice@1"), List.of("i"), new CborValue.Dict(parameters)));
      } else {
        nodes.put(
            "n" + i,
            new ProgramNode(DIGEST.operator(), List.of("n" + (i - WIDTH)), DIGEST.parameters()));
      }
    }
    return program(nodes, output, "n" + (NODES - 1));
  }

  private static Program program(SortedMap<String, ProgramNode> nodes, String output, String node) {
    TreeMap<String, String> outputs = new TreeMap<>();
    outputs.put(output, node);
    return new Program(new TreeSet<>(List.of("i")), nodes, outputs);
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new IllegalStateException("not so: " + what);
    }
  }
}
