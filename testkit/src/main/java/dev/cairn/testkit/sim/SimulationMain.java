package dev.cairn.testkit.sim;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Runs simulations from a command line:
 *
 * <pre>
 *   SimulationMain [--seed N | --seeds FIRST-LAST] [--steps M] [--nodes MIN-MAX]
 *                  [--faults CALM|STORMY|RADIOACTIVE] [--bug NAME] [--oracle NAME]
 *                  [--threads N | --trace]
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
    if (command.threads() == 1) {
      return tell(command, out, seed -> run(seed, command, listener));
    }
    ExecutorService threads = Executors.newFixedThreadPool(command.threads());
    try {
      return tell(command, out, new Ahead(command, threads)::outcome);
    } finally {
      threads.shutdownNow();
    }
  }

  /** What a simulation came to: what it is, or how it failed. */
  private record Outcome(@Nullable SimulationResult result, @Nullable SimulationFailure failure) {}

  private static Outcome run(long seed, SimulationCommand command, Consumer<String> listener) {
    try {
      return new Outcome(new Simulation(seed, command.options(), listener).run(), null);
    } catch (SimulationFailure e) {
      return new Outcome(null, e);
    }
  }

  /** Simulations that several threads run ahead of who asks for them in order of seeds. */
  private static final class Ahead {
    private static final int AHEAD_PER_THREAD = 4;

    private final SimulationCommand command;
    private final ExecutorService threads;
    private final Deque<Future<Outcome>> begun = new ArrayDeque<>();
    private long next;

    Ahead(SimulationCommand command, ExecutorService threads) {
      this.command = command;
      this.threads = threads;
      this.next = command.firstSeed();
    }

    Outcome outcome(long seed) {
      while (next <= command.lastSeed() && begun.size() < AHEAD_PER_THREAD * command.threads()) {
        long mine = next++;
        begun.add(threads.submit(() -> run(mine, command, line -> {})));
      }
      try {
        return begun.remove().get();
      } catch (ExecutionException e) {
        throw new AssertionError("seed " + seed, e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted at seed " + seed, e);
      }
    }
  }

  private static int tell(SimulationCommand command, PrintStream out, LongFunction<Outcome> run) {
    Map<SimEvent, Long> events = new EnumMap<>(SimEvent.class);
    long records = 0;
    for (long seed = command.firstSeed(); seed <= command.lastSeed(); seed++) {
      out.print("seed " + seed + (command.isTracing() ? "\n" : " "));
      out.flush();
      Outcome outcome = run.apply(seed);
      SimulationResult result = outcome.result();
      if (result == null) {
        out.println();
        out.println(Objects.requireNonNull(outcome.failure()).getMessage());
        return 1;
      }
      result.events().forEach((event, count) -> events.merge(event, count, Long::sum));
      records += result.records();
      out.println("trace " + result.trace().toHex());
    }
    events.forEach((event, count) -> out.println("  " + event + " " + count));
    long seeds = command.lastSeed() - command.firstSeed() + 1;
    out.println(seeds + " simulations, " + records + " records: all held");
    return 0;
  }
}
