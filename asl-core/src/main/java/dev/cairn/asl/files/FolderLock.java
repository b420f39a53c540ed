package dev.cairn.asl.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.UserPrincipal;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A lock that says that a temporary folder has an owner who lives, and goes with the process
 * however that ends. Folders whose lock nobody holds are those of processes that were killed: the
 * next one that makes a folder removes them.
 *
 * <p>The lock file comes under its name once it is locked, so that a folder with a file of that
 * name that can be locked is nobody's. It holds the folder's own name: a copy of a folder, or one
 * that was renamed, is somebody's who wants it. Where the file system has no locks, a folder has
 * none, and stays if its process is killed. Safe for any thread.
 */
final class FolderLock implements AutoCloseable {
  /** The file whose lock tells; the last of a folder that is removed. */
  static final String NAME = ".cairn-owner";

  private static final String DRAFT = ".cairn-owner.new";

  /** All folders begin so that this program makes among the temporary files. */
  private static final String FOLDERS = "cairn-";

  /**
   * To close another channel to a locked file would give up the lock of this process: so each of
   * its folders is a system property, which whoever loaded this class sees.
   */
  private static final String OWN = "dev.cairn.folder:";

  private final Path folder;
  private final @Nullable FileChannel channel;

  private FolderLock(Path folder, @Nullable FileChannel channel) {
    this.folder = folder;
    this.channel = channel;
  }

  /** Locks a folder that was just made, if locks can be had there. */
  static FolderLock of(Path folder) {
    Path real = real(folder);
    System.setProperty(OWN + real, "");
    try {
      return new FolderLock(real, locked(folder));
    } catch (IOException | RuntimeException e) {
      // The folder does as well without: it only is not known as left behind if this is killed.
      System.clearProperty(OWN + real);
      return new FolderLock(real, null);
    }
  }

  /** One name of a folder that may have several. */
  private static Path real(Path folder) {
    try {
      return folder.toRealPath();
    } catch (IOException e) {
      return folder.toAbsolutePath();
    }
  }

  private static FileChannel locked(Path folder) throws IOException {
    Path draft = folder.resolve(DRAFT);
    FileChannel channel =
        FileChannel.open(draft, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try {
      FileLock unused = channel.lock();
      ByteBuffer name = ByteBuffer.wrap(nameBytes(folder));
      while (name.hasRemaining()) {
        channel.write(name);
      }
      Files.move(draft, folder.resolve(NAME), StandardCopyOption.ATOMIC_MOVE);
      return channel;
    } catch (IOException | RuntimeException | Error e) {
      try (channel) {
        throw e;
      }
    }
  }

  private static String name(Path folder) {
    return String.valueOf(folder.getFileName());
  }

  private static byte[] nameBytes(Path folder) {
    return name(folder).getBytes(StandardCharsets.UTF_8);
  }

  /** The same among the temporary files, where all names begin alike. */
  static void removeAbandoned(Path beside) {
    removeAbandoned(beside, FOLDERS);
  }

  /**
   * Removes what killed processes of this user left beside a folder. What cannot be looked at or
   * removed stays, and hinders nobody.
   *
   * @param prefix with which their names begin
   */
  static void removeAbandoned(Path beside, String prefix) {
    Path parent = beside.getParent();
    if (parent == null) {
      return;
    }
    try {
      UserPrincipal self = Files.getOwner(beside);
      try (DirectoryStream<Path> folders =
          Files.newDirectoryStream(parent, folder -> name(folder).startsWith(prefix))) {
        for (Path folder : folders) {
          removeIfAbandoned(folder, self);
        }
      }
    } catch (IOException | RuntimeException e) {
      // A folder that cannot be listed can still be made folders in.
      return;
    }
  }

  private static void removeIfAbandoned(Path folder, UserPrincipal self) {
    Path file = folder.resolve(NAME);
    try {
      // Another user could turn a folder into a link while it is removed. Those of this process are
      // asked for behind the file, which comes later than they are told.
      if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
          || !Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS).equals(self)
          || !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
          || System.getProperty(OWN + real(folder)) != null) {
        return;
      }
      try (FileChannel channel =
              FileChannel.open(
                  file,
                  StandardOpenOption.READ,
                  StandardOpenOption.WRITE,
                  LinkOption.NOFOLLOW_LINKS);
          @Nullable FileLock lock = channel.tryLock()) {
        if (lock != null && holds(channel, nameBytes(folder))) {
          FileTree.delete(folder);
        }
      }
    } catch (IOException | RuntimeException e) {
      // It goes just now, with its owner or by somebody else's hand, or is not ours to remove.
      return;
    }
  }

  private static boolean holds(FileChannel channel, byte[] name) throws IOException {
    if (channel.size() != name.length) {
      return false;
    }
    ByteBuffer held = ByteBuffer.allocate(name.length);
    int read = 0;
    while (held.hasRemaining() && read >= 0) {
      read = channel.read(held);
    }
    return !held.hasRemaining() && Arrays.equals(held.array(), name);
  }

  /** Lets go of the folder, which should be gone. */
  @Override
  public void close() throws IOException {
    if (channel != null) {
      channel.close();
      System.clearProperty(OWN + folder);
    }
  }
}
