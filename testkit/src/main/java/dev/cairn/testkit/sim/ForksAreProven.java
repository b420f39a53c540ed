package dev.cairn.testkit.sim;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.evidence.Evidence;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.HeldEvidence;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Two nodes that hold contradicting records of one log both have evidence once an exchange of
 * theirs is done, and so have two of which one had evidence: it takes one exchange to find a fork
 * and one to hear of it. Asked of exchanges in which the transport carried what was said. Evidence
 * stays, convinces whoever reads it, and is against none but the log that was forked; in the end
 * all have it or nobody met the other side.
 */
final class ForksAreProven implements Oracle {
  private final Map<String, Set<Origin>> proven = new TreeMap<>();

  @Override
  public void restored(SimNode node) {
    proven.remove(node.toString());
  }

  @Override
  public void afterRestart(World world, SimNode node) {
    checkKept(node);
  }

  @Override
  public void afterStep(World world, SimNode node) {
    checkKept(node);
    Set<Origin> known = proven.computeIfAbsent(node.toString(), any -> new TreeSet<>());
    for (Origin origin : node.store().frozen()) {
      if (known.add(origin)) {
        world.trace().note(SimEvent.FORK_PROVEN, node + " " + origin.node().shortText());
        checkEvidence(world, node, origin);
      }
    }
  }

  private void checkKept(SimNode node) {
    Set<Origin> before = proven.getOrDefault(node.toString(), Set.of());
    if (!node.store().frozen().containsAll(before)) {
      throw violation(
          node + " had evidence against " + before + ", now against " + node.store().frozen());
    }
  }

  private void checkEvidence(World world, SimNode node, Origin origin) {
    if (!world.truth().forked().contains(origin)) {
      throw violation(node + " holds evidence against " + origin + ", which nobody forked");
    }
    HeldEvidence held =
        node.store()
            .evidence(origin)
            .orElseThrow(() -> violation(node + " froze " + origin + " without evidence"));
    try {
      Evidence read = Evidence.decode(held.evidence().encoded());
      if (!read.origin().equals(origin)) {
        throw violation(node + " holds evidence against " + read.origin() + " for " + origin);
      }
    } catch (CairnException e) {
      throw violation(node + " holds evidence that proves nothing: " + e.getMessage());
    }
  }

  @Override
  public void exchanged(World world, ForksKnown one, ForksKnown other) {
    for (Origin origin : world.truth().forked()) {
      int had = (one.has(origin) ? 1 : 0) + (other.has(origin) ? 1 : 0);
      boolean met = had == 0 && one.contradicts(other, origin);
      boolean heard = had == 1;
      if (met) {
        world.trace().count(SimEvent.FORK_MET);
      }
      if (heard) {
        world.trace().count(SimEvent.FORK_HEARD_OF);
      }
      if (met || heard) {
        check(one.node(), other.node(), origin, met);
        check(other.node(), one.node(), origin, met);
      }
    }
  }

  private void check(SimNode node, SimNode other, Origin origin, boolean met) {
    if (!node.store().frozen().contains(origin)) {
      throw violation(
          node
              + " has no evidence against "
              + origin
              + " after an exchange with "
              + other
              + (met ? ", which holds another log of it" : ", one of which had it"));
    }
  }

  @Override
  public void afterHeal(World world) {
    for (Origin origin : world.truth().forked()) {
      boolean due = false;
      for (SimNode node : world.nodes()) {
        ForksKnown here = ForksKnown.of(world, node);
        due |=
            here.proven().contains(origin)
                || world.nodes().stream()
                    .anyMatch(any -> here.contradicts(ForksKnown.of(world, any), origin));
      }
      for (SimNode node : world.nodes()) {
        if (due && !node.store().frozen().contains(origin)) {
          throw violation("in the end " + node + " has no evidence against " + origin);
        }
      }
    }
  }
}
