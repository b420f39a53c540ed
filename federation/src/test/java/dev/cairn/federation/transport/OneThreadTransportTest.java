package dev.cairn.federation.transport;

import dev.cairn.asl.time.Ticker;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.sync.StoreSync;

/** Two stores of one process, one thread for both: as {@code cairn sync DIRECTORY} does. */
class OneThreadTransportTest extends TransportContract {
  @Override
  protected void exchange(TestNode from, TestNode to) {
    new StoreSync(to.store(), SessionOptions.DEFAULT, ReplicationListener.NONE, Ticker.system())
        .with(from.store(), false, true)
        .orThrow();
  }
}
