package dev.cairn.asl.store;

import dev.cairn.asl.engine.ForwardingEngine;
import dev.cairn.asl.engine.StorageEngine;

/** An engine that outlives the stores that are opened on it. */
final class Unclosed extends ForwardingEngine {
  Unclosed(StorageEngine engine) {
    super(engine);
  }

  @Override
  public void close() {
    // Whoever opened it closes it.
  }
}
