package dev.cairn.testkit.engine;

import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.memory.MemoryEngine;

class MemoryEngineContractTest extends StorageEngineContract {
  @Override
  protected StorageEngine openFresh() {
    return new MemoryEngine(TABLES);
  }

  @Override
  protected StorageEngine openAgain(StorageEngine closed) {
    return ((MemoryEngine) closed).reopen();
  }

  @Override
  protected StorageEngine openAfterCrash(StorageEngine open) {
    return ((MemoryEngine) open).crash();
  }
}
