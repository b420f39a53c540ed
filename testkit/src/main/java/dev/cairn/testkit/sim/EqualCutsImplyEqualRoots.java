package dev.cairn.testkit.sim;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Origin;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Nodes that hold the same records compute the same SnapshotId; others do not. */
final class EqualCutsImplyEqualRoots implements Oracle {
  private record Held(SimNode node, Map<Origin, Bytes> roots, ArtifactKey snapshot) {}

  @Override
  public void atRest(World world) {
    List<Held> all = new ArrayList<>();
    for (SimNode node : world.nodes()) {
      Held mine = new Held(node, node.roots(), node.store().snapshot(null).key());
      for (Held other : all) {
        if (other.roots.equals(mine.roots) != other.snapshot.equals(mine.snapshot)) {
          throw violation(mine + " beside " + other);
        }
      }
      all.add(mine);
    }
  }
}
