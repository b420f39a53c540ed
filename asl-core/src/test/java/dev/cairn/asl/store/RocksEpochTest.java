package dev.cairn.asl.store;

import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.rocksdb.RocksEngine;
import dev.cairn.asl.engine.rocksdb.RocksOptions;
import java.nio.file.Path;
import java.util.IdentityHashMap;
import org.junit.jupiter.api.io.TempDir;

/** Epochs on RocksDB, with backups that are checkpoints. */
final class RocksEpochTest extends EpochContract {
  @TempDir private Path folder;

  private final IdentityHashMap<StorageEngine, Path> places = new IdentityHashMap<>();
  private int made;

  private StorageEngine open(Path place) {
    StorageEngine engine = RocksEngine.open(place, StoreFixture.TABLES, RocksOptions.DEFAULT);
    places.put(engine, place);
    return engine;
  }

  @Override
  StorageEngine engine() {
    return open(folder.resolve("store-" + made++));
  }

  @Override
  StorageEngine backup(Store store, StorageEngine engine) {
    Path place = folder.resolve("backup-" + made++);
    store.copyTo(place);
    return open(place);
  }

  @Override
  StorageEngine reopen(StorageEngine closed) {
    return open(places.get(closed));
  }
}
