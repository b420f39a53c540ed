package dev.cairn.cli.console;

import dev.cairn.asl.error.UnavailableException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
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
    try {
      this.path = Files.createTempDirectory(prefix);
    } catch (IOException e) {
      throw new UnavailableException(
          "cannot make a folder for temporary files in "
              + System.getProperty("java.io.tmpdir")
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

  /** Removes a folder with all that is in it; one that is not there is no error. */
  public static void delete(Path folder) throws IOException {
    Files.walkFileTree(folder, new Remover(folder));
  }

  /** Other threads may still make and remove files in it: what is new then goes the next time. */
  private void deleteQuietly() {
    for (int i = 0; i < TRIES_AT_EXIT && Files.exists(path); i++) {
      try {
        delete(path);
      } catch (IOException e) {
        // The process ends, and the system cleans its temporary folder by and by.
      }
    }
  }

  @Override
  public void close() {
    try (lock) {
      delete(path);
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

  /** What says whose the folder is goes last: a removal that is cut off can be taken up again. */
  private static final class Remover extends SimpleFileVisitor<Path> {
    private final Path root;
    private final Path owner;

    Remover(Path root) {
      this.root = root;
      this.owner = root.resolve(FolderLock.NAME);
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      if (!file.equals(owner)) {
        Files.deleteIfExists(file);
      }
      return FileVisitResult.CONTINUE;
    }

    /** One that is gone meanwhile is what is wanted. */
    @Override
    public FileVisitResult visitFileFailed(Path file, IOException failed) throws IOException {
      if (failed instanceof NoSuchFileException) {
        return FileVisitResult.CONTINUE;
      }
      throw failed;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failed)
        throws IOException {
      if (failed != null) {
        throw failed;
      }
      if (folder.equals(root)) {
        Files.deleteIfExists(owner);
      }
      Files.deleteIfExists(folder);
      return FileVisitResult.CONTINUE;
    }
  }
}
