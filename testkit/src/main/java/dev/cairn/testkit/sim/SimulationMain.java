package dev.cairn.testkit.sim;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * Runs simulations from a command line:
 *
 * <pre>
 *   SimulationMain [--seed N | --seeds FIRST-LAST] [--steps M] [--nodes MIN-MAX]
 *                  [--faults CALM|STORMY|RADIOACTIVE] [--bug NAME] [--oracle NAME] [--trace]
 *   SimulationMain --planted
 * </pre>
 *
 * <p>Prints each seed before it runs and the digest of its trace after. Ends 0 if all held; else 1,
 * and the last line is the command that repeats the first failure; 2 for a wrong argument.
 */
public final class SimulationMain {
  private SimulationMain() {}

  /** Runs and exits. */
  public static void main(String[] arguments) {
    System.exit(run(arguments, new PrintStream(System.out, true, StandardCharsets.UTF_8)));
  }

  /** Runs and tells the exit code. */
  static int run(String[] arguments, PrintStream out) {
    SimulationCommand command;
    try {
      command = SimulationCommand.parse(arguments);
    } catch (IllegalArgumentException e) {
      out.println(e.getMessage());
      return 2;
    }
    return command.isPlanted() ? findPlanted(command, out) : run(command, out);
  }

  /** The table of the testing page: what each planted defect is found by, and how soon. */
  private static int findPlanted(SimulationCommand command, PrintStream out) {
    int missed = 0;
    for (PlantedPair pair : PlantedPair.all()) {
      OptionalLong seeds = pair.seedsNeeded(command.options());
      missed += seeds.isPresent() ? 0 : 1;
      out.println(
          "| `"
              + pair.bug()
              + "` | `"
              + pair.oracle()
              + "` | "
              + (seeds.isPresent() ? seeds.getAsLong() : "not in " + PlantedPair.SEEDS_MAX)
              + " |");
    }
    return missed == 0 ? 0 : 1;
  }

  private static int run(SimulationCommand command, PrintStream out) {
    Consumer<String> listener = command.isTracing() ? out::println : line -> {};
    Map<SimEvent, Long> events = new EnumMap<>(SimEvent.class);
    long records = 0;
    for (long seed = command.firstSeed(); seed <= command.lastSeed(); seed++) {
      out.print("seed " + seed + (command.isTracing() ? "\n" : " "));
      out.flush();
      try {
        SimulationResult result = new Simulation(seed, command.options(), listener).run();
        result.events().forEach((event, count) -> events.merge(event, count, Long::sum));
        records += result.records();
        out.println("trace " + result.trace().toHex());
      } catch (SimulationFailure e) {
        out.println();
        out.println(e.getMessage());
        return 1;
      }
    }
    events.forEach((event, count) -> out.println("  " + event + " " + count));
    long seeds = command.lastSeed() - command.firstSeed() + 1;
    out.println(seeds + " simulations, " + records + " records: all held");
    return 0;
  }
}
