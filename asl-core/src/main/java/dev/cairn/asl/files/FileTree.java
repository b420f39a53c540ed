package dev.cairn.asl.files;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/** A folder with all that is in it. Safe for any thread. */
public final class FileTree {
  private FileTree() {}

  /**
   * Removes it; one that is not there, or that others remove at the same time, is no error. Links
   * are removed and not followed.
   */
  public static void delete(Path folder) throws IOException {
    Files.walkFileTree(folder, new Remover(folder));
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
