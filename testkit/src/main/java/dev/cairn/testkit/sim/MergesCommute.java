package dev.cairn.testkit.sim;

import dev.cairn.asl.model.Origin;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Merging logs is commutative, associative and idempotent: a store that takes whole logs in one
 * order, one that takes them in the opposite order, and one that takes some twice have, byte for
 * byte, the derived rows of the node whose logs they are.
 */
final class MergesCommute implements Oracle {
  @Override
  public void afterHeal(World world) {
    SimNode node = world.nodes().get(0);
    DerivedRows due = DerivedRows.of(node.store(), world.options().bug());
    List<Origin> forward = new ArrayList<>(node.sizes().keySet());
    forward.addAll(List.copyOf(forward));
    List<Origin> backward = new ArrayList<>(node.sizes().keySet());
    Collections.reverse(backward);
    HeldPayloads payloads = new HeldPayloads(world.payloads(), node.store());
    for (List<Origin> order : List.of(forward, backward)) {
      String difference = Replay.logByLog(world, node, payloads, order).difference(due);
      if (!difference.isEmpty()) {
        throw violation("logs merged as " + order + " and " + node + ": " + difference);
      }
    }
  }
}
