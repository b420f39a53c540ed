package dev.cairn.tgk.plan.run;

import dev.cairn.asl.error.RefusedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The scratch files of one query, made when the first is needed and gone when it is closed. One
 * owner at a time.
 */
final class Scratch implements AutoCloseable {
  private final @Nullable Path parent;
  private final long bytesMax;
  private final List<Path> files = new ArrayList<>();
  private @Nullable Path folder;
  private long bytes;
  private long spills;

  /**
   * @param parent where the folder is made; null for the system's own place
   */
  Scratch(@Nullable Path parent, long bytesMax) {
    this.parent = parent;
    this.bytesMax = bytesMax;
  }

  /** A new empty file. */
  Path file() {
    try {
      if (folder == null) {
        folder =
            parent == null
                ? Files.createTempDirectory("cairn-query-")
                : Files.createTempDirectory(parent, "cairn-query-");
      }
      Path file = folder.resolve("run-" + spills++);
      files.add(Files.createFile(file));
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException("query: no scratch file can be made", e);
    }
  }

  /** Files made so far. */
  long spills() {
    return spills;
  }

  /** Counts bytes that are about to be written. */
  void reserve(long more) {
    if (more > bytesMax - bytes) {
      throw new RefusedException(
          "query: scratch files of more than "
              + bytesMax
              + " bytes; ask for less depth, fewer types or fewer rows, or allow more memory or"
              + " scratch");
    }
    bytes += more;
  }

  /** Removes a file of which {@code size} bytes were reserved. */
  void drop(Path file, long size) {
    bytes -= size;
    files.remove(file);
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException("query: a scratch file cannot be removed", e);
    }
  }

  @Override
  public void close() {
    try {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
      files.clear();
      if (folder != null) {
        Files.deleteIfExists(folder);
        folder = null;
      }
    } catch (IOException e) {
      throw new UncheckedIOException("query: scratch files cannot be removed", e);
    }
  }
}
