package dev.cairn.testkit.sim;

/**
 * Every row of every derived table of a node equals, byte for byte, that of a fresh store which
 * took the same records commit by commit in the total order.
 */
final class DerivedRowsEqualInOrderReplay implements Oracle {
  private final Replay replay = new Replay();

  @Override
  public void atRest(World world) {
    for (SimNode node : world.unlikeNodes()) {
      DerivedRows replayed = replay.inOrder(world, node);
      String difference = DerivedRows.of(node.store(), world.options().bug()).difference(replayed);
      if (!difference.isEmpty()) {
        throw violation(node + " and its replay: " + difference);
      }
    }
  }
}
