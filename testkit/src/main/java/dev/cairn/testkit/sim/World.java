package dev.cairn.testkit.sim;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.SignatureCheck;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.SnapshotInfo;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** All that one simulation consists of, for the parts that act in it. One thread. */
final class World {
  private final SimulationOptions options;
  private final FaultLevel faults;
  private final Chance chance;
  private final Schedule schedule;
  private final Trace trace;
  private final Truth truth = new Truth();
  private final List<SimNode> nodes;
  private final List<Link> links;
  private final Universe universe;
  private final SignatureCheck signatures;
  private final PayloadsSeen payloads = new PayloadsSeen();
  private final List<TakenSnapshot> snapshots = new ArrayList<>();
  private final List<Oracle> oracles;
  private final Network network;
  private final Faults power;
  private @Nullable Forger forger;
  private @Nullable PartialReplica partial;
  private boolean healing;

  World(
      SimulationOptions options,
      FaultLevel faults,
      Chance chance,
      Schedule schedule,
      Trace trace,
      List<SimNode> nodes,
      Universe universe,
      SignatureCheck signatures) {
    this.signatures = signatures;
    this.options = options;
    this.faults = faults;
    this.chance = chance;
    this.schedule = schedule;
    this.trace = trace;
    this.nodes = new ArrayList<>(nodes);
    this.universe = universe;
    this.links = new ArrayList<>(Link.topology(chance, this.nodes));
    this.oracles = Oracle.all().stream().filter(oracle -> isAsked(oracle.name())).toList();
    this.network = new Network(this);
    this.power = new Faults(this);
  }

  SimulationOptions options() {
    return options;
  }

  FaultLevel faults() {
    return faults;
  }

  /** True if faults of the transport itself may happen now. */
  boolean isStormy() {
    return faults != FaultLevel.CALM && !healing;
  }

  /** True if frames are lied about now. */
  boolean isRadioactive() {
    return faults == FaultLevel.RADIOACTIVE && !healing;
  }

  /** True once faults have ended. */
  boolean isHealing() {
    return healing;
  }

  void beginHealing() {
    healing = true;
  }

  /** Speaks for the oracle of that name, if it is asked. */
  void violated(String oracle, String what) {
    if (isAsked(oracle)) {
      throw new OracleViolation(oracle, what);
    }
  }

  private boolean isAsked(String oracle) {
    return options.oracle() == null || options.oracle().equals(oracle);
  }

  Chance chance() {
    return chance;
  }

  Schedule schedule() {
    return schedule;
  }

  Trace trace() {
    return trace;
  }

  Truth truth() {
    return truth;
  }

  List<SimNode> nodes() {
    return Collections.unmodifiableList(nodes);
  }

  /** A further node, and whom it can talk to. */
  void add(SimNode node, SimNode neighbour) {
    nodes.add(node);
    links.add(Link.between(neighbour, node));
  }

  /**
   * The nodes to ask about what they hold: all, and once all has healed the first of each set of
   * nodes that hold the same, as AfterHealingAllAgree compares the others with it.
   */
  List<SimNode> unlikeNodes() {
    return healing ? likeNodes().stream().map(same -> same.get(0)).toList() : nodes();
  }

  /** The nodes, those together that hold the same records. */
  List<List<SimNode>> likeNodes() {
    Map<Map<Origin, Bytes>, List<SimNode>> like = new LinkedHashMap<>();
    nodes.forEach(node -> like.computeIfAbsent(node.roots(), any -> new ArrayList<>()).add(node));
    return List.copyOf(like.values());
  }

  /** True of all but whoever forks its log. */
  boolean isHonest(SimNode node) {
    return forger == null || !forger.isFace(node);
  }

  /** Lets a node in that holds logs in part. */
  void letInPartial(SimNode node) {
    partial = new PartialReplica(this, node, chance.apart("partial replica"));
  }

  /** Whoever holds logs in part here; null if nobody does. */
  @Nullable PartialReplica partial() {
    return partial;
  }

  /** Whoever forks its log here; null if nobody does. */
  @Nullable Forger forger() {
    return forger;
  }

  /** Lets somebody in who forks its log, and of whom the nodes know nothing. */
  void letIn(SimNode liar) {
    forger = new Forger(this, liar, chance.apart("forger"));
  }

  List<SimNode> upNodes() {
    return nodes.stream().filter(SimNode::isUp).toList();
  }

  List<Link> links() {
    return Collections.unmodifiableList(links);
  }

  Universe universe() {
    return universe;
  }

  /** The check without any planted defect. */
  SignatureCheck signatures() {
    return signatures;
  }

  PayloadsSeen payloads() {
    return payloads;
  }

  List<TakenSnapshot> snapshots() {
    return snapshots;
  }

  List<Oracle> oracles() {
    return oracles;
  }

  Network network() {
    return network;
  }

  Faults power() {
    return power;
  }

  /** A node's store refuses writes: it goes down before long. */
  void failed(SimNode node) {
    power.failed(node);
  }

  /** Tells the oracles that a node's store may have changed. */
  void changed(SimNode node) {
    if (!nodes.contains(node) || !node.isUp() || !node.hasChanged()) {
      return;
    }
    for (Oracle oracle : oracles) {
      oracle.afterStep(this, node);
    }
    network.headsChanged(node);
  }

  /** A node that was put back has no snapshots that came after its backup. */
  private void forgetSnapshots(SimNode node) {
    if (!node.wasRestored()) {
      return;
    }
    Set<ArtifactKey> kept =
        node.store().snapshots().stream().map(SnapshotInfo::key).collect(Collectors.toSet());
    snapshots.stream()
        .filter(taken -> taken.node() == node && !kept.contains(taken.snapshot().key()))
        .forEach(TakenSnapshot::drop);
  }

  /** Brings a node up on what it finds, and asks the oracles whether that is enough. */
  void restart(SimNode node) {
    node.start();
    trace.note(SimEvent.RESTART, node + " " + node.sizes().values());
    forgetSnapshots(node);
    for (Oracle oracle : oracles) {
      oracle.afterRestart(this, node);
    }
    truth.restarted(node);
    int lost = truth.forgetLost(node.store());
    if (lost > 0) {
      trace.note(SimEvent.RELAXED_LOST, node + " " + lost);
    }
    int more = truth.absorb(node.store());
    if (node.unknownRecords() != 0) {
      trace.note(
          more > 0 ? SimEvent.UNKNOWN_BUT_WRITTEN : SimEvent.UNKNOWN_AND_LOST, node + " " + more);
      node.expectUnknown(0);
    }
    if (node.isClosed()) {
      node.forgetBackup();
    }
    changed(node);
    if (node.hasToRotate() && !healing) {
      power.rotate(node);
    }
  }
}
