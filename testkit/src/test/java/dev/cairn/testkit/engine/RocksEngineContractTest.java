package dev.cairn.testkit.engine;

import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.rocksdb.RocksEngine;
import dev.cairn.asl.engine.rocksdb.RocksOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;

class RocksEngineContractTest extends StorageEngineContract {
  @TempDir Path temporary;
  private Path directory;

  @Override
  protected StorageEngine openFresh() {
    directory = temporary.resolve("database");
    return RocksEngine.open(directory, TABLES, RocksOptions.DEFAULT);
  }

  @Override
  protected StorageEngine openAgain(StorageEngine closed) {
    return openFresh();
  }

  /** What a killed process leaves: the files as they are while the engine is at work. */
  @Override
  protected StorageEngine openAfterCrash(StorageEngine open) {
    Path left = temporary.resolve("left");
    try {
      Files.createDirectory(left);
      try (Stream<Path> files = Files.list(directory)) {
        for (Path file : files.toList()) {
          Files.copy(file, left.resolve(file.getFileName()));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    open.close();
    return RocksEngine.open(left, TABLES, RocksOptions.DEFAULT);
  }
}
