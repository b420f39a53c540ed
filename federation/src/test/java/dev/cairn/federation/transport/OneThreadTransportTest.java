package dev.cairn.federation.transport;

import dev.cairn.federation.TestNode;

/** Two stores of one process, one thread for both: as {@code cairn sync DIRECTORY} does. */
class OneThreadTransportTest extends TransportContract {
  @Override
  protected void exchange(TestNode from, TestNode to) {
    of(to).with(from.store(), false, true).orThrow();
  }
}
