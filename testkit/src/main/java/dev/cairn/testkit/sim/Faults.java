package dev.cairn.testkit.sim;

import dev.cairn.asl.error.StoreFailedException;
import java.util.List;

/** Takes nodes down and brings them up, makes media fail, cuts links and moves clocks. */
final class Faults {
  private static final int DOWN_MILLIS_MAX = 800;
  private static final int CUT_MILLIS_MAX = 3_000;
  private static final int FAILING_MILLIS_MAX = 200;
  private static final int WRITES_BEFORE_FAILURE_MAX = 12;

  /** As far as a production node leaps, lest two copies come to one epoch. */
  private static final int EPOCH_LEAP_MAX = 1 << 20;

  private static final int CLOCK_JUMP_MILLIS_MAX = 600_000;

  private final World world;

  Faults(World world) {
    this.world = world;
  }

  /** Loss of power now; some unsynced writes may have reached the medium. */
  void crash(SimNode node) {
    if (!node.isUp()) {
      return;
    }
    boolean busy = world.network().isBusy(node);
    int unsynced = node.engine().unsyncedBatches();
    int kept = world.chance().below(unsynced + 1);
    world.trace().note(SimEvent.CRASH, node + " keeps " + kept + " of " + unsynced);
    if (busy) {
      world.trace().count(SimEvent.CRASH_IN_SESSION);
    }
    if (kept < unsynced) {
      world.trace().count(SimEvent.CRASH_LOST_WRITES);
    }
    world.network().onDown(node);
    node.crash(kept);
    restartLater(node);
  }

  /** The process is killed; the machine goes on. */
  void kill(SimNode node) {
    if (!node.isUp()) {
      return;
    }
    world.trace().note(SimEvent.KILL, node.toString());
    world.network().onDown(node);
    node.kill();
    restartLater(node);
  }

  /** True if a copy of the node's store can go on from there. */
  private static boolean isWhole(SimNode node) {
    return node.isUp() && !node.isFailing() && node.unknownRecords() == 0 && !node.isClosed();
  }

  /** Somebody copies a node's directory and starts the copy too, elsewhere in the network. */
  void copy(SimNode node, Chance chance) {
    if (!isWhole(node)) {
      return;
    }
    List<SimNode> others = world.nodes().stream().filter(any -> any != node).toList();
    SimNode copy = node.copied(node + "+", chance.between(1, EPOCH_LEAP_MAX));
    world.trace().note(SimEvent.COPIED, node + " from " + node.durableSizes().values());
    world.add(copy, chance.pick(others));
    world.oracles().forEach(oracle -> oracle.restored(copy));
    world.restart(copy);
  }

  /** Copies a node's store while it is at rest between two commits. */
  void backUp(SimNode node) {
    if (isWhole(node)) {
      node.takeBackup();
      world.trace().note(SimEvent.BACKUP, node + " " + node.durableSizes().values());
    }
  }

  /** Puts a node back to its backup, however old. */
  void restore(SimNode node) {
    if (!node.isUp() || !node.hasBackup()) {
      return;
    }
    world.trace().note(SimEvent.RESTORE, node + " from " + node.durableSizes().values());
    world.network().onDown(node);
    node.restore(world.chance().between(1, EPOCH_LEAP_MAX));
    world.oracles().forEach(oracle -> oracle.restored(node));
    restartLater(node);
  }

  /**
   * A node that has given its key up for another goes on with that. If its medium refuses, it tries
   * again when it comes up.
   */
  void rotate(SimNode node) {
    try {
      // The next node's log is nothing to believe before the end of this one's is signed.
      node.store().signHead();
    } catch (StoreFailedException e) {
      world.trace().note(SimEvent.WRITE_FAILED, node + " at its log's end: " + e.getMessage());
      failed(node);
      return;
    }
    world.network().onDown(node);
    world.trace().line(node + " goes on with another key");
    node.rotate();
    world.restart(node);
  }

  private void restartLater(SimNode node) {
    int incarnation = node.incarnation();
    world
        .schedule()
        .after(
            world.chance().between(1, DOWN_MILLIS_MAX),
            () -> {
              if (!node.isUp() && node.incarnation() == incarnation) {
                world.restart(node);
              }
            });
  }

  /** A node whose store refuses writes is taken down before long. */
  void failed(SimNode node) {
    if (node.isFailing()) {
      return;
    }
    node.setFailing();
    int incarnation = node.incarnation();
    world
        .schedule()
        .after(
            world.chance().below(FAILING_MILLIS_MAX),
            () -> {
              if (node.incarnation() == incarnation) {
                end(node);
              }
            });
  }

  private void end(SimNode node) {
    if (world.chance().oneIn(2)) {
      crash(node);
    } else {
      kill(node);
    }
  }

  void armFailure(SimNode node) {
    int writes = world.chance().below(WRITES_BEFORE_FAILURE_MAX);
    world.trace().line(node + " will fail after " + writes + " writes");
    node.engine().faults().failCommitsAfter(writes, 1);
  }

  void armUnknown(SimNode node) {
    boolean written = world.chance().oneIn(2);
    world.trace().line(node + " will lose an outcome, written " + written);
    node.engine().faults().loseOutcomeOfNextAppend(written);
  }

  void cut(Link link) {
    boolean forward = world.chance().oneIn(2);
    boolean both = world.chance().oneIn(2);
    link.cut(both || forward, both || !forward);
    world.trace().note(both ? SimEvent.LINK_CUT : SimEvent.LINK_CUT_ONE_WAY, link.toString());
    world.schedule().after(world.chance().between(1, CUT_MILLIS_MAX), () -> mend(link));
  }

  private void mend(Link link) {
    if (link.isCut()) {
      link.mend();
      world.trace().note(SimEvent.LINK_MENDED, link.toString());
    }
  }

  void jumpClock(SimNode node) {
    int millis = world.chance().between(-CLOCK_JUMP_MILLIS_MAX, CLOCK_JUMP_MILLIS_MAX);
    node.moveClock(millis);
    world.trace().note(SimEvent.CLOCK_JUMP, node + " by " + millis);
  }
}
