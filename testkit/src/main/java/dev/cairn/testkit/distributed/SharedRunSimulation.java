package dev.cairn.testkit.distributed;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborValue;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.sync.StoreSync;
import dev.cairn.pel.distributed.Coordinator;
import dev.cairn.pel.distributed.CoordinatorOptions;
import dev.cairn.pel.distributed.Look;
import dev.cairn.pel.distributed.Work;
import dev.cairn.pel.index.Divergences;
import dev.cairn.pel.index.Receipts;
import dev.cairn.pel.index.RunClaim;
import dev.cairn.pel.model.Invocation;
import dev.cairn.pel.model.OperatorId;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.model.ProgramNode;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.model.RunStatus;
import dev.cairn.pel.operator.Operator;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.run.Executor;
import dev.cairn.pel.run.RetryPolicy;
import dev.cairn.pel.run.RunOptions;
import dev.cairn.pel.run.RunResult;
import dev.cairn.testkit.distributed.FlakyOperator.Fails;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Several nodes run one random program together, in one thread under virtual time. First anything
 * may go wrong: nodes lose power, their media fail, the network is cut in two, nodes vanish for
 * good, and each has a wrong idea of who is alive. What a node has begun ends in any order, and
 * other things happen in between. Then faults end, and those that are left must come to the receipt
 * that a single node would have written. All follows from the seed.
 */
public final class SharedRunSimulation {
  private static final int NODES_MAX = 5;
  private static final int STEPS = 40;
  private static final int HEALING_ROUNDS_MAX = 60;
  private static final long TAKE_OVER_MILLIS = 5_000;
  private static final long NEVER_MILLIS = 1L << 40;
  private static final RunOptions RUN =
      RunOptions.defaults().withThreads(1).withRetry(RetryPolicy.NEVER);

  /** How often the machine fails, and how. */
  private static final List<Fails> FAILURES =
      List.of(
          Fails.READING,
          Fails.HEAP,
          Fails.NOT,
          Fails.NOT,
          Fails.NOT,
          Fails.NOT,
          Fails.NOT,
          Fails.NOT);

  private final long seed;
  private final Planted planted;
  private final Random random;
  private final List<SharedNode> nodes = new ArrayList<>();
  private final List<String> trace = new ArrayList<>();
  private final OperatorRegistry flaky;
  private Program program = passing();
  private SortedMap<String, ArtifactKey> inputs = new TreeMap<>();
  private ArtifactKey expected = ArtifactKey.of(Bytes.EMPTY, null);
  private @Nullable Receipt receiptAlone;
  private RunStatus status = RunStatus.SUCCEEDED;
  private boolean faulty = true;
  private long nowMillis = 1_700_000_000_000L;
  private int worksMax;
  private int stepsRun;
  private int crashes;
  private int cut;

  /**
   * What came of it.
   *
   * @param nodes how many there were
   * @param left how many were left in the end
   * @param programNodes how many nodes the program has
   * @param stepsRun steps that all nodes ran together
   * @param crashes how often a node went down
   * @param status how the run ended
   * @param rounds of syncing and looking after the faults had ended
   */
  public record Result(
      int nodes,
      int left,
      int programNodes,
      int stepsRun,
      int crashes,
      RunStatus status,
      int rounds) {}

  /** A defect of what is simulated, to show that it would be found. */
  public enum Planted {
    /** None. */
    NONE,
    /** An operator's output depends on when it runs. */
    CLOCK_IN_OPERATOR,
    /** Whoever does the work does all of it twice, at once. */
    BEGINS_TWICE,
    /** Nobody takes over from who is believed to be alive, and everybody is. */
    NO_TAKE_OVER
  }

  private SharedRunSimulation(long seed, Planted planted) {
    this.seed = seed;
    this.planted = planted;
    this.random = new Random(seed);
    this.flaky =
        operators(
            new FlakyOperator(
                () -> faulty ? FAILURES.get(random.nextInt(FAILURES.size())) : Fails.NOT,
                () -> planted == Planted.CLOCK_IN_OPERATOR ? Long.toString(nowMillis) : ""));
  }

  /**
   * Runs the simulation of a seed.
   *
   * @throws AssertionError if a promise is broken, with what happened
   */
  public static Result run(long seed, Planted planted) {
    SharedRunSimulation simulation = new SharedRunSimulation(seed, planted);
    try {
      return simulation.run();
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError(
          "seed " + seed + ": " + e + "\n  " + String.join("\n  ", simulation.trace), e);
    } finally {
      simulation.nodes.forEach(SharedNode::crash);
    }
  }

  /** What stands for the program until it is made. */
  private static Program passing() {
    TreeMap<String, String> outputs = new TreeMap<>();
    outputs.put("out", "in");
    return new Program(new TreeSet<>(List.of("in")), new TreeMap<>(), outputs);
  }

  private static OperatorRegistry operators(Operator own) {
    List<Operator> all = new ArrayList<>(OperatorRegistry.builtIn().operators().values());
    all.add(own);
    return OperatorRegistry.of(all);
  }

  private Result run() {
    int count = 1 + random.nextInt(NODES_MAX);
    worksMax = 1 + random.nextInt(4);
    CoordinatorOptions options =
        CoordinatorOptions.defaults()
            .withTakeOverMillis(planted == Planted.NO_TAKE_OVER ? NEVER_MILLIS : TAKE_OVER_MILLIS)
            .withWorksMax(worksMax)
            .withRun(RUN);
    for (int i = 0; i < count; i++) {
      nodes.add(
          new SharedNode(
              "node " + i + " of " + seed, () -> nowMillis, flaky, this::guessedAlive, options));
    }
    makeProgram();
    Coordinator.request(nodes.get(0).store(), program, inputs);
    for (int i = 0; i < STEPS; i++) {
      nowMillis += random.nextInt(2_000);
      act();
    }
    int rounds = heal();
    return new Result(
        count, left().size(), program.nodes().size(), stepsRun, crashes, status, rounds);
  }

  // ---- the program

  private void makeProgram() {
    TreeSet<String> names = new TreeSet<>();
    for (int i = 0; i <= random.nextInt(3); i++) {
      names.add("in" + i);
      inputs.put("in" + i, nodes.get(0).store().put(null, Bytes.utf8("input " + i % 2)));
    }
    List<String> references = new ArrayList<>(names);
    TreeMap<String, ProgramNode> made = new TreeMap<>();
    int count = 1 + random.nextInt(10);
    for (int i = 0; i < count; i++) {
      ProgramNode node = programNode(references);
      made.put("n" + i, node);
      references.add("n" + i);
      if (node.operator().name().equals("list/of")) {
        references.add("m" + i);
        made.put("m" + i, map("n" + i));
      }
    }
    TreeMap<String, String> outputs = new TreeMap<>();
    outputs.put("last", "n" + (count - 1));
    outputs.put("any", references.get(random.nextInt(references.size())));
    program = new Program(names, made, outputs);
    try (Store alone = aloneWithInputs()) {
      RunResult result =
          new Executor(alone, operators(new FlakyOperator(() -> Fails.NOT, () -> "")))
              .run(program, inputs, RUN);
      expected = result.key();
      receiptAlone = result.receipt();
      status = result.status();
    }
  }

  private Store aloneWithInputs() {
    Store alone =
        new SharedNode(
                "alone of " + seed,
                () -> nowMillis,
                flaky,
                TreeSet::new,
                CoordinatorOptions.defaults())
            .store();
    alone.put(null, Bytes.utf8("input 0"));
    alone.put(null, Bytes.utf8("input 1"));
    return alone;
  }

  private ProgramNode programNode(List<String> references) {
    List<String> given = new ArrayList<>();
    int count = random.nextInt(3);
    for (int i = 0; i <= count; i++) {
      given.add(references.get(random.nextInt(references.size())));
    }
    if (random.nextInt(4) == 0) {
      return new ProgramNode(
          OperatorId.parse("digest/sha256@1"),
          given.subList(0, 1),
          new CborValue.Dict(new TreeMap<>()));
    }
    if (random.nextInt(5) == 0) {
      return new ProgramNode(
          OperatorId.parse("list/of@1"), given, new CborValue.Dict(new TreeMap<>()));
    }
    TreeMap<String, CborValue> parameters = new TreeMap<>();
    parameters.put("text", new CborValue.Text("text " + random.nextInt(3)));
    if (random.nextInt(20) == 0) {
      parameters.put("refuses", new CborValue.Bool(true));
    }
    return new ProgramNode(FlakyOperator.ID, given, new CborValue.Dict(parameters));
  }

  /** What the operator of the others gives for each item: some of which others know as steps. */
  private ProgramNode map(String list) {
    TreeMap<String, CborValue> applied = new TreeMap<>();
    applied.put("text", new CborValue.Text("text " + random.nextInt(3)));
    TreeMap<String, CborValue> parameters = new TreeMap<>();
    parameters.put("operator", new CborValue.Text(FlakyOperator.ID.toString()));
    parameters.put("parameters", new CborValue.Dict(applied));
    return new ProgramNode(
        OperatorId.parse("list/map@1"), List.of(list), new CborValue.Dict(parameters));
  }

  // ---- what happens

  private void act() {
    SharedNode node = nodes.get(random.nextInt(nodes.size()));
    int what = random.nextInt(100);
    if (what < 28) {
      look(node);
    } else if (what < 55) {
      work(node);
    } else if (what < 82) {
      int other = random.nextInt(nodes.size());
      if (connected(nodes.indexOf(node), other)) {
        sync(node, nodes.get(other));
      }
    } else if (what < 90) {
      if (node.isUp()) {
        crash(node);
      } else {
        trace(node, "starts");
        node.start();
      }
    } else if (what < 94) {
      cut = random.nextInt(1 << nodes.size());
      trace(node, "sees the network cut: " + Integer.toBinaryString(cut));
    } else if (what < 97) {
      if (node.isUp()) {
        trace(node, "will fail to write");
        node.failNextCommit();
      }
    } else if (mayVanish(node)) {
      trace(node, "vanishes");
      crashes++;
      node.vanish();
    }
  }

  private boolean connected(int one, int other) {
    return one != other && ((cut >> one) & 1) == ((cut >> other) & 1);
  }

  /** Whatever nodes think of who is alive: mostly right, never to be relied on. */
  private SortedSet<NodeId> guessedAlive() {
    TreeSet<NodeId> alive = new TreeSet<>();
    for (SharedNode node : nodes) {
      if (planted == Planted.NO_TAKE_OVER || random.nextInt(10) < (node.isUp() ? 9 : 3)) {
        alive.add(node.id());
      }
    }
    return alive;
  }

  private void look(SharedNode node) {
    if (!node.isUp()) {
      return;
    }
    try {
      Look look = node.coordinator().step(nowMillis);
      trace(node, "looks: " + told(look));
      if (!look.refused().isEmpty()) {
        throw new AssertionError("a good request was refused");
      }
      begin(node, look);
    } catch (CairnException e) {
      trace(node, "fails: " + e.getMessage());
      crash(node);
    }
    check(node);
  }

  /** One of the pieces of work that a node has begun ends, whichever is the first. */
  private void work(SharedNode node) {
    if (!node.isUp() || node.works().isEmpty()) {
      return;
    }
    Work work = node.works().remove(random.nextInt(node.works().size()));
    stepsRun++;
    Work.Ended ended = work.run();
    if (faulty && random.nextInt(20) == 0) {
      crash(node); // it may be durable, and the coordinator never hears of it
      return;
    }
    try {
      Look look = node.coordinator().ended(ended, nowMillis);
      trace(node, "has done " + name(work) + ": " + told(look));
      begin(node, look);
    } catch (CairnException e) {
      trace(node, "fails at " + name(work) + ": " + e.getMessage());
      crash(node);
    }
    check(node);
  }

  private void begin(SharedNode node, Look look) {
    List<Work> begun = new ArrayList<>(look.begun());
    if (planted == Planted.BEGINS_TWICE) {
      begun.addAll(look.begun());
    }
    for (Work work : begun) {
      node.works().add(work);
      oracle().check(node, work);
    }
  }

  private WorkOracle oracle() {
    if (receiptAlone == null) {
      throw new AssertionError("no run alone to compare with");
    }
    return new WorkOracle(program, receiptAlone, worksMax);
  }

  private static String told(Look look) {
    return look.begun().size() + " begun, " + look.finished().size() + " finished";
  }

  private static String name(Work work) {
    return work.isWhole() ? "the whole" : work.subject().toHex().substring(0, 8);
  }

  private void sync(SharedNode one, SharedNode other) {
    if (one == other || !one.isUp() || !other.isUp()) {
      return;
    }
    try {
      StoreSync sync =
          new StoreSync(
              one.store(),
              SessionOptions.DEFAULT,
              ReplicationListener.NONE,
              () -> nowMillis * 1_000_000);
      boolean done = sync.with(other.store(), true, true).isDone();
      trace(one, "syncs with " + other + (done ? "" : ", in vain"));
      if (!done) {
        crash(one);
        crash(other);
      }
    } catch (CairnException e) {
      trace(one, "fails to sync: " + e.getMessage());
      crash(one);
      crash(other);
    }
    check(one);
    check(other);
  }

  private void crash(SharedNode node) {
    if (node.isUp()) {
      crashes++;
      trace(node, "loses power");
      node.crash();
    }
  }

  /** A node may go for good if another one knows all that is needed. */
  private boolean mayVanish(SharedNode node) {
    return left().stream().anyMatch(other -> other != node && other.isUp() && knows(other));
  }

  private boolean knows(SharedNode node) {
    Receipts receipts = new Receipts(node.store(), node.store().now());
    return !receipts.requests(any -> true, 1).isEmpty()
        && inputs.values().stream().allMatch(key -> node.store().now().isLive(key))
        && node.store().now().isLive(program.key());
  }

  private List<SharedNode> left() {
    return nodes.stream().filter(node -> !node.isGone()).toList();
  }

  // ---- the end

  private int heal() {
    faulty = false;
    cut = 0;
    left().forEach(SharedNode::crash);
    left().forEach(SharedNode::start);
    List<SharedNode> knowing = left().stream().filter(this::knows).toList();
    if (knowing.isEmpty()) {
      throw new AssertionError("nobody knows what is asked for");
    }
    if (random.nextBoolean()) {
      SharedNode survivor = knowing.get(random.nextInt(knowing.size()));
      left().stream().filter(node -> node != survivor).forEach(SharedNode::vanish);
      trace(survivor, "is all that is left");
    }
    for (int round = 1; round <= HEALING_ROUNDS_MAX; round++) {
      nowMillis += TAKE_OVER_MILLIS;
      List<SharedNode> left = left();
      for (int i = 0; i < left.size(); i++) {
        look(left.get(i));
        while (!left.get(i).works().isEmpty()) {
          work(left.get(i));
        }
        sync(left.get(i), left.get((i + 1) % left.size()));
      }
      if (left.stream().allMatch(this::hasReceipt)) {
        return round;
      }
    }
    throw new AssertionError("no receipt after " + HEALING_ROUNDS_MAX + " rounds without faults");
  }

  private boolean hasReceipt(SharedNode node) {
    return !claims(node).isEmpty();
  }

  private List<RunClaim> claims(SharedNode node) {
    return new Receipts(node.store(), node.store().now())
        .claims(new Invocation(program.key(), inputs), 0);
  }

  /** Never another receipt than that of a run alone, and no contradiction anywhere. */
  private void check(SharedNode node) {
    if (!node.isUp()) {
      return;
    }
    for (RunClaim claim : claims(node)) {
      if (!claim.receipt().equals(expected)) {
        throw new AssertionError(node + " has receipt " + claim.receipt() + ", not " + expected);
      }
    }
    if (!new Divergences(node.store(), node.store().now()).find(1).isEmpty()) {
      throw new AssertionError(node + " holds receipts that contradict each other");
    }
  }

  private void trace(SharedNode node, String what) {
    trace.add(nowMillis + " " + node + " " + what);
  }
}
