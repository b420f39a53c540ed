package dev.cairn.testkit.sim;

import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.federation.filter.InterestFilter;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * A node that holds logs in part: it asks whoever it meets, one at a time, for the records that are
 * of interest to it, wants more as time goes by, loses power, and writes nothing. None of the nodes
 * that hold logs as a whole.
 */
final class PartialReplica {
  /** In every so many seeds in which nobody forks there is one. */
  static final int ONE_SEED_IN = 2;

  /** In every so many of those in which somebody does. */
  static final int ONE_FORGED_SEED_IN = 4;

  private static final int CRASHES_ONE_ACT_IN = 12;
  private static final int WIDENS_ONE_ACT_IN = 16;

  /** Types of tombstones are those of what they remove, as the sender knows it. */
  private static final String BY_TYPE = "type:" + Universe.TEXT;

  private static final Map<String, Predicate<LogRecord>> TERMS =
      new TreeMap<>(
          Map.of(
              "kind:edge",
              record -> record.kind() == RecordKind.TGK_EDGE,
              "kind:tombstone",
              record -> record.kind() == RecordKind.TOMBSTONE,
              "key:..6",
              record -> record.id().digest().toHex().compareTo("6") < 0,
              BY_TYPE,
              record -> record.isPut() && Universe.TEXT.equals(record.tag())));

  private final World world;
  private final SimNode node;
  private final Chance chance;
  private final TreeSet<String> interest = new TreeSet<>();

  PartialReplica(World world, SimNode node, Chance chance) {
    this.world = world;
    this.node = node;
    this.chance = chance;
    interest.add(chance.pick(List.copyOf(TERMS.keySet())));
    node.start();
  }

  /** The key of a seed's partial replica. */
  static SigningKey key(long seed) {
    return SimNode.key(seed, "partial");
  }

  SimNode node() {
    return node;
  }

  /** What it wants now. */
  InterestFilter filter() {
    return InterestFilter.parse(String.join(" | ", interest));
  }

  /** True if a filter shows a record, as its definition says. */
  static boolean shows(InterestFilter filter, LogRecord record) {
    return terms(filter).stream()
        .anyMatch(term -> TERMS.getOrDefault(term, any -> false).test(record));
  }

  /** False if it depends on what the sender knew. */
  static boolean isDecided(InterestFilter filter, LogRecord record) {
    return record.kind() != RecordKind.TOMBSTONE
        || shows(filter, record)
        || !terms(filter).contains(BY_TYPE);
  }

  /** True if a filter shows a removal once it is known what it removes. */
  static boolean showsRemovalOf(InterestFilter filter, LogRecord put) {
    return terms(filter).contains(BY_TYPE) && TERMS.getOrDefault(BY_TYPE, any -> false).test(put);
  }

  private static List<String> terms(InterestFilter filter) {
    return List.of(filter.toString().split(" \\| ", -1));
  }

  void act(SimNode peer) {
    if (!node.isUp()) {
      start();
    } else if (chance.oneIn(CRASHES_ONE_ACT_IN)) {
      int kept = chance.below(node.engine().unsyncedBatches() + 1);
      world.trace().note(SimEvent.CRASH, node + " keeps " + kept);
      world.network().onDown(node);
      node.crash(kept);
    } else if (!world.network().isBusy(node)) {
      if (chance.oneIn(WIDENS_ONE_ACT_IN)
          && interest.add(chance.pick(List.copyOf(TERMS.keySet())))) {
        world.trace().note(SimEvent.INTEREST_WIDENED, node + " to " + filter());
      }
      sync(peer);
    }
  }

  /** Is up, on what it durably holds. */
  void start() {
    if (node.isUp()) {
      node.kill();
    }
    node.start();
    world.trace().note(SimEvent.RESTART, node.toString());
  }

  void sync(SimNode peer) {
    world.trace().note(SimEvent.SYNC_IN_PART, node + " with " + peer);
    world.network().sync(Link.between(node, peer), node, false, false);
  }
}
