package dev.cairn.testkit.sim;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.store.SnapshotInfo;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A snapshot taken stays, has the same root for ever and on every node that holds its cut, and its
 * payloads stay readable where it is kept.
 */
final class SnapshotsImmutable implements Oracle {
  @Override
  public void afterRestart(World world, SimNode node) {
    checkKept(world, node);
  }

  @Override
  public void atRest(World world) {
    for (SimNode node : world.nodes()) {
      checkKept(world, node);
      checkPayloads(world, node);
    }
    world.unlikeNodes().forEach(node -> checkRoots(world, node));
  }

  private void checkRoots(World world, SimNode node) {
    Map<String, Bytes> roots = new TreeMap<>();
    for (TakenSnapshot taken : world.snapshots()) {
      Snapshot snapshot = taken.snapshot();
      if (!isDue(world, node, taken) || !holds(world, node, taken)) {
        continue;
      }
      Bytes root =
          roots.computeIfAbsent(
              snapshot.key().toString(), key -> node.store().stateRootAt(snapshot.cut()));
      if (!root.equals(snapshot.stateRoot())) {
        throw violation(node + " has another root under " + snapshot + " of " + taken.node());
      }
    }
  }

  /** Before the heal a snapshot is asked of the node that took it and of one other. */
  private static boolean isDue(World world, SimNode node, TakenSnapshot taken) {
    List<SimNode> nodes = world.nodes();
    int other = world.snapshots().indexOf(taken) % nodes.size();
    return world.isHealing() || taken.node() == node || nodes.get(other) == node;
  }

  private static boolean holds(World world, SimNode node, TakenSnapshot taken) {
    Map<?, Long> sizes = node.sizes();
    TrueLogs logs = world.truth().heldBy(node);
    return taken.snapshot().heads().stream()
        .allMatch(
            head ->
                sizes.getOrDefault(head.origin(), 0L) >= head.treeSize()
                    && logs.log(head.origin()).hasRoot(head.treeSize(), head.root()));
  }

  private void checkKept(World world, SimNode node) {
    Set<String> kept =
        node.store().snapshots().stream()
            .map(SnapshotInfo::key)
            .map(Object::toString)
            .collect(Collectors.toSet());
    for (TakenSnapshot taken : keptBy(world, node)) {
      if (!kept.contains(taken.snapshot().key().toString())) {
        throw violation(node + " lost snapshot " + taken.snapshot().key());
      }
    }
  }

  private void checkPayloads(World world, SimNode node) {
    Set<PayloadDigest> held = new TreeSet<>();
    for (TakenSnapshot taken : keptBy(world, node)) {
      for (PayloadDigest digest : taken.payloads()) {
        if (held.add(digest) && !node.store().hasPayload(digest)) {
          throw violation(
              node + " lost payload " + digest + " of snapshot " + taken.snapshot().key());
        }
      }
    }
  }

  private static List<TakenSnapshot> keptBy(World world, SimNode node) {
    return world.snapshots().stream()
        .filter(taken -> taken.node() == node && !taken.isDropped())
        .toList();
  }
}
