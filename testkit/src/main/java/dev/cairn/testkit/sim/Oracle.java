package dev.cairn.testkit.sim;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * One thing that must hold whatever happens. It reads stores and the truth and changes neither, and
 * throws {@link #violation} when it does not hold.
 */
interface Oracle {
  /** What one node's store holds may have changed. */
  default void afterStep(World world, SimNode node) {}

  /** A node has come up, and nothing has been done with it yet. */
  default void afterRestart(World world, SimNode node) {}

  /**
   * A node that is down was put back to an earlier state, or is a copy of one that goes on, and
   * knows it: it begins another epoch.
   */
  default void restored(SimNode node) {}

  /**
   * Two nodes have done all of an exchange, in which all that either said arrived as it was said.
   *
   * @param one what one of them knew of forks when it began
   * @param other what the other one knew then
   */
  default void exchanged(World world, ForksKnown one, ForksKnown other) {}

  /** Every node is up and none is in a session; they may hold different records. */
  default void atRest(World world) {}

  /** The same, after faults ended and syncs brought nothing more. */
  default void afterHeal(World world) {}

  /** All of them, new: some remember. */
  static List<Oracle> all() {
    return List.of(
        new AcknowledgedIsNeverLost(),
        new NothingUnverifiedVisible(),
        new NoHalfCommitVisible(),
        new CursorsOnlyRise(),
        new LivenessMatchesModel(),
        new EdgesMatchModel(),
        new FindingsStayWhole(),
        new SnapshotsImmutable(),
        new EqualCutsImplyEqualRoots(),
        new DerivedRowsEqualInOrderReplay(),
        new MergesCommute(),
        new StableIsHeldByAll(),
        new ForksAreProven(),
        new PartialLogsAreTrue(),
        new LivePayloadsAreReadable(),
        new ErasedPayloadsAreGone(),
        new AfterHealingAllAgree());
  }

  /** Names of all that can be asked: these, and the checks made in passing where things happen. */
  static Set<String> names() {
    TreeSet<String> names =
        new TreeSet<>(
            List.of(
                "HonestPeersAreNeverAccused",
                "ReceiptsAreFunctions",
                "RecordsOnlyWhereDue",
                "SessionsEnd"));
    all().forEach(oracle -> names.add(oracle.name()));
    return names;
  }

  /** What it is called in verdicts. */
  default String name() {
    return getClass().getSimpleName();
  }

  /** The verdict of this oracle. */
  default OracleViolation violation(String what) {
    return new OracleViolation(name(), what);
  }
}
