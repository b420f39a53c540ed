package dev.cairn.asl.store;

import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.memory.MemoryEngine;

/** Epochs on the memory engine. */
final class MemoryEpochTest extends EpochContract {
  @Override
  StorageEngine engine() {
    return StoreFixture.engine();
  }

  @Override
  StorageEngine backup(Store store, StorageEngine engine) {
    store.sync();
    store.signHead();
    engine.sync();
    return ((MemoryEngine) engine).copy();
  }

  @Override
  StorageEngine reopen(StorageEngine closed) {
    return ((MemoryEngine) closed).reopen();
  }

  @Override
  int seeds() {
    return 200;
  }
}
