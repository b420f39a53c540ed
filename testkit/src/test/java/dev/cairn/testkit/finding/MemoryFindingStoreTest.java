package dev.cairn.testkit.finding;

import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.memory.MemoryEngine;
import java.util.Set;

class MemoryFindingStoreTest extends FindingStoreContract {
  @Override
  protected StorageEngine openFresh(String name, Set<Table> tables) {
    return new MemoryEngine(tables);
  }

  @Override
  protected StorageEngine openAgain(StorageEngine closed, String name, Set<Table> tables) {
    return ((MemoryEngine) closed).reopen();
  }
}
