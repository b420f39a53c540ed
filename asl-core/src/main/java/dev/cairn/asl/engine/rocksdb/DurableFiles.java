package dev.cairn.asl.engine.rocksdb;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Changes of files that are durable when the call returns. */
final class DurableFiles {
  private DurableFiles() {}

  /** Cuts a file to a length. */
  static void truncate(Path file, long bytes) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(bytes);
      channel.force(true);
    }
  }

  /** Makes what a file holds durable, whoever wrote it. */
  static void sync(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /**
   * The same of the write-ahead logs in a folder and of the folder's names; those that go meanwhile
   * are let go. Nothing else is opened: to close a file that this process has locked would give up
   * its lock. What is in other files RocksDB made durable before it counted on them.
   */
  static void syncLogs(Path directory) throws IOException {
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(
            directory,
            file -> Inspection.LOG_NAME.matcher(file.getFileName().toString()).matches())) {
      for (Path file : files) {
        try {
          sync(file);
        } catch (NoSuchFileException e) {
          // What it held is in files that RocksDB made durable before it deleted this one.
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    syncDirectory(directory);
  }

  /** Makes the names in a folder durable. */
  static void syncDirectory(Path directory) throws IOException {
    sync(directory);
  }
}
