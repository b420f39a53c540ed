package dev.cairn.bench.speed;

import java.nio.file.Path;
import java.util.List;

/** The process of one measurement; started by {@link SpeedMain}. */
final class RowMain {
  private RowMain() {}

  /** What {@link #main} wants, from a setting. */
  static List<String> arguments(Works works, Setting setting, Path results) {
    return List.of(
        works.label(),
        Long.toString(setting.count()),
        Integer.toString(setting.treeMebibytes()),
        setting.folder().toString(),
        setting.prepared().toString(),
        results.toString());
  }

  /** Runs one measurement and writes its results. */
  public static void main(String[] arguments) throws Exception {
    Works works = Works.of(arguments[0]);
    Setting setting =
        new Setting(
            Long.parseLong(arguments[1]),
            Integer.parseInt(arguments[2]),
            Path.of(arguments[3]),
            Path.of(arguments[4]));
    HeapWatch heap = new HeapWatch();
    Report report = new Report(works.label());
    works.make().run(setting, report);
    report.note(
        "heap",
        "ran under "
            + Processes.HEAP
            + "; at most "
            + heap.peakMebibytes()
            + " MiB left by a collection");
    report.write(Path.of(arguments[5]));
  }
}
