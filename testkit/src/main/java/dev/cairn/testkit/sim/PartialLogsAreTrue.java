package dev.cairn.testkit.sim;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.note.Checkpoint;
import dev.cairn.federation.filter.PartialLogs;
import dev.cairn.federation.filter.PartialStretch;
import dev.cairn.federation.filter.PartialStretch.Held;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A log held in part is, place for place, a prefix of what its origin wrote and signed: the record
 * where it is of interest, its leaf hash where it is not. Nothing is made of it, and in the end
 * every log is there, and so is each removal of what is of interest, whoever brought it first. Of a
 * log whose node was put back to a backup it may hold more than any node does: nobody can tell it
 * of that end again, and it stays as it came.
 */
final class PartialLogsAreTrue implements Oracle {
  @Override
  public void atRest(World world) {
    PartialReplica replica = world.partial();
    if (replica == null) {
      return;
    }
    SimNode node = replica.node();
    if (!node.store().heads().isEmpty() || node.store().liveCounts().total() != 0) {
      throw violation(node + " makes something of logs that it holds in part");
    }
    PartialLogs logs = new PartialLogs(node.store());
    for (PartialLogs.Coverage held : logs.coverage()) {
      check(world, node, logs, held, trueLog(world, node, held));
      if (held.holes() > 0 && held.held() > 0) {
        world.trace().count(SimEvent.LOG_HELD_IN_PART);
      }
    }
  }

  /** The log of which it holds a part; of one that was forked the side that this is of. */
  private Truth.TrueLog trueLog(World world, SimNode node, PartialLogs.Coverage held) {
    try {
      Checkpoint said = Checkpoint.unverified(held.checkpoint());
      return world.truth().all(held.origin()).stream()
          .filter(log -> log.hasRoot(held.size(), said.root()))
          .findFirst()
          .orElseThrow(() -> violation(node + " holds what was never written: " + held));
    } catch (MalformedException e) {
      throw violation(node + " keeps what is no checkpoint: " + e.getMessage());
    }
  }

  private void check(
      World world, SimNode node, PartialLogs logs, PartialLogs.Coverage held, Truth.TrueLog log) {
    try {
      logs.verify(held.origin());
      Checkpoint signed =
          Checkpoint.verify(
              held.checkpoint(),
              held.origin(),
              Truth.FEDERATION,
              log.publicKey(),
              world.signatures());
      if (signed.treeSize() != held.size() || !signed.root().equals(log.rootAt(held.size()))) {
        throw violation(node + " has another checkpoint of " + held);
      }
    } catch (MalformedException e) {
      throw violation(node + " keeps a checkpoint that does not verify: " + e.getMessage());
    } catch (CairnException e) {
      throw violation(node + " holds a log in part that does not verify: " + e.getMessage());
    }
    long records = 0;
    for (int i = 0; i < held.size(); i++) {
      PartialStretch.Item item = logs.at(held.origin(), i).orElse(null);
      if (item instanceof Held) {
        records++;
      }
      checkPlace(world, node, held, log, i, item);
    }
    if (records != held.held()) {
      throw violation(node + " counts " + held.held() + " records of " + held + ", not " + records);
    }
  }

  /**
   * What the log's filter shows is here. More may be, of what was asked for since: of a peer that
   * could not say that it has all of it.
   */
  private void checkPlace(
      World world,
      SimNode node,
      PartialLogs.Coverage held,
      Truth.TrueLog log,
      int index,
      PartialStretch.@Nullable Item item) {
    LogRecord record = log.record(index);
    boolean due = PartialReplica.shows(held.filter(), record);
    boolean right =
        item instanceof Held here
            ? here.record().equals(log.encoded(index))
            : item != null && item.leaf().equals(TreeHasher.leaf(log.encoded(index)));
    if (!right) {
      throw violation(node + " shows another record " + index + " of " + held.origin());
    }
    boolean wrong = item instanceof Held ? !due && !isAskedFor(world, record) : due;
    if (wrong && PartialReplica.isDecided(held.filter(), record)) {
      throw violation(
          node
              + (due ? " lacks record " : " holds record ")
              + record
              + " at "
              + index
              + " of "
              + held.origin()
              + " by the filter "
              + held.filter());
    }
  }

  private static boolean isAskedFor(World world, LogRecord record) {
    PartialReplica replica = world.partial();
    return replica != null
        && (PartialReplica.shows(replica.filter(), record)
            || !PartialReplica.isDecided(replica.filter(), record));
  }

  @Override
  public void afterHeal(World world) {
    PartialReplica replica = world.partial();
    if (replica == null) {
      return;
    }
    PartialLogs logs = new PartialLogs(replica.node().store());
    Set<Origin> origins = new TreeSet<>();
    world.nodes().forEach(node -> origins.addAll(node.sizes().keySet()));
    // Of a log that was forked each keeps what it had, and nobody gives more.
    origins.removeAll(world.truth().forked());
    for (Origin origin : origins) {
      long size = AfterHealingAllAgree.greatest(world, origin);
      PartialLogs.Coverage held = logs.coverage(origin).orElse(null);
      if (held != null && held.size() > size && !goesOn(world, origin)) {
        continue;
      }
      if (held == null || held.size() != size || !held.filter().equals(replica.filter())) {
        throw violation(
            "in the end " + replica.node() + " holds " + held + " of " + size + " records");
      }
    }
    checkRemovals(world, replica, logs);
  }

  /** Whoever it asked last knows all puts: so of each removal it is known whether it is shown. */
  private void checkRemovals(World world, PartialReplica replica, PartialLogs logs) {
    SortedMap<Origin, Long> known = world.nodes().get(0).sizes();
    Set<ArtifactKey> removable = new TreeSet<>();
    known.forEach(
        (origin, size) -> {
          Truth.TrueLog log = world.truth().find(origin);
          for (int i = 0; log != null && i < size; i++) {
            if (PartialReplica.showsRemovalOf(replica.filter(), log.record(i))) {
              removable.add(log.record(i).id());
            }
          }
        });
    known.forEach(
        (origin, size) -> {
          Truth.TrueLog log = world.truth().find(origin);
          for (int i = 0; log != null && i < size; i++) {
            LogRecord record = log.record(i);
            if (record.kind() == RecordKind.TOMBSTONE
                && removable.contains(record.id())
                && !(logs.at(origin, i).orElse(null) instanceof Held)) {
              throw violation(
                  "in the end "
                      + replica.node()
                      + " was not told of removal "
                      + record
                      + " at "
                      + i
                      + " of "
                      + origin);
            }
          }
        });
  }

  private static boolean goesOn(World world, Origin origin) {
    return world.nodes().stream().anyMatch(node -> node.origin().equals(origin));
  }
}
