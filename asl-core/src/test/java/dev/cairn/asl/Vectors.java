package dev.cairn.asl;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Finds test vectors that others published, where this machine has them: in the folder that the
 * system property {@code cairn.vectors} names, else in {@code shared/vectors} beside a folder
 * above. They are never the only content of a test.
 */
public final class Vectors {
  private Vectors() {}

  /** The file or folder of that name, if it is here. */
  public static Optional<Path> find(String name) {
    String given = System.getProperty("cairn.vectors");
    if (given != null) {
      return Optional.of(Path.of(given, name)).filter(Files::exists);
    }
    return above(Path.of("shared", "vectors", name));
  }

  /** The nearest {@code path} under this folder or one above. */
  public static Optional<Path> above(Path path) {
    for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
      Path candidate = folder.resolve(path);
      if (Files.exists(candidate)) {
        return Optional.of(candidate);
      }
    }
    return Optional.empty();
  }
}
