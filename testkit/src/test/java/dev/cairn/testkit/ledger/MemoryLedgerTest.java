package dev.cairn.testkit.ledger;

import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.memory.MemoryEngine;

class MemoryLedgerTest extends LedgerContract {
  @Override
  StorageEngine open() {
    return new MemoryEngine(TABLES);
  }
}
