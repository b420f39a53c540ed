package dev.cairn.asl.engine.rocksdb;

import dev.cairn.asl.error.UnavailableException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The right to write to a database, and a note of who has it.
 *
 * <pre>
 *   cairn.lock     locked by the operating system as long as its holder lives
 *   cairn.holder   three lines: process id, start in epoch milliseconds or 0, command
 * </pre>
 *
 * <p>It is taken before the files are looked at; RocksDB's own lock comes later and names nobody.
 * The lock alone counts: a note left behind by a process that died bars nobody, and is only
 * believed if such a process lives.
 *
 * <p>Safe for any thread. The lock is the process's; that no two engines of one process share it is
 * seen to by a set of the folders held here.
 */
final class StoreHolder implements AutoCloseable {
  static final String LOCK = "cairn.lock";
  static final String NOTE = "cairn.holder";

  private static final int COMMAND_CHARS_MAX = 200;

  /** Process-wide as the lock is: closing any handle of a locked file would give up the lock. */
  private static final Set<Path> HELD_HERE = ConcurrentHashMap.newKeySet();

  private final Path real;
  private final Path directory;
  private final FileChannel channel;
  private final FileLock lock;

  private StoreHolder(Path real, Path directory, FileChannel channel, FileLock lock) {
    this.real = real;
    this.directory = directory;
    this.channel = channel;
    this.lock = lock;
  }

  /**
   * Takes a folder that is there.
   *
   * @throws UnavailableException if another engine has it, naming its process
   */
  static StoreHolder take(Path directory) {
    Path real;
    try {
      real = directory.toRealPath();
    } catch (IOException e) {
      throw new UnavailableException("cannot open the folder " + directory + ": " + e, e);
    }
    if (!HELD_HERE.add(real)) {
      throw inUse(directory, describe(ProcessHandle.current(), ownCommand()) + ", this one");
    }
    StoreHolder holder = null;
    try {
      holder = lock(real, directory);
      holder.writeNote();
      return holder;
    } catch (IOException e) {
      if (holder != null) {
        release(holder.channel);
      }
      throw new UnavailableException("cannot lock " + directory + ": " + e, e);
    } finally {
      if (holder == null) {
        HELD_HERE.remove(real);
      }
    }
  }

  /** True if nobody has it just now; nothing is written. False also where that cannot be told. */
  static boolean isFree(Path directory) {
    Path real;
    try {
      real = directory.toRealPath();
    } catch (IOException e) {
      return false;
    }
    if (!HELD_HERE.add(real)) {
      return false;
    }
    try (FileChannel channel = FileChannel.open(directory.resolve(LOCK), StandardOpenOption.READ)) {
      return channel.tryLock(0, Long.MAX_VALUE, true) != null;
    } catch (NoSuchFileException e) {
      return true;
    } catch (IOException e) {
      return false;
    } finally {
      HELD_HERE.remove(real);
    }
  }

  private static StoreHolder lock(Path real, Path directory) throws IOException {
    FileChannel channel =
        FileChannel.open(
            directory.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock lock = null;
    try {
      lock = channel.tryLock();
    } finally {
      if (lock == null) {
        channel.close();
      }
    }
    if (lock == null) {
      throw inUse(directory, holder(directory));
    }
    return new StoreHolder(real, directory, channel, lock);
  }

  /** Gives it up. */
  @Override
  public void close() {
    try {
      Files.deleteIfExists(directory.resolve(NOTE));
      lock.release();
    } catch (IOException e) {
      throw new UnavailableException("cannot give up the lock of " + directory + ": " + e, e);
    } finally {
      release(channel);
      HELD_HERE.remove(real);
    }
  }

  private static void release(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UnavailableException("cannot close a lock file: " + e, e);
    }
  }

  private void writeNote() throws IOException {
    ProcessHandle self = ProcessHandle.current();
    String note = self.pid() + "\n" + startMillis(self) + "\n" + ownCommand() + "\n";
    Files.writeString(directory.resolve(NOTE), note);
  }

  private static UnavailableException inUse(Path directory, String holder) {
    return new UnavailableException(
        "store "
            + directory
            + " is in use by "
            + holder
            + ": end it, or open the store for reading only");
  }

  /** Who has the lock, as far as can be told. */
  private static String holder(Path directory) {
    List<String> note;
    try {
      note = Files.readAllLines(directory.resolve(NOTE));
    } catch (IOException e) {
      note = List.of();
    }
    if (note.size() >= 3 && note.get(0).matches("[0-9]{1,18}")) {
      ProcessHandle named = ProcessHandle.of(Long.parseLong(note.get(0))).orElse(null);
      if (named != null && Long.toString(startMillis(named)).equals(note.get(1))) {
        return describe(named, note.get(2));
      }
    }
    return "another process";
  }

  private static String describe(ProcessHandle process, String command) {
    String since = process.info().startInstant().map(start -> ", since " + start).orElse("");
    return "process " + process.pid() + " (" + command + since + ")";
  }

  private static long startMillis(ProcessHandle process) {
    return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
  }

  /** The main class's simple name and the first argument, so that no secret is noted. */
  private static String ownCommand() {
    @Nullable String command = System.getProperty("sun.java.command");
    if (command == null || command.isBlank()) {
      return "java";
    }
    String[] words = command.strip().split("\\s+", 3);
    String main = words[0].substring(words[0].lastIndexOf('.') + 1);
    boolean verb = words.length > 1 && words[1].matches("[a-z][a-z-]*");
    String text = verb ? main + " " + words[1] : main;
    return text.substring(0, Math.min(text.length(), COMMAND_CHARS_MAX));
  }
}
