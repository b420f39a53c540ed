package dev.cairn.testkit.sim;

import org.jspecify.annotations.Nullable;

/**
 * The shape of a simulation; everything else follows from its seed.
 *
 * @param steps things that happen before the heal: an action of the workload, a fault, a message
 *     that is sent or arrives, a timer
 * @param nodesMin fewest nodes
 * @param nodesMax most nodes
 * @param faults what may go wrong; null lets the seed choose
 * @param bug a defect planted on purpose, to show that the oracles see it
 * @param oracle the only one that is asked; null asks all
 */
public record SimulationOptions(
    int steps,
    int nodesMin,
    int nodesMax,
    @Nullable FaultLevel faults,
    PlantedBug bug,
    @Nullable String oracle) {
  /** Three to five nodes, both fault levels, nothing planted. */
  public static final SimulationOptions DEFAULT =
      new SimulationOptions(1_600, 3, 5, null, PlantedBug.NONE, null);

  public SimulationOptions {
    if (steps < 1 || nodesMin < 2 || nodesMax < nodesMin) {
      throw new IllegalArgumentException(
          steps + " steps, " + nodesMin + " to " + nodesMax + " nodes");
    }
    if (oracle != null && !Oracle.names().contains(oracle)) {
      throw new IllegalArgumentException("oracle " + oracle + " is none of " + Oracle.names());
    }
  }

  /** The same with another number of steps. */
  public SimulationOptions withSteps(int newSteps) {
    return new SimulationOptions(newSteps, nodesMin, nodesMax, faults, bug, oracle);
  }

  /** The same under given faults; null lets the seed choose. */
  public SimulationOptions withFaults(@Nullable FaultLevel newFaults) {
    return new SimulationOptions(steps, nodesMin, nodesMax, newFaults, bug, oracle);
  }

  /** The same with a planted defect. */
  public SimulationOptions withBug(PlantedBug newBug) {
    return new SimulationOptions(steps, nodesMin, nodesMax, faults, newBug, oracle);
  }

  /** The same with one oracle only, by its name; null asks all. */
  public SimulationOptions withOracle(@Nullable String newOracle) {
    return new SimulationOptions(steps, nodesMin, nodesMax, faults, bug, newOracle);
  }

  /** The same with other numbers of nodes, as in {@code 3-5}. */
  public SimulationOptions withNodes(String range) {
    int dash = range.indexOf('-');
    if (dash < 0) {
      throw new IllegalArgumentException("nodes '" + range + "' is not of the form MIN-MAX");
    }
    int min = Integer.parseInt(range.substring(0, dash));
    return new SimulationOptions(
        steps, min, Integer.parseInt(range.substring(dash + 1)), faults, bug, oracle);
  }
}
