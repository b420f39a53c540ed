package dev.cairn.testkit.sim;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Origin;
import java.util.Map;
import java.util.TreeMap;

/** Once all could talk to all, over whatever path, every node holds everything and is the same. */
final class AfterHealingAllAgree implements Oracle {
  @Override
  public void afterHeal(World world) {
    Map<Origin, Long> all = new TreeMap<>();
    world.truth().logs().forEach((origin, log) -> all.put(origin, (long) log.size()));
    all.values().removeIf(size -> size == 0);
    SimNode first = world.nodes().get(0);
    DerivedRows rows = DerivedRows.of(first.store(), world.options().bug());
    ArtifactKey snapshot = first.store().snapshot(null).key();
    for (SimNode node : world.nodes()) {
      if (!node.sizes().equals(all)) {
        throw violation(node + " holds " + node.sizes() + " of " + all);
      }
      String difference = DerivedRows.of(node.store(), world.options().bug()).difference(rows);
      if (!difference.isEmpty()) {
        throw violation(node + " and " + first + ": " + difference);
      }
      if (!node.store().stateRoot().equals(first.store().stateRoot())
          || !node.store().snapshot(null).key().equals(snapshot)) {
        throw violation(node + " and " + first + " have different roots or snapshots");
      }
    }
  }
}
