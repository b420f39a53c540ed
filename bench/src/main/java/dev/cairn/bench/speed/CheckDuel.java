package dev.cairn.bench.speed;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code cairn audit} beside what other programs call their fullest check, each as a whole process
 * and over the same small payloads: {@code git fsck --full}, {@code restic check --read-data},
 * {@code borg check --verify-data}. In turns; what is not on the path is named. One owner.
 */
final class CheckDuel {
  private final Path folder;
  private final long seed;
  private final long count;

  CheckDuel(Path folder, long seed, long count) {
    this.folder = folder;
    this.seed = seed;
    this.count = count;
  }

  /** A check of one program, with the seconds of each round. */
  private record Check(TreeTool tool, List<String> command, List<Double> seconds) {
    Check(TreeTool tool, List<String> command) {
      this(tool, command, new ArrayList<>());
    }

    double[] times() {
      return seconds.stream().mapToDouble(Double::doubleValue).toArray();
    }
  }

  void run(Path store, int rounds, Report report) throws IOException, InterruptedException {
    List<Check> checks = new ArrayList<>();
    checks.add(own(store));
    for (Check rival : List.of(git(), restic(), borg())) {
      if (rival.tool().isHere()) {
        checks.add(rival);
      } else {
        report.missing(what(rival), rival.tool().name() + " is not on the path");
      }
    }
    fill(checks);
    for (int round = -1; round < rounds; round++) {
      for (int i = 0; i < checks.size(); i++) {
        Check check = checks.get(Math.floorMod(i + round, checks.size()));
        double seconds = check.tool().check(check.command());
        if (round >= 0) {
          check.seconds().add(seconds);
        }
      }
    }
    double[] own = checks.get(0).times();
    for (int i = 0; i < checks.size(); i++) {
      Check check = checks.get(i);
      double[] times = check.times();
      report.note(
          check.tool().name(),
          Report.text(
              "%s: %.2f s (%.2f-%.2f)",
              told(check), Samples.median(times), Samples.min(times), Samples.max(times)));
      if (i > 0) {
        double[] ratios = new double[rounds];
        for (int round = 0; round < rounds; round++) {
          ratios[round] = own[round] / times[round];
        }
        report.below(what(check), "×", ratios, 1);
      }
    }
  }

  private static String what(Check rival) {
    return "cairn audit, in time, to " + told(rival);
  }

  private static String told(Check check) {
    return switch (check.tool().name()) {
      case "git" -> "git fsck --full";
      case "restic" -> "restic check --read-data";
      case "borg" -> "borg check --verify-data";
      default -> "cairn audit";
    };
  }

  private void fill(List<Check> checks) throws IOException, InterruptedException {
    boolean files = false;
    for (Check check : checks.subList(1, checks.size())) {
      if (check.tool().name().equals("git")) {
        GitBlobs.make(check.tool().repository(), folder.resolve("git.log"), seed, count);
        continue;
      }
      if (!files) {
        AuditWork.files(folder.resolve("files"), seed, count);
        files = true;
      }
      check.tool().setUp();
      check.tool().backUp(0);
    }
    Folders.delete(folder.resolve("files"));
  }

  private Check own(Path store) {
    List<String> audit = List.of(Processes.launcher(), "audit", store.toString());
    return new Check(TreeTool.checking("cairn", folder, audit), audit);
  }

  private Check git() {
    List<String> fsck =
        List.of("git", "-C", folder.resolve("git").toString(), "fsck", "--full", "--no-progress");
    return new Check(TreeTool.checking("git", folder, fsck), fsck);
  }

  private Check restic() {
    return new Check(
        TreeTool.restic(folder, folder.resolve("files")),
        List.of("restic", "-q", "-r", folder.resolve("restic").toString(), "check", "--read-data"));
  }

  private Check borg() {
    return new Check(
        TreeTool.borg(folder, folder.resolve("files")),
        List.of("borg", "check", "--verify-data", folder.resolve("borg").toString()));
  }
}
