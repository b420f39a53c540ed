package dev.cairn.testkit.sim;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Origin;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Once all could talk to all, over whatever path, every node holds everything and is the same, but
 * for what it was shown of a log that was forked.
 */
final class AfterHealingAllAgree implements Oracle {
  @Override
  public void afterHeal(World world) {
    Map<Origin, Long> all = new TreeMap<>();
    world.truth().logs().forEach((origin, log) -> all.put(origin, due(world, origin, log)));
    for (Origin origin : world.truth().forked()) {
      all.put(origin, greatest(world, origin));
    }
    // Of a log that was proven to be forked each keeps what it had when it heard of that.
    Set<Origin> proven = new TreeSet<>();
    world.nodes().forEach(node -> proven.addAll(node.store().frozen()));
    all.keySet().removeAll(proven);
    all.values().removeIf(size -> size == 0);
    for (SimNode node : world.nodes()) {
      TreeMap<Origin, Long> held = new TreeMap<>(node.sizes());
      held.keySet().removeAll(proven);
      if (!held.equals(all)) {
        throw violation(node + " holds " + held + " of " + all);
      }
    }
    world.likeNodes().forEach(same -> compare(world, same));
  }

  private void compare(World world, List<SimNode> same) {
    SimNode first = same.get(0);
    DerivedRows rows = DerivedRows.of(first.store(), world.options().bug());
    ArtifactKey snapshot = first.store().snapshot(null).key();
    for (SimNode node : same.subList(1, same.size())) {
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
    return goesOn ? log.size() : greatest(world, origin);
  }

  /** What the node that holds most of a log holds of it. */
  static long greatest(World world, Origin origin) {
    return world.nodes().stream()
        .mapToLong(node -> node.sizes().getOrDefault(origin, 0L))
        .max()
        .orElse(0);
  }
}
