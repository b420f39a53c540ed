package dev.cairn.bench.speed;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes in a tree of files ({@link FileTree}), then takes it in again after 1 KiB was inserted in
 * the middle of each file, several times over; beside it restic and borg, as they are on the path.
 *
 * <p>Each is a command, its start included, with its default settings: restic encrypts and
 * compresses as it chooses, borg runs without encryption. Ours puts every file in one durable
 * commit, and has a heap of 256 MiB. Growth is that of all files in the repository's folder once
 * the process has ended.
 */
final class TreeWork implements Work {
  private static final int ROUNDS = 5;

  @Override
  public void run(Setting setting, Report report) throws Exception {
    Path folder = IngestFloor.fresh(setting.folder().resolve("tree"));
    try {
      Path files = folder.resolve("files");
      FileTree tree = FileTree.make(files, (long) setting.treeMebibytes() << 20);
      report.note("tree", Report.text("%d files, %d MiB", tree.files().size(), tree.bytes() >> 20));
      TreeTool own = TreeTool.own(folder, files);
      List<TreeTool> tools = new ArrayList<>(List.of(own));
      for (TreeTool other : List.of(TreeTool.restic(folder, files), TreeTool.borg(folder, files))) {
        if (other.isHere()) {
          tools.add(other);
        } else {
          report.note(other.name(), "not on the path: install it and run this again");
        }
      }
      measure(tree, tools);
      for (TreeTool tool : tools) {
        report.note(tool.name(), tool.describe());
      }
      compare(report, tools, own);
    } finally {
      Folders.delete(folder);
    }
  }

  private static void measure(FileTree tree, List<TreeTool> tools)
      throws IOException, InterruptedException {
    for (TreeTool tool : tools) {
      tool.setUp();
    }
    for (int round = 0; round <= ROUNDS; round++) {
      if (round > 0) {
        tree.insert(round);
      }
      for (int i = 0; i < tools.size(); i++) {
        tools.get((i + round) % tools.size()).backUp(round);
      }
    }
  }

  private static void compare(Report report, List<TreeTool> tools, TreeTool own) {
    for (String name : List.of("restic", "borg")) {
      boolean time = name.equals("restic");
      String what =
          "tree with 1 KiB inserted in each file, again: "
              + (time ? "time, to restic's" : "disk growth, to borg's");
      TreeTool other =
          tools.stream().filter(tool -> tool.name().equals(name)).findFirst().orElse(null);
      if (other == null) {
        report.missing(what, name + " is not on the path");
      } else {
        report.below(what, "×", time ? own.timesTo(other) : own.growthTo(other), 1);
      }
    }
  }
}
