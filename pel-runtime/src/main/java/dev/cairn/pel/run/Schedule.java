package dev.cairn.pel.run;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.model.ProgramNode;
import dev.cairn.pel.run.StepRunner.Outcome;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Runs a program's nodes, each as soon as its inputs are there, several at once. Used once, by one
 * thread, which alone decides what comes next.
 *
 * <p>A node that fails does not end the run: whatever does not need it still runs, so that the set
 * of outcomes depends on the program and its inputs and not on who was faster. An exception of the
 * environment does end it.
 */
final class Schedule {
  /** How long a run that is given up waits for operators at work. */
  private static final int CANCEL_SECONDS_MAX = 10;

  private final Program program;
  private final SortedMap<String, ArtifactKey> inputs;
  private final StepRunner runner;
  private final SortedMap<String, SortedSet<String>> dependents;
  private final Map<String, Integer> waitsFor = new HashMap<>();
  private final TreeMap<String, Outcome> outcomes = new TreeMap<>();

  private record Ended(String node, Outcome outcome) {}

  Schedule(Program program, SortedMap<String, ArtifactKey> inputs, StepRunner runner) {
    this.program = program;
    this.inputs = inputs;
    this.runner = runner;
    this.dependents = program.dependents();
  }

  /** What became of each node that could run. */
  SortedMap<String, Outcome> run(int threads) {
    ExecutorService pool =
        Executors.newFixedThreadPool(
            threads,
            task -> {
              Thread thread = new Thread(task, "cairn-run");
              thread.setDaemon(true);
              return thread;
            });
    try {
      drive(new ExecutorCompletionService<>(pool));
      return outcomes;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException("the run was cancelled", e);
    } finally {
      end(pool);
    }
  }

  private void drive(ExecutorCompletionService<Ended> pool) throws InterruptedException {
    int running = 0;
    for (String id : firstNodes()) {
      submit(pool, id);
      running++;
    }
    while (running > 0) {
      Ended ended = take(pool);
      running--;
      outcomes.put(ended.node(), ended.outcome());
      if (ended.outcome() instanceof Outcome.Done) {
        for (String next : dependents.getOrDefault(ended.node(), new TreeSet<>())) {
          if (waitsFor.merge(next, -1, Integer::sum) == 0) {
            submit(pool, next);
            running++;
          }
        }
      }
    }
  }

  private List<String> firstNodes() {
    List<String> first = new ArrayList<>();
    for (Map.Entry<String, ProgramNode> node : program.nodes().entrySet()) {
      TreeSet<String> needed = new TreeSet<>(node.getValue().inputs());
      needed.retainAll(program.nodes().keySet());
      waitsFor.put(node.getKey(), needed.size());
      if (needed.isEmpty()) {
        first.add(node.getKey());
      }
    }
    return first;
  }

  private void submit(ExecutorCompletionService<Ended> pool, String id) {
    ProgramNode node = program.nodes().get(id);
    if (node == null) {
      throw new AssertionError("no node " + id);
    }
    List<ArtifactKey> given = node.inputs().stream().map(this::resolve).toList();
    pool.submit(() -> new Ended(id, runner.run(id, node, given)));
  }

  /** What a reference stands for, once it is there. */
  ArtifactKey resolve(String reference) {
    ArtifactKey input = inputs.get(reference);
    if (input != null) {
      return input;
    }
    if (outcomes.get(reference) instanceof Outcome.Done done) {
      return done.step().outputs().get(0);
    }
    throw new AssertionError("asked for too early: " + reference);
  }

  private static Ended take(ExecutorCompletionService<Ended> pool) throws InterruptedException {
    try {
      return pool.take().get();
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof CairnException expected) {
        throw expected;
      }
      throw new AssertionError("a node ended unexpectedly", cause);
    }
  }

  private static void end(ExecutorService pool) {
    pool.shutdownNow();
    boolean interrupted = Thread.interrupted();
    try {
      pool.awaitTermination(CANCEL_SECONDS_MAX, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
