package dev.cairn.testkit.sim;

import static dev.cairn.testkit.sim.PlantedBug.ACKNOWLEDGED_BEYOND;
import static dev.cairn.testkit.sim.PlantedBug.ACKNOWLEDGED_TOO_EARLY;
import static dev.cairn.testkit.sim.PlantedBug.ALTERED_RECORD;
import static dev.cairn.testkit.sim.PlantedBug.CHECKPOINT_NOT_VERIFIED;
import static dev.cairn.testkit.sim.PlantedBug.CLOCK_IN_OPERATOR;
import static dev.cairn.testkit.sim.PlantedBug.COPY_UNNOTICED;
import static dev.cairn.testkit.sim.PlantedBug.EVIDENCE_UNREAD;
import static dev.cairn.testkit.sim.PlantedBug.FILL_OVERLOOKED;
import static dev.cairn.testkit.sim.PlantedBug.FORGOTTEN_ERASURE;
import static dev.cairn.testkit.sim.PlantedBug.FORGOTTEN_FINDING;
import static dev.cairn.testkit.sim.PlantedBug.FORGOTTEN_MEMBER;
import static dev.cairn.testkit.sim.PlantedBug.FORGOTTEN_PAYLOAD;
import static dev.cairn.testkit.sim.PlantedBug.FORGOTTEN_SLOT;
import static dev.cairn.testkit.sim.PlantedBug.FORGOTTEN_TOMBSTONE;
import static dev.cairn.testkit.sim.PlantedBug.INTEREST_EXCEEDED;
import static dev.cairn.testkit.sim.PlantedBug.INTEREST_OVERLOOKED;
import static dev.cairn.testkit.sim.PlantedBug.NO_TIMEOUTS;
import static dev.cairn.testkit.sim.PlantedBug.ONE_CURSOR_PER_PEER;
import static dev.cairn.testkit.sim.PlantedBug.ORPHANED_OCCURRENCE;
import static dev.cairn.testkit.sim.PlantedBug.ROOTS_UNSAID;
import static dev.cairn.testkit.sim.PlantedBug.SIGNED_TOO_EARLY;
import static dev.cairn.testkit.sim.PlantedBug.TIES_BY_ARRIVAL;
import static dev.cairn.testkit.sim.PlantedBug.TORN_COMMIT;

import java.util.List;
import java.util.OptionalLong;

/**
 * A planted defect, and an oracle that must see it while all others are silent.
 *
 * @param bug the defect
 * @param oracle the oracle's name
 */
record PlantedPair(PlantedBug bug, String oracle) {
  /** Seeds within which each is to be found. */
  static final int SEEDS_MAX = 12;

  /** All of them. */
  static List<PlantedPair> all() {
    return List.of(
        pair(ONE_CURSOR_PER_PEER, AfterHealingAllAgree.class),
        new PlantedPair(ONE_CURSOR_PER_PEER, "HonestPeersAreNeverAccused"),
        pair(FORGOTTEN_TOMBSTONE, LivenessMatchesModel.class),
        pair(FORGOTTEN_TOMBSTONE, EqualCutsImplyEqualRoots.class),
        new PlantedPair(FORGOTTEN_TOMBSTONE, "RecordsOnlyWhereDue"),
        pair(TIES_BY_ARRIVAL, DerivedRowsEqualInOrderReplay.class),
        pair(TIES_BY_ARRIVAL, MergesCommute.class),
        pair(CHECKPOINT_NOT_VERIFIED, NothingUnverifiedVisible.class),
        pair(ACKNOWLEDGED_TOO_EARLY, AcknowledgedIsNeverLost.class),
        pair(ACKNOWLEDGED_TOO_EARLY, CursorsOnlyRise.class),
        pair(ACKNOWLEDGED_TOO_EARLY, SnapshotsImmutable.class),
        pair(SIGNED_TOO_EARLY, AcknowledgedIsNeverLost.class),
        pair(SIGNED_TOO_EARLY, CursorsOnlyRise.class),
        pair(TORN_COMMIT, NoHalfCommitVisible.class),
        pair(ALTERED_RECORD, NothingUnverifiedVisible.class),
        pair(FORGOTTEN_SLOT, EdgesMatchModel.class),
        pair(FORGOTTEN_FINDING, FindingsStayWhole.class),
        pair(ORPHANED_OCCURRENCE, FindingsStayWhole.class),
        pair(FORGOTTEN_MEMBER, StableIsHeldByAll.class),
        pair(ACKNOWLEDGED_BEYOND, StableIsHeldByAll.class),
        pair(ROOTS_UNSAID, ForksAreProven.class),
        pair(EVIDENCE_UNREAD, ForksAreProven.class),
        pair(COPY_UNNOTICED, NothingUnverifiedVisible.class),
        pair(COPY_UNNOTICED, ForksAreProven.class),
        pair(INTEREST_OVERLOOKED, PartialLogsAreTrue.class),
        pair(FILL_OVERLOOKED, PartialLogsAreTrue.class),
        pair(INTEREST_EXCEEDED, PartialLogsAreTrue.class),
        pair(FORGOTTEN_PAYLOAD, LivePayloadsAreReadable.class),
        pair(FORGOTTEN_ERASURE, ErasedPayloadsAreGone.class),
        new PlantedPair(CLOCK_IN_OPERATOR, "ReceiptsAreFunctions"),
        new PlantedPair(NO_TIMEOUTS, "SessionsEnd"));
  }

  private static PlantedPair pair(PlantedBug bug, Class<? extends Oracle> oracle) {
    return new PlantedPair(bug, oracle.getSimpleName());
  }

  /** How many seeds from 1 on it takes until that oracle speaks; empty if more than a dozen. */
  OptionalLong seedsNeeded(SimulationOptions base) {
    SimulationOptions options = base.withBug(bug).withOracle(oracle);
    for (long seed = 1; seed <= SEEDS_MAX; seed++) {
      try {
        new Simulation(seed, options).run();
      } catch (SimulationFailure e) {
        if (e.verdict().startsWith(oracle + ": ")) {
          return OptionalLong.of(seed);
        }
      }
    }
    return OptionalLong.empty();
  }
}
