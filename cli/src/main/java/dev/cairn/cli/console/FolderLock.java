package dev.cairn.cli.console;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.UserPrincipal;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A lock that says that a temporary folder has an owner who lives, and goes with the process
 * however that ends. Folders whose lock nobody holds are those of processes that were killed: the
 * next one that makes a folder removes them.
 *
 * <p>The lock file comes under its name once it is locked, so that a folder with a file of that
 * name that can be locked is nobody's. Safe for any thread.
 */
final class FolderLock implements AutoCloseable {
  private static final String NAME = ".cairn-owner";
  private static final String DRAFT = ".cairn-owner.new";

  /** All folders begin so that this program makes among the temporary files. */
  private static final String FOLDERS = "cairn-*";

  /** To close another channel to a locked file would give up the lock of this process. */
  private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

  private final Path folder;
  private final FileChannel channel;

  private FolderLock(Path folder, FileChannel channel) {
    this.folder = folder;
    this.channel = channel;
  }

  /** Locks a folder that was just made. */
  static FolderLock of(Path folder) throws IOException {
    OWN.add(folder);
    FileChannel channel = null;
    try {
      Path draft = folder.resolve(DRAFT);
      channel = FileChannel.open(draft, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      FileLock unused = channel.lock();
      Files.move(draft, folder.resolve(NAME), StandardCopyOption.ATOMIC_MOVE);
      return new FolderLock(folder, channel);
    } catch (IOException | RuntimeException e) {
      OWN.remove(folder);
      if (channel != null) {
        channel.close();
      }
      throw e;
    }
  }

  /**
   * Removes what killed processes of this user left beside a folder. What cannot be looked at or
   * removed stays.
   */
  static void removeAbandoned(Path beside) throws IOException {
    Path parent = beside.getParent();
    if (parent == null) {
      return;
    }
    UserPrincipal self = Files.getOwner(beside);
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(parent, FOLDERS)) {
      for (Path folder : folders) {
        // Another user could turn a folder into a link while it is removed.
        if (!OWN.contains(folder)
            && Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
            && Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS).equals(self)) {
          removeIfAbandoned(folder);
        }
      }
    }
  }

  private static void removeIfAbandoned(Path folder) {
    try (FileChannel channel =
            FileChannel.open(
                folder.resolve(NAME), StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
        @Nullable FileLock lock = channel.tryLock()) {
      if (lock != null) {
        TemporaryFolder.delete(folder);
      }
    } catch (IOException e) {
      // It has no such file, or is just removed by somebody else: then it is not ours to remove.
      return;
    }
  }

  /** Lets go of the folder, which should be gone. */
  @Override
  public void close() throws IOException {
    channel.close();
    OWN.remove(folder);
  }
}
