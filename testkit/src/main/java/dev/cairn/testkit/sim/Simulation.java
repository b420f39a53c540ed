package dev.cairn.testkit.sim;

import dev.cairn.asl.crypto.SignatureCheck;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * One simulation: everything in it follows from its seed.
 *
 * <p>First a phase in which anything may go wrong, where only safety is asked for. Then every node
 * is brought up and the oracles compare each with a replay of what it holds, while they still
 * differ. Then faults end, nodes sync along the links until nothing new comes, which must not take
 * long, and all must be the same. One thread; a simulation runs once.
 */
public final class Simulation {
  private static final int TEXTS_MIN = 4;
  private static final int TEXTS_MAX = 24;
  private static final int STEP_MILLIS_MAX = 60;
  private static final long DRAIN_MILLIS_MAX = 2 * Network.SESSION_MILLIS_MAX;
  private static final int MANY_ONE_SEED_IN = 8;
  private static final int AUDIT_ONE_STEP_IN = 96;
  private static final int MEMBERS_ONE_STEP_IN = 24;
  private static final int KEYS_ONE_STEP_IN = 1_024;
  private static final int COPIES_ONE_STEP_IN = 512;
  private static final int FORGES_ONE_STEP_IN = 8;
  private static final int READS_ONE_STEP_IN = 16;

  /** In every so many seeds each signature is checked on the curve. */
  private static final int CURVE_ONE_SEED_IN = 32;

  private final long seed;
  private final Schedule schedule = new Schedule();
  private final Trace trace;
  private final World world;
  private final Faults faults;
  private final Workload workload;
  private final boolean large;

  /** Nodes at the beginning. */
  private final int count;

  private final Chance auditing;
  private final Chance membering;
  private final Chance keying;
  private final Chance forging;
  private final Chance reading;
  private final Chance copying;

  /** The simulation of a seed. */
  public Simulation(long seed, SimulationOptions options) {
    this(seed, options, line -> {});
  }

  /** The same, with someone who reads every line of what happens. */
  public Simulation(long seed, SimulationOptions options, Consumer<String> listener) {
    this.seed = seed;
    this.trace = new Trace(schedule, listener);
    Chance chance = new Chance(seed);
    FaultLevel drawn =
        switch (chance.below(5)) {
          case 0, 1 -> FaultLevel.CALM;
          case 2, 3 -> FaultLevel.STORMY;
          default -> FaultLevel.RADIOACTIVE;
        };
    FaultLevel level = options.faults() == null ? drawn : options.faults();
    this.count = chance.between(options.nodesMin(), options.nodesMax());
    List<String> names = IntStream.range(0, count).mapToObj(SimNode::name).toList();
    List<SigningKey> keys = names.stream().map(name -> SimNode.key(seed, name)).toList();
    List<SigningKey> successors =
        names.stream().map(name -> SimNode.successor(seed, name)).toList();
    SigningKey forger = Forger.key(seed);
    SignatureCheck check =
        seed % CURVE_ONE_SEED_IN == 0
            ? new RememberedSignatures()
            : new SeededSignatures(
                Stream.of(keys, successors, List.of(forger)).flatMap(List::stream).toList());
    SignatureCheck signatures = options.bug().signatures(check);
    List<SimNode> nodes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      nodes.add(
          new SimNode(
              names.get(i), keys.get(i), successors.get(i), schedule, signatures, options.bug()));
    }
    Universe universe = new Universe(chance.between(TEXTS_MIN, TEXTS_MAX));
    this.large = chance.oneIn(MANY_ONE_SEED_IN);
    this.world = new World(options, level, chance, schedule, trace, nodes, universe, check);
    this.auditing = chance.apart("audits");
    this.membering = chance.apart("membership");
    this.keying = chance.apart("keys");
    this.forging = chance.apart("forging");
    this.copying = chance.apart("copies");
    boolean forges = forging.oneIn(Forger.ONE_SEED_IN);
    this.reading = forges ? chance.apart("partial reading") : forging;
    if (forges) {
      world.letIn(
          new SimNode("liar", forger, forger, schedule, SignatureCheck.ED25519, PlantedBug.NONE));
    }
    if (reading.oneIn(forges ? PartialReplica.ONE_FORGED_SEED_IN : PartialReplica.ONE_SEED_IN)) {
      SigningKey reader = PartialReplica.key(seed);
      world.letInPartial(new SimNode("part", reader, reader, schedule, signatures, options.bug()));
    }
    this.faults = world.power();
    this.workload = new Workload(world);
  }

  /**
   * Runs it to its end.
   *
   * @throws SimulationFailure if anything that must hold does not
   */
  public SimulationResult run() {
    try {
      trace.line("seed " + seed + " " + world.faults() + " " + world.links());
      world.nodes().forEach(world::restart);
      act();
      settle();
      heal();
      countTies();
      countCopiesThatWrote();
    } catch (RuntimeException | Error e) {
      throw failure(e);
    }
    return new SimulationResult(
        seed,
        world.nodes().size(),
        world.truth().records(),
        schedule.nowMillis(),
        trace.counts(),
        trace.digest(),
        world.nodes().get(0).store().stateRoot());
  }

  private void act() {
    schedule.after(0, this::step);
    while (schedule.ran() < world.options().steps()) {
      schedule.runNext();
    }
  }

  private void step() {
    if (schedule.ran() > world.options().steps()) {
      return;
    }
    List<SimNode> up = world.upNodes();
    if (!up.isEmpty()) {
      SimNode node = world.chance().pick(up);
      choose(node);
      if (auditing.oneIn(AUDIT_ONE_STEP_IN) && writes(node)) {
        workload.findings(node);
      }
      if (membering.oneIn(MEMBERS_ONE_STEP_IN) && writes(node)) {
        workload.members(node);
      }
      if (keying.oneIn(KEYS_ONE_STEP_IN) && writes(node)) {
        workload.giveKeyUp(node, keying);
      }
      if (copying.oneIn(COPIES_ONE_STEP_IN) && world.nodes().size() == count) {
        faults.copy(node, copying);
      }
      Forger forger = world.forger();
      if (forger != null && forging.oneIn(FORGES_ONE_STEP_IN)) {
        forger.act(node);
      }
      PartialReplica partial = world.partial();
      if (partial != null && reading.oneIn(READS_ONE_STEP_IN)) {
        partial.act(node);
      }
    }
    schedule.after(world.chance().below(STEP_MILLIS_MAX), this::step);
  }

  private static boolean writes(SimNode node) {
    return node.isUp() && !node.isFailing() && !node.isClosed();
  }

  private void choose(SimNode node) {
    int draw = world.chance().below(1_000);
    if (node.isClosed() && draw < 600) {
      workload.checkStateRoot(node);
    } else if (draw < 600) {
      use(node, draw);
    } else if (draw < 920) {
      sync(node);
    } else {
      disturb(node, draw);
    }
  }

  private void use(SimNode node, int draw) {
    if (draw < 110) {
      workload.put(node);
    } else if (draw < 150) {
      workload.delayed(node);
    } else if (draw < 170) {
      workload.putLarge(node);
    } else if (draw < 260) {
      workload.batch(node);
    } else if (draw < 380) {
      workload.tombstone(node);
    } else if (draw < 430) {
      workload.attest(node);
    } else if (draw < 520) {
      workload.putEdge(node);
    } else if (draw < 550) {
      workload.snapshot(node);
    } else if (draw < 565) {
      workload.dropSnapshot(node);
    } else if (draw < 585) {
      workload.run(node);
    } else if (draw < 592) {
      workload.collect(node);
    } else if (draw < 595 && large) {
      workload.putMany(node);
    } else {
      workload.checkStateRoot(node);
    }
  }

  private void sync(SimNode node) {
    List<Link> own =
        world.links().stream().filter(l -> l.one() == node || l.other() == node).toList();
    int direction = world.chance().below(4);
    world.network().sync(world.chance().pick(own), node, direction != 0, direction != 1);
  }

  private void disturb(SimNode node, int draw) {
    if (draw < 932) {
      faults.crash(node);
    } else if (draw < 940) {
      faults.kill(node);
    } else if (draw < 950) {
      faults.armFailure(node);
    } else if (draw < 960) {
      faults.armUnknown(node);
    } else if (draw < 980) {
      faults.cut(world.chance().pick(world.links()));
    } else if (draw < 984) {
      faults.backUp(node);
    } else if (draw < 986) {
      faults.restore(node);
    } else {
      faults.jumpClock(node);
    }
  }

  /** No new actions: sessions end, nodes come up, armed faults go away. */
  private void settle() {
    drain();
    for (SimNode node : world.nodes()) {
      if (node.isUp()) {
        node.kill();
      }
      world.restart(node);
    }
    PartialReplica partial = world.partial();
    if (partial != null) {
      partial.start();
    }
    trace.line("at rest, not yet healed");
    world.oracles().forEach(oracle -> oracle.atRest(world));
  }

  private void drain() {
    long until = schedule.nowMillis() + DRAIN_MILLIS_MAX;
    while (world.network().isBusy()) {
      if (!schedule.runNext() || schedule.nowMillis() > until) {
        world.violated("SessionsEnd", "sessions go on with nothing to do");
        return;
      }
    }
  }

  private void heal() {
    world.beginHealing();
    trace.note(SimEvent.HEAL, "");
    world.links().forEach(Link::mend);
    int rounds = world.nodes().size() + 1;
    for (int round = 0; round < rounds; round++) {
      List<?> before = held();
      for (Link link : world.links()) {
        world.network().sync(link, link.one(), true, true);
        drain();
      }
      if (before.equals(held())) {
        readInPart();
        trace.line("healed");
        world.oracles().forEach(oracle -> oracle.atRest(world));
        world.oracles().forEach(oracle -> oracle.afterHeal(world));
        return;
      }
    }
    world.violated("AfterHealingAllAgree", "news still flows after " + rounds + " rounds");
  }

  /** All hold everything: whoever holds it in part asks one of them. */
  private void readInPart() {
    PartialReplica partial = world.partial();
    if (partial != null) {
      partial.sync(world.nodes().get(0));
      drain();
    }
  }

  /** What syncs can bring: records, and evidence. */
  private List<?> held() {
    return world.nodes().stream()
        .map(node -> List.of(node.sizes(), Set.copyOf(node.store().frozen())))
        .toList();
  }

  private void countTies() {
    Map<String, Origin> first = new TreeMap<>();
    world
        .truth()
        .logs()
        .forEach(
            (origin, log) -> {
              for (int i = 0; i < log.size(); i++) {
                LogRecord record = log.record(i);
                Origin other = first.putIfAbsent(record.logseq() + " " + record.id(), origin);
                if (other != null && !other.equals(origin)) {
                  trace.count(SimEvent.LOGSEQ_TIE);
                }
              }
            });
  }

  /** Nodes whose store was copied, and both went on writing. */
  private void countCopiesThatWrote() {
    List<SimNode> nodes = world.nodes();
    for (SimNode copy : nodes.subList(count, nodes.size())) {
      if (world.truth().find(copy.origin()) != null) {
        trace.count(SimEvent.COPY_WROTE);
      }
    }
  }

  private SimulationFailure failure(Throwable e) {
    StringBuilder story = new StringBuilder("simulation of seed " + seed + " failed\n");
    for (String line : trace.tail()) {
      story.append("  ").append(line).append('\n');
    }
    String verdict =
        e instanceof OracleViolation ? String.valueOf(e.getMessage()) : String.valueOf(e);
    if (!(e instanceof OracleViolation)) {
      StringWriter stack = new StringWriter();
      forgetWhoRan(e);
      e.printStackTrace(new PrintWriter(stack));
      story.append(stack);
    }
    story.append(verdict).append("\nrepeat it with:\n");
    story.append(SimulationCommand.repeat(seed, world.options()));
    return new SimulationFailure(seed, verdict, story.toString());
  }

  /** What is told of a failure is the same whoever ran the simulation. */
  private static void forgetWhoRan(Throwable e) {
    for (Throwable one = e; one != null; one = one.getCause()) {
      List<StackTraceElement> frames = List.of(one.getStackTrace());
      for (int i = 0; i < frames.size(); i++) {
        if (frames.get(i).getClassName().equals(Simulation.class.getName())
            && frames.get(i).getMethodName().equals("run")) {
          one.setStackTrace(frames.subList(0, i + 1).toArray(new StackTraceElement[0]));
          break;
        }
      }
    }
  }
}
