package dev.cairn.tgk.plan.run;

import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.files.TemporaryFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The scratch files of one query, made when the first is needed and gone when it is closed. One
 * owner at a time.
 */
final class Scratch implements AutoCloseable {
  private final @Nullable Path parent;
  private final long bytesMax;
  private @Nullable TemporaryFolder folder;
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
        folder = new TemporaryFolder(parent, "cairn-query-");
      }
      return Files.createFile(folder.path().resolve("run-" + spills++));
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
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException("query: a scratch file cannot be removed", e);
    }
  }

  @Override
  public void close() {
    if (folder != null) {
      folder.close();
      folder = null;
    }
  }
}
