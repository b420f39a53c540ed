package dev.cairn.testkit.sim;

import dev.cairn.asl.model.Origin;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a node could tell another of forks at some moment.
 *
 * @param node who
 * @param proven the logs against which it held evidence
 * @param held of each log that was forked the one that it had
 * @param sizes how many records of each it durably held
 */
record ForksKnown(
    SimNode node,
    Set<Origin> proven,
    SortedMap<Origin, Truth.TrueLog> held,
    SortedMap<Origin, Long> sizes) {
  /** What a node that is up knows now. */
  static ForksKnown of(World world, SimNode node) {
    TrueLogs logs = world.truth().heldBy(node);
    TreeMap<Origin, Truth.TrueLog> held = new TreeMap<>();
    TreeMap<Origin, Long> sizes = new TreeMap<>();
    for (Origin origin : world.truth().forked()) {
      long size = node.durableSizes().getOrDefault(origin, 0L);
      if (size > 0) {
        held.put(origin, logs.log(origin));
        sizes.put(origin, size);
      }
    }
    return new ForksKnown(node, new TreeSet<>(node.store().frozen()), held, sizes);
  }

  /** True if it had evidence against a log. */
  boolean has(Origin origin) {
    return proven.contains(origin);
  }

  /** True if the two hold records of a log that cannot both be in it. */
  boolean contradicts(ForksKnown other, Origin origin) {
    Truth.TrueLog here = held.get(origin);
    Truth.TrueLog there = other.held.get(origin);
    if (here == null || there == null) {
      return false;
    }
    long both = Math.min(sizes.getOrDefault(origin, 0L), other.sizes.getOrDefault(origin, 0L));
    return !here.agrees(there, both);
  }
}
