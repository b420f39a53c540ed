package dev.cairn.asl.engine.rocksdb;

import java.io.IOException;
import java.nio.channels.FileChannel;
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

  /** Makes the names in a folder durable. */
  static void syncDirectory(Path directory) throws IOException {
    sync(directory);
  }
}
