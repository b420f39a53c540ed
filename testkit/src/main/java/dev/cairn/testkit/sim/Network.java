package dev.cairn.testkit.sim;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.StoreFailedException;
import dev.cairn.asl.error.UnknownOutcomeException;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.LogHead;
import dev.cairn.federation.filter.FilterPart;
import dev.cairn.federation.filter.PartialLogs;
import dev.cairn.federation.protocol.AppliedStretch;
import dev.cairn.federation.protocol.EvidencePart;
import dev.cairn.federation.protocol.FilterMessage;
import dev.cairn.federation.protocol.FilterMessage.PartialRun;
import dev.cairn.federation.protocol.LivePart;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerMessage.CheckpointNote;
import dev.cairn.federation.protocol.PeerMessage.Reason;
import dev.cairn.federation.protocol.PeerMessage.Records;
import dev.cairn.federation.protocol.PeerSession;
import dev.cairn.federation.protocol.PeerSession.Role;
import dev.cairn.federation.protocol.PeerSession.State;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.protocol.SessionPart;
import dev.cairn.federation.protocol.SessionReport;
import dev.cairn.federation.protocol.StoreReplica;
import dev.cairn.federation.wire.FrameCodec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Connections between nodes, each a production session at either end, whose frames travel as bytes
 * and in virtual time.
 *
 * <p>A connection is a stream: what arrives, arrives in order. It may break, with or without the
 * ends noticing, and a cut link stalls it for good. In a storm it also does what no stream does:
 * frames vanish, come twice, overtake each other, lose bits and tails.
 *
 * <p>Which records are of interest, and which were left out, is told by frames of {@code filter/1}
 * that no signature covers, on transports that are encrypted. So these arrive as they were said, or
 * the connection breaks, as TLS has it break; runs of records and leaf hashes verify, and suffer
 * what a storm does to all others.
 */
final class Network {
  private static final long TICK_MILLIS = 250;
  private static final long HEARTBEAT_MILLIS = 500;
  private static final long IDLE_MILLIS = 2_000;
  private static final long PROGRESS_MILLIS = 6_000;

  /** No session may outlive this, whatever happens to it. */
  static final long SESSION_MILLIS_MAX = 300_000;

  private static final int LATENCY_MILLIS_MAX = 40;
  private static final int STORM_ONE_FRAME_IN = 40;
  private static final int BREAK_ONE_FRAME_IN = 400;
  private static final int RADIOACTIVE_ONE_FRAME_IN = 15;
  private static final int FORGED_ONE_CHECKPOINT_IN = 6;
  private static final int ALTERED_ONE_MESSAGE_IN = 8;
  private static final int WITHHELD_ONE_CONNECTION_IN = 8;
  private static final int FOLLOW_ONE_SYNC_IN = 4;
  private static final int FOLLOW_MILLIS_MIN = 300;
  private static final int FOLLOW_MILLIS_MAX = 4_000;

  private final World world;
  private final List<Connection> open = new ArrayList<>();
  private final Liar liar;
  private long connections;

  Network(World world) {
    this.world = world;
    this.liar = new Liar(world.chance());
  }

  /** One conversation. */
  private final class Connection {
    final long number = ++connections;
    final Link link;
    final long begunMillis = world.schedule().nowMillis();
    final End initiator;
    final End responder;

    /** True if records are kept back on it, though all else is said. */
    final boolean withholds;

    /** False once something that was said did not arrive as it was said. */
    boolean faithful = true;

    Connection(
        Link link, SimNode from, SimNode to, boolean sends, boolean receives, boolean follows) {
      this.link = link;
      this.initiator = new End(this, from, Role.INITIATOR, sends, receives, follows);
      this.responder = new End(this, to, Role.RESPONDER, true, true, true);
      this.withholds = world.isRadioactive() && world.chance().oneIn(WITHHELD_ONE_CONNECTION_IN);
    }

    End otherThan(End end) {
      return end == initiator ? responder : initiator;
    }

    boolean isOpen() {
      return initiator.isOpen() || responder.isOpen();
    }

    /** True if nobody on it lies on purpose, whatever becomes of what is said. */
    boolean isHonest() {
      return world.isHonest(initiator.node) && world.isHonest(responder.node);
    }
  }

  /** One side of it. */
  private final class End {
    final Connection connection;
    final SimNode node;
    final int incarnation;
    final PeerSession session;
    final LivePart live;

    /** What the node knew of forks at the beginning; null if nobody forks. */
    final @Nullable ForksKnown knew;

    boolean ended;
    boolean done;
    boolean pumping;
    boolean stalled;
    boolean saidAll;
    long lastArrivalMillis;

    End(
        Connection connection,
        SimNode node,
        Role role,
        boolean sends,
        boolean receives,
        boolean follows) {
      this.connection = connection;
      this.node = node;
      this.incarnation = node.incarnation();
      this.live = new LivePart(follows, node.clock());
      this.knew = world.truth().forked().isEmpty() ? null : ForksKnown.of(world, node);
      SessionOptions options =
          new SessionOptions(
              sends, receives, null, any -> true, HEARTBEAT_MILLIS, IDLE_MILLIS, PROGRESS_MILLIS);
      this.session =
          new PeerSession(role, new StoreReplica(node.store()), options, this::onApplied, parts());
    }

    private List<SessionPart> parts() {
      if (!world.isHonest(node)) {
        return List.of(live);
      }
      PartialReplica partial = world.partial();
      return List.of(
          live,
          new EvidencePart(PartialLogs.replica(node.store())),
          partial != null && partial.node() == node
              ? FilterPart.wanting(node.store(), partial.filter())
              : FilterPart.answering(node.store()));
    }

    /** False once it ended, or its node did. */
    boolean isOpen() {
      return !ended && node.isUp() && node.incarnation() == incarnation;
    }

    /** True if it did all it was to do, and its node has gone on since. */
    boolean isDone() {
      return done && node.isUp() && node.incarnation() == incarnation;
    }

    void onApplied(NodeId peer, AppliedStretch stretch) {
      if (stretch.records() > 0) {
        noteApplied(this, peer, stretch);
      }
    }

    @Override
    public String toString() {
      return "c" + connection.number + " " + node + ">" + connection.otherThan(this).node;
    }
  }

  /** Lets {@code from} talk to the other end of a link, if it can. */
  void sync(Link link, SimNode from, boolean sends, boolean receives) {
    SimNode to = from == link.one() ? link.other() : link.one();
    String who = from + ">" + to + (sends ? " push" : "") + (receives ? " pull" : "");
    if (!from.isUp() || !to.isUp() || link.isCut()) {
      world.trace().note(SimEvent.SYNC_UNREACHABLE, who);
      return;
    }
    boolean follows =
        !world.isHealing() && sends && receives && world.chance().oneIn(FOLLOW_ONE_SYNC_IN);
    Connection connection;
    try {
      connection = new Connection(link, from, to, sends, receives, follows);
    } catch (StoreFailedException e) {
      world.trace().note(SimEvent.WRITE_FAILED, from + " at the hello: " + e.getMessage());
      world.failed(from);
      return;
    }
    open.add(connection);
    world.trace().note(SimEvent.SYNC_BEGUN, "c" + connection.number + " " + who);
    pumpSoon(connection.initiator);
    world.schedule().after(TICK_MILLIS, () -> tick(connection));
    if (follows) {
      long leaving = world.chance().between(FOLLOW_MILLIS_MIN, FOLLOW_MILLIS_MAX);
      world.schedule().after(leaving, () -> leave(connection.initiator));
    }
  }

  /** A live conversation ends in order. */
  private void leave(End end) {
    if (end.isOpen()) {
      end.session.leave();
      world.changed(end.node);
      pumpSoon(end);
    }
  }

  /** A node's logs may have grown: who follows it hears of it. */
  void headsChanged(SimNode node) {
    for (Connection connection : open) {
      for (End end : List.of(connection.initiator, connection.responder)) {
        if (end.node == node && end.isOpen() && end.live.isFollowing()) {
          end.session.headsChanged();
          pumpSoon(end);
        }
      }
    }
  }

  /** True while a session is under way. */
  boolean isBusy() {
    open.removeIf(connection -> !connection.isOpen());
    return !open.isEmpty();
  }

  /** True if this node is in a session. */
  boolean isBusy(SimNode node) {
    return isBusy()
        && open.stream()
            .anyMatch(
                connection ->
                    (connection.initiator.node == node && connection.initiator.isOpen())
                        || (connection.responder.node == node && connection.responder.isOpen()));
  }

  /** A node is gone: its peers learn at once, or only by their timeouts. */
  void onDown(SimNode node) {
    for (Connection connection : open) {
      End mine = connection.initiator.node == node ? connection.initiator : connection.responder;
      if (mine.node == node) {
        End peer = connection.otherThan(mine);
        if (world.chance().oneIn(2)) {
          world.schedule().after(latency(), () -> transportClosed(peer));
        }
      }
    }
  }

  private long latency() {
    return world.chance().between(1, LATENCY_MILLIS_MAX);
  }

  private void pumpSoon(End end) {
    if (!end.pumping) {
      end.pumping = true;
      world.schedule().after(world.chance().below(3), () -> pump(end));
    }
  }

  /** Sends one message, so that other things happen between two. */
  private void pump(End end) {
    end.pumping = false;
    if (!end.isOpen()) {
      return;
    }
    PeerMessage message = end.session.poll();
    if (message != null) {
      send(end, message);
    }
    world.changed(end.node);
    if (end.session.hasOutput()) {
      pumpSoon(end);
    } else if (end.session.isOver()) {
      finish(end);
    }
  }

  private void send(End from, PeerMessage message) {
    Bytes frame = FrameCodec.encode(message);
    Connection connection = from.connection;
    world.trace().line(from + " " + name(message) + " " + frame.length());
    from.stalled |= connection.link.isCutFrom(from.node);
    if (from.stalled) {
      return;
    }
    Chance chance = world.chance();
    if (!world.isHealing() && chance.oneIn(BREAK_ONE_FRAME_IN)) {
      breakUp(connection);
    } else if (world.isRadioactive() && lie(from, message, frame)) {
      connection.faithful = false;
    } else if (world.isStormy() && chance.oneIn(STORM_ONE_FRAME_IN)) {
      connection.faithful = false;
      if (message instanceof FilterMessage && !(message instanceof PartialRun)) {
        breakUp(connection);
      } else {
        storm(from, frame);
      }
    } else {
      deliverInOrder(from, frame);
    }
  }

  /** Says something else than {@code message}, or nothing, and true; or false. */
  private boolean lie(End from, PeerMessage message, Bytes frame) {
    Chance chance = world.chance();
    if (from.connection.withholds && message instanceof Records) {
      world.trace().note(SimEvent.RECORDS_WITHHELD, from.toString());
      return true;
    }
    if (message instanceof FilterMessage) {
      // What is of interest is the peer's word: no hash tells that another frame says otherwise.
      if (chance.oneIn(RADIOACTIVE_ONE_FRAME_IN)) {
        breakUp(from.connection);
        return true;
      }
      return false;
    }
    if (chance.oneIn(RADIOACTIVE_ONE_FRAME_IN)) {
      world.trace().note(SimEvent.FRAME_REPLAYED, from.toString());
      deliverInOrder(from, liar.replay(frame));
      return true;
    }
    if (message instanceof CheckpointNote note && chance.oneIn(FORGED_ONE_CHECKPOINT_IN)) {
      world.trace().note(SimEvent.CHECKPOINT_FORGED, from.toString());
      deliverInOrder(from, FrameCodec.encode(liar.forge(note)));
      return true;
    }
    if (!chance.oneIn(ALTERED_ONE_MESSAGE_IN)) {
      return false;
    }
    Optional<PeerMessage> other = liar.alter(message);
    other.ifPresent(
        altered -> {
          world.trace().note(SimEvent.CONTENT_ALTERED, from.toString());
          deliverInOrder(from, FrameCodec.encode(altered));
        });
    return other.isPresent();
  }

  private void deliverInOrder(End from, Bytes frame) {
    long at = Math.max(world.schedule().nowMillis() + latency(), from.lastArrivalMillis);
    from.lastArrivalMillis = at;
    world.schedule().at(at, () -> arrive(from, frame));
  }

  private void storm(End from, Bytes frame) {
    Chance chance = world.chance();
    Trace trace = world.trace();
    switch (chance.below(5)) {
      case 0 -> trace.note(SimEvent.FRAME_LOST, from.toString());
      case 1 -> {
        trace.note(SimEvent.FRAME_DUPLICATED, from.toString());
        deliverInOrder(from, frame);
        deliverInOrder(from, frame);
      }
      case 2 -> {
        trace.note(SimEvent.FRAME_REORDERED, from.toString());
        world.schedule().after(3 * latency(), () -> arrive(from, frame));
      }
      case 3 -> {
        trace.note(SimEvent.FRAME_FLIPPED, from.toString());
        byte[] bytes = frame.toArray();
        bytes[chance.below(bytes.length)] ^= (byte) (1 << chance.below(8));
        deliverInOrder(from, Bytes.wrap(bytes));
      }
      default -> {
        trace.note(SimEvent.FRAME_TRUNCATED, from.toString());
        deliverInOrder(from, frame.slice(0, chance.below(frame.length())));
      }
    }
  }

  private void breakUp(Connection connection) {
    world.trace().note(SimEvent.CONNECTION_BROKEN, "c" + connection.number);
    connection.initiator.stalled = true;
    connection.responder.stalled = true;
    world.schedule().after(latency(), () -> transportClosed(connection.initiator));
    world.schedule().after(latency(), () -> transportClosed(connection.responder));
  }

  private void arrive(End from, Bytes frame) {
    End to = from.connection.otherThan(from);
    if (!to.isOpen()) {
      return;
    }
    Optional<PeerMessage> message;
    try {
      message = FrameCodec.decode(frame);
    } catch (MalformedException e) {
      world.trace().note(SimEvent.FRAME_REFUSED, to + " " + e.getMessage());
      breakUp(to.connection);
      return;
    }
    world.trace().count(SimEvent.FRAME_DELIVERED);
    message.ifPresent(
        known -> to.session.receive(world.options().bug().received(to.node.store(), known)));
    world.changed(to.node);
    pumpSoon(to);
  }

  /** The other side has said all: nothing more will come. */
  private void closed(End to) {
    if (to.isOpen()) {
      to.session.transportClosed();
      world.changed(to.node);
      pumpSoon(to);
    }
  }

  private void transportClosed(End end) {
    if (end.isOpen()) {
      end.session.transportClosed();
      finish(end);
    }
  }

  private void tick(Connection connection) {
    if (!connection.isOpen()) {
      return;
    }
    long now = world.schedule().nowMillis();
    if (now - connection.begunMillis > SESSION_MILLIS_MAX) {
      world.violated(
          "SessionsEnd",
          "c"
              + connection.number
              + " still runs after "
              + SESSION_MILLIS_MAX
              + " ms: "
              + connection.initiator.session.report()
              + ", "
              + connection.responder.session.report());
      transportClosed(connection.initiator);
      transportClosed(connection.responder);
      return;
    }
    for (End end : List.of(connection.initiator, connection.responder)) {
      if (end.isOpen()) {
        if (world.options().bug() != PlantedBug.NO_TIMEOUTS) {
          end.session.tick(now);
        }
        pumpSoon(end);
      }
    }
    world.schedule().after(TICK_MILLIS, () -> tick(connection));
  }

  private void finish(End end) {
    end.ended = true;
    SessionReport report = end.session.report();
    end.done = report.state() == State.DONE;
    world
        .trace()
        .note(
            report.state() == State.DONE ? SimEvent.SYNC_DONE : SimEvent.SYNC_FAILED,
            end
                + " "
                + report.reason()
                + (report.endedByPeer() ? " by peer: " : ": ")
                + report.text()
                + " sent "
                + report.sent().records()
                + " received "
                + report.received().records());
    if (end.live.hasFollowed()) {
      world.trace().note(SimEvent.FOLLOWED, end + " pushed " + end.live.pushes());
      if (end.live.pushes() > 0) {
        world.trace().count(SimEvent.PUSHED);
      }
    }
    end.session.close();
    judge(end, report);
    tellIfDone(end.connection);
    if (report.failure() instanceof StoreFailedException
        || report.failure() instanceof UnknownOutcomeException) {
      world.failed(end.node);
    }
    if (!end.stalled && !end.saidAll) {
      end.saidAll = true;
      End peer = end.connection.otherThan(end);
      world.schedule().at(end.lastArrivalMillis + 1, () -> closed(peer));
    }
  }

  /** Both sides did all they were to do: what one knew the other one knows. */
  private void tellIfDone(Connection connection) {
    End one = connection.initiator;
    End other = connection.responder;
    ForksKnown here = one.knew;
    ForksKnown there = other.knew;
    if (here != null
        && there != null
        && one.isDone()
        && other.isDone()
        && connection.faithful
        && connection.isHonest()) {
      world.oracles().forEach(oracle -> oracle.exchanged(world, here, there));
    }
  }

  /** On a transport that keeps its promises no honest node accuses another of anything. */
  private void judge(End end, SessionReport report) {
    if (!end.connection.isHonest()) {
      return;
    }
    Reason reason = report.reason();
    boolean accused = reason != Reason.DONE && reason != Reason.UNAVAILABLE;
    boolean contradicted = report.contradictions().stream().anyMatch(text -> !isOfForger(text));
    if (world.faults() == FaultLevel.CALM && (accused || contradicted)) {
      world.violated(
          "HonestPeersAreNeverAccused",
          end + ": " + reason + " " + report.text() + " " + report.contradictions());
    }
    if (world.isHealing() && report.state() != State.DONE) {
      world.violated(
          "AfterHealingAllAgree",
          end + ": a session failed without a fault: " + reason + " " + report.text());
    }
  }

  private boolean isOfForger(String contradiction) {
    return world.truth().forked().stream()
        .anyMatch(origin -> contradiction.contains(origin.node().toString()));
  }

  private void noteApplied(End end, NodeId peer, AppliedStretch stretch) {
    Trace trace = world.trace();
    trace.note(
        SimEvent.STRETCH_APPLIED,
        end + " " + stretch.origin().node().shortText() + " to " + stretch.treeSize());
    Origin origin = stretch.origin();
    int first = (int) (stretch.treeSize() - stretch.records());
    LogRecord record = world.truth().heldBy(end.node).log(origin).record(first);
    boolean late =
        end.node.store().heads().stream()
            .filter(head -> !head.origin().equals(origin))
            .mapToLong(LogHead::lastLogseq)
            .anyMatch(logseq -> logseq > record.logseq());
    boolean third = !peer.equals(origin.node());
    if (late && third) {
      trace.count(SimEvent.LATE_COMMIT_THROUGH_THIRD);
    }
  }

  private static String name(PeerMessage message) {
    return message.getClass().getSimpleName();
  }
}
