package dev.cairn.federation.protocol;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.MisbehaviourException;
import dev.cairn.asl.error.NotGrantedException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnextendedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.note.Checkpoint;
import dev.cairn.asl.store.LogHead;
import dev.cairn.federation.access.Grant;
import dev.cairn.federation.access.Right;
import dev.cairn.federation.protocol.LiveMessage.CursorAnswer;
import dev.cairn.federation.protocol.LiveMessage.Pulse;
import dev.cairn.federation.protocol.PayloadWish.Payloads;
import dev.cairn.federation.protocol.PeerMessage.Ack;
import dev.cairn.federation.protocol.PeerMessage.CheckpointNote;
import dev.cairn.federation.protocol.PeerMessage.CursorEntry;
import dev.cairn.federation.protocol.PeerMessage.DeltaEnd;
import dev.cairn.federation.protocol.PeerMessage.Finished;
import dev.cairn.federation.protocol.PeerMessage.Goodbye;
import dev.cairn.federation.protocol.PeerMessage.Heartbeat;
import dev.cairn.federation.protocol.PeerMessage.Hello;
import dev.cairn.federation.protocol.PeerMessage.PayloadPiece;
import dev.cairn.federation.protocol.PeerMessage.Reason;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One side of a conversation between two nodes, without I/O, threads or clocks: messages and ticks
 * go in, messages and store writes come out. Every transport and the simulator drive this class.
 *
 * <pre>
 *   initiator                                   responder
 *     Hello(cursor)              ---&gt;
 *                                &lt;---             Hello(cursor)
 *                                &lt;---             what the initiator lacks ... DeltaEnd
 *     what the responder lacks ... DeltaEnd  ---&gt;                both at the same time
 *     Ack(cursor)                ---&gt;
 *                                &lt;---             Ack(cursor)
 *     Goodbye(DONE)              ---&gt;
 *                                &lt;---             Goodbye(DONE)
 * </pre>
 *
 * <p>A delta flows one way only if one side offers to send and the other to receive. Behind the
 * first each side may send others, one at a time, while a part on both sides keeps the conversation
 * open ({@link LivePart}); then {@link #headsChanged} says that there is news. A delta without
 * records is not acknowledged, so that a sync with nothing new takes one round trip.
 *
 * <p>What both sides know beside deltas is led by {@link SessionPart}s. With at least one agreed
 * on, each side says {@link Finished} once its parts begin nothing more, and the session is done
 * when the deltas are and every part of both sides is idle. Without any it is as if there were
 * none.
 *
 * <p>Whatever goes wrong ends the session with a {@link Goodbye} that says why; no method throws
 * for what the peer did. What was verified before stays. One owner at a time; must be closed.
 */
public final class PeerSession implements AutoCloseable {
  /** Who speaks first. */
  public enum Role {
    /** Says hello at once. */
    INITIATOR,
    /** Answers. */
    RESPONDER
  }

  /** How far a session is. */
  public enum State {
    /** The peer's hello has not come. */
    GREETING,
    /** Deltas flow. */
    EXCHANGING,
    /** All that was agreed on is done. */
    DONE,
    /** It ended before that. */
    FAILED
  }

  private final Role role;
  private final ReplicaStore store;
  private final SessionOptions options;
  private final ReplicationListener listener;
  private final SessionParts parts;
  private final ArrayDeque<PeerMessage> outbox = new ArrayDeque<>();
  private final LinkedHashSet<String> contradictions = new LinkedHashSet<>();

  private boolean sends;
  private boolean receives;
  private State state = State.GREETING;
  private @Nullable NodeId peer;
  private final TreeMap<Origin, CursorEntry> peerHolds = new TreeMap<>();

  /** Where our logs end, as the peer was told last. */
  private final TreeMap<Origin, Long> told = new TreeMap<>();

  /** Logs that the peer did not take, and when they are sent again. */
  private final TreeMap<Origin, Long> untaken = new TreeMap<>();

  private List<CursorEntry> given = List.of();
  private Payloads payloads = Payloads.ALL;
  private boolean sending;
  private boolean receiving;
  private DeltaSink sink;

  /** What came and went in earlier deltas of this session. */
  private Tally receivedBefore = Tally.NONE;

  private Tally sentBefore = Tally.NONE;
  private @Nullable DeltaReader reader;
  private boolean outDone;
  private boolean inDone;
  private boolean awaitingAck;
  private boolean everAwaitedAck;
  private boolean partsTurn;
  private Tally sent = Tally.NONE;

  private @Nullable Reason reason;
  private String text = "";
  private boolean endedByPeer;
  private @Nullable CairnException failure;

  private boolean ticked;
  private long tickedMillis;
  private boolean heard;
  private boolean spoke;
  private boolean moved;
  private long heardMillis;
  private long spokeMillis;
  private long movedMillis;

  /** A session about to begin, without parts. */
  public PeerSession(
      Role role, ReplicaStore store, SessionOptions options, ReplicationListener listener) {
    this(role, store, options, listener, List.of());
  }

  /**
   * A session about to begin.
   *
   * @param listener told of each stretch of the peer's delta once it is durable here
   * @param parts what it offers beside deltas, each for a feature of its own; the session owns them
   */
  public PeerSession(
      Role role,
      ReplicaStore store,
      SessionOptions options,
      ReplicationListener listener,
      List<SessionPart> parts) {
    this.role = role;
    this.store = store;
    this.options = options;
    this.sends = options.sends();
    this.receives = options.receives();
    this.parts = new SessionParts(parts);
    this.listener = listener;
    this.sink = newSink();
    if (role == Role.INITIATOR) {
      if (options.peer() != null) {
        List<String> ignored = this.parts.restrict(options.grants().apply(options.peer()));
      }
      outbox.add(hello());
    }
  }

  /** Takes a message of the peer. Ignored once the session is over. */
  public void receive(PeerMessage message) {
    heard = true;
    if (isTerminal()) {
      return;
    }
    moved |= !isBeat(message);
    guard(
        message,
        () -> {
          handle(message);
          advance();
        });
  }

  /**
   * The next message to send; null if there is none now. More may come after the next input. Reads
   * the store as it goes.
   */
  public @Nullable PeerMessage poll() {
    PeerMessage message = outbox.poll();
    if (message == null && state == State.EXCHANGING) {
      guard(
          null,
          () -> {
            pollNext();
            advance();
          });
      message = outbox.poll();
    }
    if (message != null) {
      spoke = true;
      moved |= !isBeat(message);
    }
    return message;
  }

  private static boolean isBeat(PeerMessage message) {
    return message instanceof Heartbeat || message instanceof Pulse;
  }

  /** True if {@link #poll} would give a message. */
  public boolean hasOutput() {
    return !outbox.isEmpty() || reader != null || (state == State.EXCHANGING && parts.hasOutput());
  }

  /**
   * Tells the time, of any monotonic clock; now and then, at least once a second. Without ticks a
   * session waits for ever.
   */
  public void tick(long nowMillis) {
    tick(nowMillis, nowMillis);
  }

  /**
   * The same for one that receives from a queue. What lies there is not silence of the peer: it
   * counts up to when the queue was empty last.
   *
   * @param quietMillis when that was, by the same clock; at most {@code nowMillis}
   */
  public void tick(long nowMillis, long quietMillis) {
    if (!ticked || heard) {
      heardMillis = nowMillis;
    }
    if (!ticked || spoke) {
      spokeMillis = nowMillis;
    }
    if (!ticked || moved || (isAtRest() && parts.takeDeltas())) {
      movedMillis = nowMillis;
    }
    tickedMillis = nowMillis;
    ticked = true;
    heard = false;
    spoke = false;
    moved = false;
    if (isTerminal()) {
      return;
    }
    boolean silent = quietMillis - heardMillis >= options.idleTimeoutMillis();
    boolean stuck = nowMillis - movedMillis >= options.progressTimeoutMillis();
    if ((silent || stuck) && !settled()) {
      return;
    }
    if (peer != null && !options.admits().test(peer)) {
      end(Reason.UNTRUSTED, "node " + peer + " is not admitted any more", null);
    } else if (silent) {
      end(Reason.UNAVAILABLE, "nothing heard for " + (nowMillis - heardMillis) + " ms", null);
    } else if (stuck) {
      end(Reason.UNAVAILABLE, "no progress for " + (nowMillis - movedMillis) + " ms", null);
    } else if (state == State.EXCHANGING) {
      guard(null, () -> pass(nowMillis, quietMillis));
    }
  }

  private void pass(long nowMillis, long quietMillis) {
    parts.tell(part -> part.tick(nowMillis, quietMillis));
    if (untaken.values().removeIf(due -> due <= nowMillis)) {
      parts.tell(SessionPart::headsChanged);
    }
    advance();
    if (state == State.EXCHANGING
        && !hasOutput()
        && nowMillis - spokeMillis >= options.heartbeatMillis()) {
      PeerMessage beat = parts.beat(latestHlc(), grown());
      if (beat != null) {
        grown().forEach(this::tell);
      }
      outbox.add(beat != null ? beat : new Heartbeat(latestHlc()));
    }
  }

  /** No delta is under way, in either direction. */
  private boolean isAtRest() {
    return state == State.EXCHANGING && outDone && inDone;
  }

  /** The store's logs have grown: what is new may be pushed to the peer. */
  public void headsChanged() {
    if (state == State.EXCHANGING) {
      guard(
          null,
          () -> {
            parts.tell(SessionPart::headsChanged);
            advance();
          });
    }
  }

  /** Ends the conversation in order, as soon as what is under way is done. */
  public void leave() {
    if (state == State.EXCHANGING) {
      guard(
          null,
          () -> {
            parts.tell(SessionPart::leave);
            advance();
          });
    }
  }

  /**
   * How long the session has nothing to do by itself, from its last tick on: it wants the next one
   * then, or at the next input.
   */
  public long restMillis() {
    long due = Long.MAX_VALUE;
    if (state == State.EXCHANGING && isAtRest()) {
      due =
          untaken.values().stream().mapToLong(Long::longValue).reduce(parts.dueMillis(), Math::min);
    }
    return due == Long.MAX_VALUE ? due : Math.max(0, due - tickedMillis);
  }

  /** The peer has cost as much as it may: the conversation ends, and it is told why. */
  public void endForQuota(String what) {
    if (!isTerminal()) {
      end(Reason.QUOTA, what, null);
    }
  }

  /** What the peer sends is more than this side has a place for: the conversation ends. */
  public void endForLimit(String what) {
    if (!isTerminal()) {
      end(Reason.LIMIT, what, null);
    }
  }

  /** The transport carries nothing any more, in either direction. */
  public void transportClosed() {
    if (!isTerminal() && settled()) {
      end(Reason.UNAVAILABLE, "the connection ended in the middle of the session", null);
    }
    outbox.clear();
  }

  /** As {@link #transportClosed}, with what broke it: the link or the peer's bytes. */
  public void transportFailed(CairnException cause) {
    if (!isTerminal()) {
      guard(
          null,
          () -> {
            throw cause;
          });
    }
    outbox.clear();
  }

  /** True once nothing more is to be sent or received. */
  public boolean isOver() {
    return isTerminal() && outbox.isEmpty();
  }

  /** How far the session is. */
  public State state() {
    return state;
  }

  /** Who is at the other end, once it said so and was believed. */
  public Optional<NodeId> peer() {
    return Optional.ofNullable(peer);
  }

  /** What became of the session so far. */
  public SessionReport report() {
    return new SessionReport(
        state,
        peer,
        reason,
        text,
        endedByPeer,
        failure,
        sentBefore.plus(sent),
        receivedBefore.plus(sink.received()),
        List.copyOf(peerHolds.values()),
        allContradictions(),
        (role == Role.INITIATOR ? 1 : 0) + (everAwaitedAck ? 1 : 0),
        parts.agreedFeatures());
  }

  private List<String> allContradictions() {
    LinkedHashSet<String> all = new LinkedHashSet<>(contradictions);
    all.addAll(parts.contradictions());
    return List.copyOf(all);
  }

  /** Gives up what the session holds. One that is not over has failed. */
  @Override
  public void close() {
    transportClosed();
    release();
  }

  private boolean isTerminal() {
    return state == State.DONE || state == State.FAILED;
  }

  private void handle(PeerMessage message) {
    if (message instanceof Goodbye goodbye) {
      goodbye(goodbye);
    } else if (message instanceof Hello hello) {
      greet(hello);
    } else if (state == State.GREETING) {
      throw new MalformedException("session: a message before the hello");
    } else if (message instanceof Ack ack) {
      acknowledge(ack);
    } else if (message instanceof PartMessage part) {
      parts.receive(part);
      if (part instanceof Pulse pulse) {
        pulse.cursor().forEach(this::peerHolds);
      }
    } else if (message instanceof Finished) {
      parts.peerFinished();
    } else if (!(message instanceof Heartbeat)) {
      takeDelta(message);
    }
  }

  private void greet(Hello hello) {
    if (state != State.GREETING) {
      throw new MalformedException("session: a second hello");
    }
    if (!isAcceptable(hello)) {
      return;
    }
    peer = hello.node();
    hello.cursor().forEach(this::peerHolds);
    listener.begins(hello.node(), hello.cursor());
    if (!grants(hello)) {
      return;
    }
    if (role == Role.RESPONDER) {
      outbox.add(hello());
    }
    sending = sends && hello.receives();
    receiving = receives && hello.sends();
    outDone = !sending;
    inDone = !receiving;
    state = State.EXCHANGING;
    parts.agree(hello);
    if (sending) {
      payloads = wish(hello);
      DeltaReader first = newReader();
      reader = first;
      List<CursorAnswer> answers = first.answers();
      boolean empty = first.isEmpty();
      parts.tell(part -> part.deltaBegun(true, empty, answers));
    }
    if (inDone) {
      parts.tell(SessionPart::deltaTaken);
    }
    if (outDone) {
      parts.tell(SessionPart::deltaGiven);
    }
  }

  /** Which payloads the peer wants with their records, if it knows how to ask for others. */
  private Payloads wish(Hello hello) {
    boolean agreed =
        parts.features().contains(ProtocolLimits.FEATURE_FETCH)
            && hello.features().contains(ProtocolLimits.FEATURE_FETCH);
    return hello.greetings().stream()
        .filter(greeting -> agreed && greeting instanceof PayloadWish)
        .map(greeting -> ((PayloadWish) greeting).payloads())
        .findFirst()
        .orElse(Payloads.ALL);
  }

  /**
   * Leaves out the directions that the peer has no grant for; false if nothing is left of what it
   * wants, or it was promised already. Who wants no delta may have come for what the parts tell,
   * which keep to the grant by themselves.
   */
  private boolean grants(Hello hello) {
    Grant grant = options.grants().apply(hello.node());
    List<String> kept = parts.restrict(grant);
    boolean gives = sends && !grant.givesWhole(Right.READ);
    boolean takes = receives && !grant.givesWhole(Right.WRITE);
    boolean promised =
        role == Role.INITIATOR
            && ((gives && hello.receives())
                || (takes && hello.sends())
                || kept.stream().anyMatch(hello.features()::contains));
    sends &= !gives;
    receives &= !takes;
    boolean left = (sends && hello.receives()) || (receives && hello.sends());
    boolean inPart =
        grant.rights().contains(Right.READ)
            && !hello.receives()
            && (!hello.sends() || hello.greeting(PartialWish.class).isPresent());
    return (!promised && (left || inPart || !(gives || takes)))
        || refuse(Reason.UNTRUSTED, ungranted(hello.node(), grant, gives, takes));
  }

  private static String ungranted(NodeId node, Grant grant, boolean gives, boolean takes) {
    String what = takes ? gives ? "read or write" : "write" : "read";
    if (!grant.isLimited()) {
      return "node " + node + " has no grant to " + what + " here";
    }
    return "node "
        + node
        + " has no grant to "
        + what
        + " whole logs here, but of "
        + grant.limits()
        + (grant.rights().contains(Right.READ)
            ? ": it may take logs in part, with a filter (cairn sync --filter)"
            : ", through the API");
  }

  private boolean isAcceptable(Hello hello) {
    if (hello.versionMin() > ProtocolLimits.VERSION
        || hello.versionMax() < ProtocolLimits.VERSION) {
      return refuse(
          Reason.VERSION,
          "protocol versions "
              + hello.versionMin()
              + " to "
              + hello.versionMax()
              + " there, "
              + ProtocolLimits.VERSION
              + " here");
    }
    if (!hello.codecs().contains(ProtocolLimits.CODEC_IDENTITY)) {
      return refuse(Reason.VERSION, "the codec " + ProtocolLimits.CODEC_IDENTITY + " is missing");
    }
    if (!hello.federation().equals(store.federation())) {
      return refuse(
          Reason.FEDERATION,
          "node "
              + hello.node()
              + " is of federation "
              + hello.federation()
              + ", node "
              + store.node()
              + " of "
              + store.federation());
    }
    if (!NodeId.of(hello.key()).equals(hello.node())) {
      return refuse(Reason.UNTRUSTED, "the key is not that of node " + hello.node());
    }
    if (hello.node().equals(store.node())) {
      return refuse(Reason.UNTRUSTED, "both sides are node " + hello.node());
    }
    if (options.peer() != null && !hello.node().equals(options.peer())) {
      return refuse(
          Reason.UNTRUSTED, "node " + hello.node() + " where " + options.peer() + " is due");
    }
    return options.admits().test(hello.node())
        || refuse(Reason.UNTRUSTED, "node " + hello.node() + " is not admitted");
  }

  private boolean refuse(Reason why, String what) {
    end(why, what, null);
    return false;
  }

  private void takeDelta(PeerMessage message) {
    if (inDone) {
      beginSink();
    }
    sink.accept(message);
    if (sink.isEnded()) {
      inDone = true;
      if (sink.anyArrived()) {
        outbox.add(new Ack(parts.takeDeltas() ? grown() : cursor()));
        grown().forEach(this::tell);
      }
      parts.tell(SessionPart::deltaTaken);
    }
  }

  /** Another delta of the peer begins, if that was agreed on. */
  private void beginSink() {
    if (!receiving || !parts.takeDeltas()) {
      throw new MalformedException("session: a delta that was not asked for, or a second one");
    }
    receivedBefore = receivedBefore.plus(sink.received());
    sink.close();
    sink = newSink();
    inDone = false;
  }

  private DeltaSink newSink() {
    return new DeltaSink(
        store,
        this::applied,
        e -> contradicts(message(e)),
        this::doubt,
        seen -> listener.conflict(Objects.requireNonNull(peer), seen));
  }

  /** Each once, and no more than there may be logs. */
  private void contradicts(String what) {
    if (contradictions.size() < ProtocolLimits.ORIGINS_MAX) {
      contradictions.add(what);
    }
  }

  private boolean doubt(LogDoubt doubt) {
    store.signHead(); // as the log may be this node's own
    return parts.doubt(doubt);
  }

  /** What the peer brings it holds: it is not sent back. */
  private void applied(AppliedStretch stretch) {
    Checkpoint checkpoint = Checkpoint.unverified(stretch.checkpoint());
    if (checkpoint.lastLogseq() > 0) {
      peerHolds(new CursorEntry(stretch.origin(), stretch.treeSize(), checkpoint.lastLogseq()));
    }
    listener.applied(Objects.requireNonNull(peer), stretch);
  }

  private void peerHolds(CursorEntry entry) {
    CursorEntry known = peerHolds.get(entry.origin());
    if (known == null || known.treeSize() <= entry.treeSize()) {
      if (known == null && peerHolds.size() >= ProtocolLimits.ORIGINS_MAX) {
        throw new RefusedException(
            "session: more than " + ProtocolLimits.ORIGINS_MAX + " origins at the peer");
      }
      peerHolds.put(entry.origin(), entry);
    }
  }

  private DeltaReader newReader() {
    sink.settle(); // so that what the peer brought is not sent back
    TreeSet<Origin> withheld = new TreeSet<>(parts.withheld());
    withheld.addAll(untaken.keySet());
    DeltaReader next =
        new DeltaReader(
            store, List.copyOf(peerHolds.values()), Optional.empty(), payloads, withheld);
    next.contradictions().forEach(this::contradicts);
    return next;
  }

  /** Begins what can begin now, and ends what can end. */
  private void advance() {
    if (sending && isOutAtRest() && parts.wantDelta()) {
      DeltaReader next = newReader();
      List<CursorAnswer> answers = next.answers();
      boolean empty = next.isEmpty();
      if (empty) {
        next.close();
      } else {
        reader = next;
        outDone = false;
        sentBefore = sentBefore.plus(sent);
        sent = Tally.NONE;
      }
      parts.tell(part -> part.deltaBegun(false, empty, answers));
    }
    finishIfDone();
  }

  private boolean isOutAtRest() {
    return state == State.EXCHANGING && outDone && reader == null;
  }

  private void acknowledge(Ack ack) {
    if (!awaitingAck) {
      throw new MalformedException("session: an acknowledgement of nothing");
    }
    ack.cursor().forEach(this::peerHolds);
    for (CursorEntry entry : given) {
      CursorEntry held = peerHolds.get(entry.origin());
      if (held == null || held.treeSize() < entry.treeSize()) {
        untaken.put(entry.origin(), tickedMillis + ProtocolLimits.UNTAKEN_MILLIS);
      }
    }
    awaitingAck = false;
    outDone = true;
    parts.tell(SessionPart::deltaGiven);
  }

  /** The delta and the parts speak in turn, if both have something to say. */
  private void pollNext() {
    PeerMessage said = reader == null || partsTurn ? parts.poll() : null;
    partsTurn = said == null;
    if (said != null) {
      outbox.add(said);
    } else {
      pollDelta();
    }
  }

  private void pollDelta() {
    if (reader == null) {
      return;
    }
    PeerMessage message = reader.next();
    long before = sent.records();
    sent = reader.sent();
    if (sent.records() > before) {
      listener.gave(Objects.requireNonNull(peer), sent.records() - before);
    }
    if (message == null) {
      throw new AssertionError("a delta without an end");
    }
    outbox.add(message);
    if (message instanceof DeltaEnd end) {
      given = reader.reached();
      reader.close();
      reader = null;
      awaitingAck = end.records() > 0;
      everAwaitedAck |= awaitingAck;
      outDone = !awaitingAck;
      if (outDone) {
        parts.tell(SessionPart::deltaGiven);
      }
    }
  }

  private void finishIfDone() {
    if (state == State.EXCHANGING && parts.finishes()) {
      outbox.add(new Finished());
    }
    if (outDone && inDone && state == State.EXCHANGING && parts.areOver()) {
      state = State.DONE;
      reason = Reason.DONE;
      outbox.add(new Goodbye(Reason.DONE, ""));
      release();
    }
  }

  private void goodbye(Goodbye goodbye) {
    sink.settle();
    release();
    outbox.clear();
    state = State.FAILED;
    endedByPeer = true;
    reason = goodbye.reason() == Reason.DONE ? Reason.UNAVAILABLE : goodbye.reason();
    text = goodbye.reason() == Reason.DONE ? "the peer left before all was done" : goodbye.text();
  }

  private Hello hello() {
    store.signHead();
    List<CursorEntry> cursor = cursor();
    cursor.forEach(this::tell);
    return new Hello(
        ProtocolLimits.VERSION,
        ProtocolLimits.VERSION,
        store.federation(),
        store.node(),
        store.key(),
        List.of(ProtocolLimits.CODEC_IDENTITY),
        sends,
        receives,
        cursor,
        parts.features(),
        parts.greetings());
  }

  private List<CursorEntry> cursor() {
    List<CursorEntry> cursor = new ArrayList<>();
    for (LogHead head : store.heads()) {
      if (head.treeSize() > 0) {
        cursor.add(new CursorEntry(head.origin(), head.treeSize(), head.lastLogseq()));
      }
    }
    return cursor;
  }

  /** What of the cursor the peer was not told yet. */
  private List<CursorEntry> grown() {
    return cursor().stream()
        .filter(entry -> told.getOrDefault(entry.origin(), 0L) < entry.treeSize())
        .toList();
  }

  private void tell(CursorEntry entry) {
    told.put(entry.origin(), entry.treeSize());
  }

  private long latestHlc() {
    return store.heads().stream().mapToLong(LogHead::lastHlc).max().orElse(0);
  }

  /** Runs a step; what it throws ends the session. */
  private void guard(@Nullable PeerMessage cause, Runnable step) {
    try {
      step.run();
    } catch (CairnException e) {
      fail(cause, first(e));
    }
  }

  /** What a stretch that is still being written fails with was there before what came later. */
  private CairnException first(CairnException later) {
    try {
      sink.settle();
      return later;
    } catch (CairnException e) {
      return e;
    }
  }

  private void fail(@Nullable PeerMessage cause, CairnException e) {
    if (e instanceof MalformedException || e instanceof UnsupportedVersionException) {
      boolean verified =
          sink.isUnverified()
              || cause instanceof CheckpointNote
              || cause instanceof PayloadPiece
              || (cause instanceof PartMessage part && part.carriesProof())
              || e instanceof UnextendedException
              || e.getCause() instanceof UnextendedException;
      end(verified ? Reason.UNVERIFIED : Reason.MALFORMED, message(e), e);
    } else if (e instanceof MisbehaviourException) {
      contradicts(message(e));
      end(Reason.UNVERIFIED, message(e), e);
    } else if (e instanceof RefusedException) {
      end(Reason.LIMIT, message(e), e);
    } else if (e instanceof NotGrantedException) {
      end(Reason.UNTRUSTED, message(e), e);
    } else {
      end(Reason.UNAVAILABLE, message(e), e);
    }
  }

  /** Waits for what is being written; false if that ended the session. */
  private boolean settled() {
    guard(null, sink::settle);
    return !isTerminal();
  }

  private static String message(CairnException e) {
    StringBuilder all = new StringBuilder(String.valueOf(e.getMessage()));
    Throwable cause = e.getCause();
    if (cause instanceof CairnException) {
      all.append(": ").append(cause.getMessage());
    }
    return all.toString();
  }

  private void end(Reason why, String what, @Nullable CairnException cause) {
    release();
    outbox.clear();
    state = State.FAILED;
    reason = why;
    text = what;
    failure = cause;
    int length = Math.min(what.length(), ProtocolLimits.GOODBYE_CHARS_MAX);
    outbox.add(new Goodbye(why, what.substring(0, length)));
  }

  private void release() {
    sink.close();
    parts.close();
    if (reader != null) {
      reader.close();
      reader = null;
    }
  }
}
