package dev.cairn.asl.files;

import dev.cairn.asl.error.UnavailableException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A folder that goes with its owner. What an owner left whose process is gone goes when the next
 * one is made among the machine's temporary files; a folder of somebody's own is not looked through
 * for that, as who shares it may be on another machine. One owner at a time; must be closed.
 */
public final class TemporaryFolder implements AutoCloseable {
  private static final int TRIES_AT_EXIT = 8;

  private final Path path;
  private final FolderLock lock;
  private @Nullable Thread atExit;

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
    if (parent == null) {
      FolderLock.removeAbandoned(path);
    }
  }

  /**
   * One that goes with the process at the latest, when that ends by itself or by a signal that it
   * can act on: for a program that nothing goes on in then.
   *
   * @param prefix of its name, which begins with {@code cairn-}
   * @throws UnavailableException if it cannot be made there
   */
  public static TemporaryFolder untilExit(String prefix) {
    return atExit(new TemporaryFolder(prefix));
  }

  /**
   * One for what is made beside its place and then moved there; goes as {@link #untilExit} says.
   * What a killed process left that began to make the same goes now.
   *
   * @param parent of the place
   * @param prefix of its name, for this place alone
   * @throws UnavailableException if it cannot be made there
   */
  public static TemporaryFolder forDraft(Path parent, String prefix) {
    TemporaryFolder folder = atExit(new TemporaryFolder(parent, prefix));
    FolderLock.removeAbandoned(folder.path, prefix);
    return folder;
  }

  private static TemporaryFolder atExit(TemporaryFolder folder) {
    Thread hook = new Thread(folder::deleteQuietly, "cairn-temporary-folder");
    try {
      Runtime.getRuntime().addShutdownHook(hook);
      folder.atExit = hook;
      return folder;
    } catch (IllegalStateException e) {
      // The process ends already.
      folder.close();
      throw e;
    }
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
      if (atExit != null) {
        try {
          Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
          // The process ends already, and the hook does no harm.
        }
      }
    }
  }
}
