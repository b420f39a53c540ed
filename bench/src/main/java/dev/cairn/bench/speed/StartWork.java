package dev.cairn.bench.speed;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.PreparedArtifact;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.node.StoreDirectory;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/**
 * {@code cairn stat KEY}, the process and all, beside a Java program that says hello, on the same
 * JDK and in turn. The command is the checkout's, which looks first whether it has to be built:
 * what a distribution has is faster by that. Then beside the listings of borg and restic.
 */
final class StartWork implements Work {
  private static final double LIMIT = 5;

  /** Many, as a start is short, and one beside another differs by a third on a busy machine. */
  private static final int ROUNDS = 41;

  private static final int PAYLOAD_BYTES = 128;

  @Override
  public void run(Setting setting, Report report) throws Exception {
    String launcher = Processes.launcher();
    Path store = setting.folder().resolve("start");
    String key = fill(store, setting.count()).toString();
    List<String> stat = List.of(launcher, "--store", store.toString(), "stat", key);
    List<String> hello = Processes.command(StartWork.class, List.of(), List.of());
    millis(stat); // builds, prepares quick starts, and warms what both read
    millis(hello);
    report.below(
        "cairn stat KEY, to a Java program that says hello",
        "×",
        ratios(() -> millis(stat), () -> millis(hello)),
        LIMIT);
    Path tree = Files.createDirectories(setting.folder().resolve("small"));
    Files.writeString(tree.resolve("file"), "one small file\n");
    beside("borg list", TreeTool.borg(setting.folder(), tree), stat, report);
    beside("restic snapshots", TreeTool.restic(setting.folder(), tree), stat, report);
  }

  /** In turn with a tool that lists its one snapshot of one file. */
  private static void beside(String what, TreeTool other, List<String> stat, Report report)
      throws IOException, InterruptedException {
    if (!other.isHere()) {
      report.note(what, "not on the path: install it and run this again");
      return;
    }
    other.setUp();
    other.backUp(0);
    other.look();
    report.below("cairn stat KEY, to " + what, "×", ratios(() -> millis(stat), other::look), 1);
  }

  /** A process, run to its end. */
  @FunctionalInterface
  private interface Run {
    double millis() throws IOException, InterruptedException;
  }

  /** Both in turn; who begins changes from round to round. */
  private static double[] ratios(Run own, Run other) throws IOException, InterruptedException {
    double[] ratios = new double[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      double first = (round % 2 == 0 ? own : other).millis();
      double second = (round % 2 == 0 ? other : own).millis();
      ratios[round] = round % 2 == 0 ? first / second : second / first;
    }
    return ratios;
  }

  /** The other program. */
  public static void main(String[] arguments) {
    System.out.println("hello");
  }

  private static ArtifactKey fill(Path store, long count) {
    StoreDirectory.init(store, "bench");
    Random random = new Random(1);
    byte[] payload = new byte[PAYLOAD_BYTES];
    ArtifactKey last = null;
    try (CairnNode node = StoreDirectory.open(store)) {
      for (long made = 0; made < count; made += Setting.BATCH) {
        CommitDraft draft = new CommitDraft();
        for (int i = 0; i < Setting.BATCH; i++) {
          random.nextBytes(payload);
          PreparedArtifact artifact = node.store().prepare(null, Bytes.copyOf(payload));
          last = artifact.id().key();
          draft.put(artifact);
        }
        node.store().commit(draft);
      }
    }
    if (last == null) {
      throw new AssertionError("a setting has at least a batch");
    }
    return last;
  }

  private static double millis(List<String> command) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectOutput(Redirect.DISCARD)
            .redirectError(Redirect.INHERIT);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    long start = System.nanoTime();
    int code = builder.start().waitFor();
    long nanos = System.nanoTime() - start;
    if (code != 0) {
      throw new IllegalStateException(command.get(0) + " ended with " + code);
    }
    return nanos / 1e6;
  }
}
