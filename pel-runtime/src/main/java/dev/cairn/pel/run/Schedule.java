package dev.cairn.pel.run;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.time.Ticker;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.model.ProgramNode;
import dev.cairn.pel.run.StepRunner.Outcome;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs a program's nodes, each as soon as its inputs are there, several at once. Used once, by one
 * thread, which alone decides what comes next, looks at the clock and waits for what is to be tried
 * again.
 *
 * <p>A node that fails does not end the run: whatever does not need it still runs, so that the set
 * of outcomes depends on the program and its inputs and not on who was faster. An exception of the
 * environment does end it, once the {@link RetryPolicy} has had enough. A node that found the heap
 * full may have found it so because of the others: it is tried again by itself, when all else that
 * can run has ended.
 */
final class Schedule {
  /** How long a run that is given up waits for operators at work. */
  private static final int CANCEL_SECONDS_MAX = 10;

  private static final long NANOS_PER_MILLI = 1_000_000;

  /** A hundred years, which leaves room for sums of nanoseconds. */
  private static final long MILLIS_MAX = 3_155_760_000_000L;

  private final Program program;
  private final SortedMap<String, ArtifactKey> inputs;
  private final StepRunner runner;
  private final RunOptions options;
  private final Ticker ticker;
  private final Meter meter;
  private final long startNanos;
  private final SortedMap<String, SortedSet<String>> dependents;
  private final Map<String, Integer> waitsFor = new HashMap<>();
  private final Map<String, Integer> tries = new HashMap<>();
  private final PriorityQueue<Again> again = new PriorityQueue<>(Again.ORDER);
  private final PriorityQueue<Again> byItself = new PriorityQueue<>(Again.ORDER);
  private final Map<String, Long> startedNanos = new ConcurrentHashMap<>();
  private final BlockingQueue<Ended> ended = new LinkedBlockingQueue<>();
  private final TreeMap<String, Outcome> outcomes = new TreeMap<>();
  private @Nullable String failedNode;
  private int running;

  /** A node's end: an outcome or what was thrown. */
  private record Ended(
      String node, @Nullable Outcome outcome, @Nullable Throwable thrown, Meter.Part part) {}

  /** A node to be tried again, so long after the run began. */
  private record Again(String node, long afterNanos) {
    private static final Comparator<Again> ORDER =
        Comparator.comparingLong(Again::afterNanos).thenComparing(Again::node);
  }

  Schedule(
      Program program,
      SortedMap<String, ArtifactKey> inputs,
      StepRunner runner,
      RunOptions options,
      Ticker ticker,
      Meter meter) {
    this.program = program;
    this.inputs = inputs;
    this.runner = runner;
    this.options = options;
    this.ticker = ticker;
    this.meter = meter;
    this.startNanos = ticker.nanos();
    this.dependents = program.dependents();
  }

  /** What became of each node that could run. */
  SortedMap<String, Outcome> run() {
    if (program.nodes().isEmpty()) {
      return outcomes;
    }
    ExecutorService pool =
        Executors.newFixedThreadPool(
            Math.min(options.threads(), program.nodes().size()),
            task -> {
              Thread thread = new Thread(task, "cairn-run");
              thread.setDaemon(true);
              return thread;
            });
    try {
      drive(pool);
      return outcomes;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException("the run was cancelled", e);
    } finally {
      end(pool);
    }
  }

  /** The node whose exception ended the run, if one's did. */
  @Nullable String failedNode() {
    return failedNode;
  }

  private void drive(ExecutorService pool) throws InterruptedException {
    for (String id : firstNodes()) {
      submit(pool, id);
    }
    while (running > 0 || !again.isEmpty() || !byItself.isEmpty()) {
      Ended next = ended.poll(patienceNanos(), TimeUnit.NANOSECONDS);
      if (next == null) {
        checkTime();
        submitDue(pool);
        continue;
      }
      running--;
      next.part().end();
      Outcome outcome = next.outcome();
      if (outcome == null) {
        tryAgain(next);
        continue;
      }
      outcomes.put(next.node(), outcome);
      options.listener().ended(next.node(), executed(outcome));
      if (outcome instanceof Outcome.Done) {
        for (String id : dependents.getOrDefault(next.node(), new TreeSet<>())) {
          if (waitsFor.merge(id, -1, Integer::sum) == 0) {
            submit(pool, id);
          }
        }
      }
    }
  }

  static boolean executed(Outcome outcome) {
    return !(outcome instanceof Outcome.Done done) || done.executed();
  }

  // ---- time

  private long elapsedNanos() {
    return ticker.nanos() - startNanos;
  }

  /** How long to wait for a node's end before the clock must be looked at again. */
  private long patienceNanos() {
    RunLimits limits = options.limits();
    long now = elapsedNanos();
    long stepNanos = nanos(limits.stepMillisMax());
    long patience =
        Math.min(nanos(limits.runMillisMax()) - now, Math.max(stepNanos / 8, NANOS_PER_MILLI));
    for (long started : startedNanos.values()) {
      patience = Math.min(patience, started + stepNanos - now);
    }
    Again next = nextAgain();
    if (next != null) {
      patience = Math.min(patience, next.afterNanos() - now);
    }
    return Math.max(patience, 0);
  }

  private static long nanos(long millis) {
    return TimeUnit.MILLISECONDS.toNanos(Math.min(millis, MILLIS_MAX));
  }

  private void checkTime() {
    RunLimits limits = options.limits();
    long now = elapsedNanos();
    if (now >= nanos(limits.runMillisMax())) {
      meter.timedOut(limits.runMillisMax());
      throw new RefusedException(
          "the run took longer than the "
              + limits.runMillisMax()
              + " ms that it may (limit run-millis): "
              + outcomes.size()
              + " of "
              + program.nodes().size()
              + " nodes had ended");
    }
    for (Map.Entry<String, Long> started : new TreeMap<>(startedNanos).entrySet()) {
      if (now - started.getValue() >= nanos(limits.stepMillisMax())) {
        failedNode = started.getKey();
        meter.timedOut(limits.stepMillisMax());
        throw new RefusedException(
            "node "
                + started.getKey()
                + " took longer than the "
                + limits.stepMillisMax()
                + " ms that a node may (limit step-millis)");
      }
    }
  }

  // ---- nodes

  private List<String> firstNodes() {
    List<String> first = new ArrayList<>();
    for (Map.Entry<String, ProgramNode> node : program.nodes().entrySet()) {
      TreeSet<String> needed = new TreeSet<>(node.getValue().inputs());
      needed.removeIf(input -> !program.nodes().containsKey(input));
      waitsFor.put(node.getKey(), needed.size());
      if (needed.isEmpty()) {
        first.add(node.getKey());
      }
    }
    return first;
  }

  private ProgramNode node(String id) {
    ProgramNode node = program.nodes().get(id);
    if (node == null) {
      throw new AssertionError("no node " + id);
    }
    return node;
  }

  private void submit(ExecutorService pool, String id) {
    ProgramNode node = node(id);
    List<ArtifactKey> given = node.inputs().stream().map(this::resolve).toList();
    tries.merge(id, 1, Integer::sum);
    running++;
    pool.execute(() -> handOn(id, node, given, meter.part()));
  }

  /** Runs in a thread of the pool, and never throws. */
  private void handOn(String id, ProgramNode node, List<ArtifactKey> given, Meter.Part part) {
    Outcome outcome = null;
    Throwable thrown = null;
    try {
      startedNanos.put(id, elapsedNanos());
      outcome = runner.run(id, node, given, part);
    } catch (Throwable t) {
      thrown = t;
    } finally {
      startedNanos.remove(id);
    }
    boolean told = false;
    while (!told) {
      try {
        told = ended.add(new Ended(id, outcome, thrown, part));
      } catch (OutOfMemoryError e) {
        Thread.onSpinWait(); // others fill the heap, and end too
      }
    }
  }

  private void tryAgain(Ended failed) {
    String id = failed.node();
    failedNode = id;
    int tried = tries.getOrDefault(id, 0);
    CairnException expected = expected(id, failed.thrown());
    if (!options.retry().triesAgain(tried, expected)) {
      throw expected;
    }
    long delayMillis = options.retry().delayMillis(tried);
    options.listener().triesAgain(id, tried, delayMillis, expected);
    (expected.getCause() instanceof OutOfMemoryError ? byItself : again)
        .add(new Again(id, elapsedNanos() + nanos(delayMillis)));
    failedNode = null;
  }

  private CairnException expected(String id, @Nullable Throwable thrown) {
    if (thrown instanceof CairnException expected) {
      return expected;
    }
    String node = "node " + id + " (" + node(id).operator() + "): not enough ";
    if (thrown instanceof OutOfMemoryError) {
      return new UnavailableException(node + "memory for it in this process", thrown);
    }
    if (thrown instanceof StackOverflowError) {
      return new RefusedException(node + "stack for it in this process", thrown);
    }
    throw new AssertionError("node " + id + " ended unexpectedly", thrown);
  }

  private void submitDue(ExecutorService pool) {
    long now = elapsedNanos();
    for (Again next = nextAgain(); next != null && next.afterNanos() <= now; next = nextAgain()) {
      again.remove(next);
      byItself.remove(next);
      submit(pool, next.node());
    }
  }

  /** What is to be tried again next; null if nothing is, or if all of it must wait for others. */
  private @Nullable Again nextAgain() {
    Again next = again.peek();
    return next == null && running == 0 ? byItself.peek() : next;
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
