package dev.cairn.federation.peers;

import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.rocksdb.RocksEngine;
import dev.cairn.asl.engine.rocksdb.RocksOptions;
import dev.cairn.federation.TestNode;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class RocksPeerBookTest extends PeerBookContract {
  @TempDir private Path folder;

  @Override
  StorageEngine engine() {
    return RocksEngine.open(folder, TestNode.tables(), RocksOptions.DEFAULT);
  }

  @Override
  StorageEngine reopen(StorageEngine engine) {
    engine.close();
    return engine();
  }
}
