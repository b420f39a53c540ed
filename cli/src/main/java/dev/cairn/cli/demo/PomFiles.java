package dev.cairn.cli.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Finds POM files. */
public final class PomFiles {
  /** Most files that the tour imports. */
  public static final int POMS_MAX = 1_000;

  private static final int DEPTH_MAX = 32;

  private PomFiles() {}

  /** The first {@code limit} of the POM files below a folder, in the order of their paths. */
  public static List<Path> below(Path folder, int limit) throws IOException {
    try (Stream<Path> all = Files.walk(folder, DEPTH_MAX)) {
      return all.filter(PomFiles::isPom)
          .sorted(Comparator.comparing(Path::toString))
          .limit(limit)
          .toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static boolean isPom(Path file) {
    String name = String.valueOf(file.getFileName());
    return (name.endsWith(".pom") || name.equals("pom.xml")) && Files.isRegularFile(file);
  }
}
