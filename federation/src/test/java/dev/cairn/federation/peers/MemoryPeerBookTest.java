package dev.cairn.federation.peers;

import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.federation.TestNode;

class MemoryPeerBookTest extends PeerBookContract {
  @Override
  StorageEngine engine() {
    return new MemoryEngine(TestNode.tables());
  }

  @Override
  StorageEngine reopen(StorageEngine engine) {
    return ((MemoryEngine) engine).reopen();
  }
}
