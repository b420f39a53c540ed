package dev.cairn.testkit.sim;

import java.util.Locale;

/**
 * The command line of {@link SimulationMain}: read, and written so that it repeats a simulation.
 */
final class SimulationCommand {
  private static final String SCRIPT = "testkit/simulate";
  private static final int THREADS_MAX = 1_024;

  private SimulationOptions options = SimulationOptions.DEFAULT;
  private long firstSeed = 1;
  private long lastSeed = 100;
  private int threads = 1;
  private boolean tracing;
  private boolean planted;

  /**
   * What these arguments ask for.
   *
   * @throws IllegalArgumentException if they ask for nothing sensible
   */
  static SimulationCommand parse(String[] arguments) {
    SimulationCommand command = new SimulationCommand();
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i].equals("--trace")) {
        command.tracing = true;
      } else if (arguments[i].equals("--planted")) {
        command.planted = true;
      } else if (i + 1 < arguments.length) {
        command.set(arguments[i], arguments[++i]);
      } else {
        throw new IllegalArgumentException(arguments[i] + " needs a value, or is unknown");
      }
    }
    if (command.tracing && command.threads > 1) {
      throw new IllegalArgumentException("every line can be told of one thread only");
    }
    return command;
  }

  private void set(String name, String value) {
    switch (name) {
      case "--seed", "--seeds" -> setSeeds(value);
      case "--threads" -> setThreads(Integer.parseInt(value));
      case "--steps" -> options = options.withSteps(Integer.parseInt(value));
      case "--nodes" -> options = options.withNodes(value);
      case "--faults" ->
          options = options.withFaults(FaultLevel.valueOf(value.toUpperCase(Locale.ROOT)));
      case "--bug" -> options = options.withBug(PlantedBug.valueOf(value.toUpperCase(Locale.ROOT)));
      case "--oracle" -> options = options.withOracle(value);
      default -> throw new IllegalArgumentException("unknown option " + name);
    }
  }

  private void setSeeds(String value) {
    int dash = value.indexOf('-');
    firstSeed = Long.parseLong(dash < 0 ? value : value.substring(0, dash));
    lastSeed = dash < 0 ? firstSeed : Long.parseLong(value.substring(dash + 1));
    if (lastSeed < firstSeed) {
      throw new IllegalArgumentException("seeds " + value + " go backwards");
    }
  }

  private void setThreads(int count) {
    if (count < 1 || count > THREADS_MAX) {
      throw new IllegalArgumentException(count + " threads, not 1 to " + THREADS_MAX);
    }
    threads = count;
  }

  /** How many simulations run at a time. */
  int threads() {
    return threads;
  }

  SimulationOptions options() {
    return options;
  }

  long firstSeed() {
    return firstSeed;
  }

  long lastSeed() {
    return lastSeed;
  }

  /** True if only the planted defects are to be found. */
  boolean isPlanted() {
    return planted;
  }

  /** True if every line of what happens is wanted. */
  boolean isTracing() {
    return tracing;
  }

  /** The command, on one line, that repeats a simulation in a checkout. */
  static String repeat(long seed, SimulationOptions options) {
    StringBuilder command = new StringBuilder(SCRIPT);
    command.append(" --seed ").append(seed);
    command.append(" --steps ").append(options.steps());
    command.append(" --nodes ").append(options.nodesMin()).append('-').append(options.nodesMax());
    if (options.faults() != null) {
      command.append(" --faults ").append(options.faults());
    }
    if (options.bug() != PlantedBug.NONE) {
      command.append(" --bug ").append(options.bug());
    }
    if (options.oracle() != null) {
      command.append(" --oracle ").append(options.oracle());
    }
    return command.toString();
  }
}
