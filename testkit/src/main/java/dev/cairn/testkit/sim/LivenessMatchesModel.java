package dev.cairn.testkit.sim;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.asl.store.View;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** What a store shows as live, now and under each snapshot kept, is what the definition gives. */
final class LivenessMatchesModel implements Oracle {
  @Override
  public void atRest(World world) {
    for (SimNode node : world.nodes()) {
      NaiveState state = NaiveState.of(world.truth().heldBy(node), node.sizes());
      compare(node + " now", node.store().now(), state);
      long live = node.store().liveCounts().total();
      if (live != state.live().size()) {
        throw violation(node + " counts " + live + " live, not " + state.live().size());
      }
    }
    for (TakenSnapshot taken : world.snapshots()) {
      if (!taken.isDropped()) {
        compare(
            taken.node() + " at " + taken.snapshot().key(),
            taken.node().store().at(taken.snapshot().cut()),
            NaiveState.of(world.truth().heldBy(taken.node()), taken.sizes()));
      }
    }
  }

  private void compare(String where, View view, NaiveState state) {
    List<LiveEntry> shown = new ArrayList<>();
    view.forEachLive(shown::add);
    for (LiveEntry entry : shown) {
      NaiveState.Fact fact = state.live().get(entry.key());
      if (fact == null
          || !fact.origin().equals(entry.origin())
          || fact.record().logseq() != entry.logseq()
          || fact.record().kind() != entry.kind()
          || !fact.record().payloadDigest().equals(entry.artifact().payloadDigest())) {
        throw violation(where + " shows " + entry + " where the definition gives " + fact);
      }
    }
    if (shown.size() != state.live().size()) {
      throw violation(where + " hides " + hidden(shown, state));
    }
  }

  private static Set<ArtifactKey> hidden(List<LiveEntry> shown, NaiveState state) {
    Set<ArtifactKey> missing = new TreeSet<>(state.live().keySet());
    shown.forEach(entry -> missing.remove(entry.key()));
    return missing;
  }
}
