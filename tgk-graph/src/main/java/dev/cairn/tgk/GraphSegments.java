package dev.cairn.tgk;

import dev.cairn.asl.error.CairnException;
import dev.cairn.tgk.segment.SegmentFiles;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** The files of sealed segments, to be checked and removed. Safe for any thread. */
public final class GraphSegments {
  private GraphSegments() {}

  /** All files in a folder, which need not be there. */
  public static List<Path> all(Path folder) {
    return new SegmentFiles(folder).all();
  }

  /** The files in a folder that are damaged, every byte looked at, with what is wrong. */
  public static SortedMap<Path, String> damaged(Path folder) {
    SegmentFiles files = new SegmentFiles(folder);
    TreeMap<Path, String> damaged = new TreeMap<>();
    for (Path file : files.all()) {
      try {
        files.open(file).verify();
      } catch (CairnException e) {
        damaged.put(file, String.valueOf(e.getMessage()));
      }
    }
    return Collections.unmodifiableSortedMap(damaged);
  }

  /** Removes all: they follow from the store, and are sealed again when somebody asks. */
  public static void removeAll(Path folder) {
    SegmentFiles files = new SegmentFiles(folder);
    files.all().forEach(files::remove);
  }
}
