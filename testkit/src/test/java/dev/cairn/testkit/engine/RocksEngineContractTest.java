package dev.cairn.testkit.engine;

import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.rocksdb.RocksEngine;
import dev.cairn.asl.engine.rocksdb.RocksOptions;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class RocksEngineContractTest extends StorageEngineContract {
  @TempDir Path directory;

  @Override
  protected StorageEngine openFresh() {
    return RocksEngine.open(directory, TABLES, RocksOptions.DEFAULT);
  }

  @Override
  protected StorageEngine openAgain(StorageEngine closed) {
    return openFresh();
  }
}
