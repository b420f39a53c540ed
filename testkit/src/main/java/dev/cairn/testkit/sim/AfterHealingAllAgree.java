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
    world.truth().logs().forEach((origin, log) -> all.put(origin, due(world, origin, log)));
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

  /** All of a log; of one whose node was put back, what anybody holds. */
  private static long due(World world, Origin origin, Truth.TrueLog log) {
    boolean goesOn = world.nodes().stream().anyMatch(node -> node.origin().equals(origin));
    return goesOn
        ? log.size()
        : world.nodes().stream()
            .mapToLong(node -> node.sizes().getOrDefault(origin, 0L))
            .max()
            .orElse(0);
  }
}
