package dev.cairn.testkit.finding;

import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.rocksdb.RocksEngine;
import dev.cairn.asl.engine.rocksdb.RocksOptions;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;

class RocksFindingStoreTest extends FindingStoreContract {
  @TempDir Path temporary;

  @Override
  protected StorageEngine openFresh(String name, Set<Table> tables) {
    return RocksEngine.open(temporary.resolve(name), tables, RocksOptions.DEFAULT);
  }

  @Override
  protected StorageEngine openAgain(StorageEngine closed, String name, Set<Table> tables) {
    return openFresh(name, tables);
  }
}
