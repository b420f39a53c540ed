package dev.cairn.asl.files;

import dev.cairn.asl.error.UnavailableException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A folder that goes with its owner, and with the process at the latest, when that ends by itself
 * or by a signal that it can act on. That of a process that was killed goes when the next one is
 * made. One owner at a time; must be closed.
 */
public final class TemporaryFolder implements AutoCloseable {
  private static final int TRIES_AT_EXIT = 8;

  private final Path path;
  private final FolderLock lock;
  private final Thread atExit;

  /**
   * Makes one where the system keeps such things, readable by its owner alone.
   *
   * @param prefix of its name, which begins with {@code cairn-}
   * @throws UnavailableException if it cannot be made there
   */
  public TemporaryFolder(String prefix) {
    this(null, prefix);
  }

  /**
   * Makes one in a folder, readable by its owner alone.
   *
   * @param parent which; null for where the system keeps such things
   * @param prefix of its name, which begins with {@code cairn-}
   * @throws UnavailableException if it cannot be made there
   */
  public TemporaryFolder(@Nullable Path parent, String prefix) {
    try {
      this.path =
          parent == null
              ? Files.createTempDirectory(prefix)
              : Files.createTempDirectory(parent, prefix);
    } catch (IOException e) {
      throw new UnavailableException(
          "cannot make a folder for temporary files in "
              + (parent == null ? System.getProperty("java.io.tmpdir") : parent)
              + ": "
              + e,
          e);
    }
    this.lock = FolderLock.of(path);
    this.atExit = new Thread(this::deleteQuietly, "cairn-temporary-folder");
    try {
      Runtime.getRuntime().addShutdownHook(atExit);
    } catch (IllegalStateException e) {
      // The process ends already.
      try (lock) {
        deleteQuietly();
      } catch (IOException left) {
        e.addSuppressed(left);
      }
      throw e;
    }
    FolderLock.removeAbandoned(path);
  }

  /** Where it is. */
  public Path path() {
    return path;
  }

  /** Other threads may still make and remove files in it: what is new then goes the next time. */
  private void deleteQuietly() {
    for (int i = 0; i < TRIES_AT_EXIT && Files.exists(path); i++) {
      try {
        FileTree.delete(path);
      } catch (IOException e) {
        // The process ends, and the system cleans its temporary folder by and by.
      }
    }
  }

  @Override
  public void close() {
    try (lock) {
      FileTree.delete(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      try {
        Runtime.getRuntime().removeShutdownHook(atExit);
      } catch (IllegalStateException e) {
        // The process ends already, and the hook does no harm.
      }
    }
  }
}
