package dev.cairn.testkit.sim;

/**
 * Every log ends where a commit ends, and the incrementally kept state root is that of what is
 * there.
 */
final class NoHalfCommitVisible implements Oracle {
  @Override
  public void afterStep(World world, SimNode node) {
    if (!node.isUp()) {
      return;
    }
    TrueLogs held = world.truth().heldBy(node);
    node.sizes()
        .forEach(
            (origin, size) -> {
              if (!held.log(origin).endsCommit(size)) {
                throw violation(
                    node + " shows a commit of " + origin + " in part: it ends at " + size);
              }
            });
  }

  @Override
  public void atRest(World world) {
    for (SimNode node : world.nodes()) {
      if (!node.store().stateRoot().equals(node.store().rebuiltStateRoot())) {
        throw violation(node + " keeps another state root than its rows give");
      }
    }
  }
}
