package dev.cairn.bench.speed;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/** A program that takes in a tree of files, with what it took for that. One owner. */
final class TreeTool {
  private final String name;
  private final Path repository;
  private final Path log;
  private final List<String> setUp;
  private final IntFunction<List<String>> backUp;
  private final List<String> looking;
  private final Map<String, String> environment;
  private final List<Double> seconds = new ArrayList<>();
  private final List<Double> growths = new ArrayList<>();

  private TreeTool(
      String name,
      Path folder,
      List<String> setUp,
      IntFunction<List<String>> backUp,
      List<String> looking,
      Map<String, String> environment) {
    this.name = name;
    this.repository = folder.resolve(name);
    this.log = folder.resolve(name + ".log");
    this.setUp = setUp;
    this.backUp = backUp;
    this.looking = looking;
    this.environment = environment;
  }

  /** The command, with a bounded heap. */
  static TreeTool own(Path folder, Path files) {
    String launcher = Processes.launcher();
    String store = folder.resolve("cairn").toString();
    List<String> put = List.of(launcher, "put", "--batch", "--store", store, files.toString());
    return new TreeTool(
        "cairn",
        folder,
        List.of(launcher, "init", store),
        round -> put,
        List.of(),
        Map.of("JAVA_HOME", System.getProperty("java.home"), "CAIRN_JAVA_OPTS", Processes.HEAP));
  }

  static TreeTool restic(Path folder, Path files) {
    List<String> command = List.of("restic", "-q", "-r", folder.resolve("restic").toString());
    return new TreeTool(
        "restic",
        folder,
        with(command, "init"),
        round -> with(command, "backup", files.toString()),
        with(command, "snapshots"),
        Map.of(
            "RESTIC_PASSWORD",
            "bench",
            "RESTIC_CACHE_DIR",
            folder.resolve("restic-cache").toString()));
  }

  static TreeTool borg(Path folder, Path files) {
    String repository = folder.resolve("borg").toString();
    return new TreeTool(
        "borg",
        folder,
        List.of("borg", "init", "--encryption=none", repository),
        round -> List.of("borg", "create", repository + "::round" + round, files.toString()),
        List.of("borg", "list", repository),
        Map.of("BORG_BASE_DIR", folder.resolve("borg-base").toString()));
  }

  /** One that has taken all in already, and checks it. */
  static TreeTool checking(String name, Path folder, List<String> command) {
    return new TreeTool(
        name,
        folder,
        List.of(),
        round -> command,
        List.of(),
        Map.of("JAVA_HOME", System.getProperty("java.home")));
  }

  private static List<String> with(List<String> command, String... more) {
    List<String> all = new ArrayList<>(command);
    all.addAll(List.of(more));
    return all;
  }

  String name() {
    return name;
  }

  /** True if it is on the path, or is ours. */
  boolean isHere() {
    String program = backUp.apply(0).get(0);
    if (program.contains(File.separator)) {
      return true;
    }
    for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
      if (Files.isExecutable(Path.of(folder, program))) {
        return true;
      }
    }
    return false;
  }

  void setUp() throws IOException, InterruptedException {
    if (setUp.isEmpty()) {
      Files.createDirectories(repository);
    } else {
      run(setUp);
    }
  }

  /** Takes the tree in; round 0 is the first time. What others left to be written is written. */
  void backUp(int round) throws IOException, InterruptedException {
    run(List.of("sync"));
    long before = Folders.bytes(repository);
    long start = System.nanoTime();
    run(backUp.apply(round));
    seconds.add((System.nanoTime() - start) / 1e9);
    growths.add((double) (Folders.bytes(repository) - before));
  }

  /** Lists what was taken in; how many milliseconds the process took. */
  double look() throws IOException, InterruptedException {
    long start = System.nanoTime();
    run(looking);
    return (System.nanoTime() - start) / 1e6;
  }

  private void run(List<String> command) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(Redirect.appendTo(log.toFile()));
    builder.environment().putAll(environment);
    int code = builder.start().waitFor();
    if (code != 0) {
      throw new IllegalStateException(
          name + " ended with " + code + ": " + Files.readString(log, StandardCharsets.UTF_8));
    }
  }

  /** Checks all that it has taken in; seconds, its start included. */
  double check(List<String> command) throws IOException, InterruptedException {
    long start = System.nanoTime();
    run(command);
    return (System.nanoTime() - start) / 1e9;
  }

  /** The repository's folder. */
  Path repository() {
    return repository;
  }

  /** Our time to another's, round by round, without the first. */
  double[] timesTo(TreeTool other) {
    return ratios(seconds, other.seconds);
  }

  /** Our growth to another's, round by round, without the first. */
  double[] growthTo(TreeTool other) {
    return ratios(growths, other.growths);
  }

  private static double[] ratios(List<Double> mine, List<Double> theirs) {
    double[] ratios = new double[mine.size() - 1];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = mine.get(i + 1) / theirs.get(i + 1);
    }
    return ratios;
  }

  /** Times and growths, for people. */
  String describe() {
    double[] again = again(seconds);
    double[] grown = again(growths);
    return Report.text(
        "first %.2f s, %.1f MiB; again %.2f s (%.2f-%.2f), %.2f MiB (%.2f-%.2f)",
        seconds.get(0),
        growths.get(0) / (1 << 20),
        Samples.median(again),
        Samples.min(again),
        Samples.max(again),
        Samples.median(grown) / (1 << 20),
        Samples.min(grown) / (1 << 20),
        Samples.max(grown) / (1 << 20));
  }

  private static double[] again(List<Double> values) {
    return values.stream().skip(1).mapToDouble(Double::doubleValue).toArray();
  }
}
