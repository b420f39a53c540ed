package dev.cairn.testkit.sim;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.store.LiveEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The payload of every live artifact can be read and verifies: of one's own puts always, of others'
 * once all is healed, unless the transport itself dropped it.
 */
final class LivePayloadsAreReadable implements Oracle {
  @Override
  public void afterRestart(World world, SimNode node) {
    check(node, true);
  }

  @Override
  public void atRest(World world) {
    world.nodes().forEach(node -> check(node, true));
  }

  @Override
  public void afterHeal(World world) {
    if (world.faults() == FaultLevel.CALM) {
      world.nodes().forEach(node -> check(node, false));
    }
  }

  private void check(SimNode node, boolean ownOnly) {
    List<LiveEntry> entries = new ArrayList<>();
    node.store().now().forEachLive(entries::add);
    Set<PayloadDigest> done = new TreeSet<>();
    for (LiveEntry entry : entries) {
      PayloadDigest digest = entry.artifact().payloadDigest();
      if ((ownOnly && !entry.origin().equals(node.origin())) || !done.add(digest)) {
        continue;
      }
      try {
        node.store().payload(digest, entry.artifact().payloadLength());
      } catch (CairnException e) {
        throw violation(
            node
                + " cannot read "
                + entry
                + ": "
                + e.getMessage()
                + "; its history is "
                + node.store().history(entry.key()));
      }
    }
  }
}
