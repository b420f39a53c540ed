package dev.cairn.federation.peers;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.Row;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.store.LocalRows;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.access.AccessPolicy;
import dev.cairn.federation.access.Grant;
import dev.cairn.federation.access.Quota;
import dev.cairn.federation.cosign.CosignShelf;
import dev.cairn.federation.filter.PartialLogs;
import dev.cairn.federation.filter.PartialSettlement;
import dev.cairn.federation.protocol.ConflictSeen;
import dev.cairn.federation.tls.TrustPolicy;
import dev.cairn.federation.transport.PeerAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Whom this node knows: the peers that it dials by name, and what its owner said about nodes.
 *
 * <p>Trust has three rules. A revoked node may not talk to this one. At a peer's address only the
 * pinned node may answer; without a pin, whoever proves its identity there first is pinned (trust
 * on first use). Every other node of the federation that proves its identity is welcome: records
 * are believed for their signatures, not for who brings them.
 *
 * <p>Kept in the store's own tables ({@link #tables}), durable when a call returns. At most one
 * book of a store at a time; safe for any thread.
 */
public final class PeerBook {
  /** Most peers. */
  public static final int PEERS_MAX = 1_024;

  /**
   * Most nodes. To make room, the node seen longest ago is forgotten with its rows of the
   * federation log, but none that is pinned or was judged.
   */
  public static final int NODES_MAX = 4_096;

  private final Store store;
  private final WallClock clock;
  private final FederationLog log;
  private final ConflictLog conflicts;

  /** In whose row stands what is granted to others; no key has this id. */
  private static final NodeId OTHERS = new NodeId(Bytes.wrap(new byte[NodeId.BYTES]));

  private int nodes;

  private PeerBook(Store store, WallClock clock) {
    this.store = store;
    this.clock = clock;
    this.log = new FederationLog(store, this, clock);
    this.conflicts = new ConflictLog(store, clock);
    this.nodes = scan(PeerRows.NODE, PeerRows::node).size();
  }

  /**
   * Opens the book of a store.
   *
   * @param store opened with {@link #tables} among its local tables
   */
  public static PeerBook open(Store store, WallClock clock) {
    return new PeerBook(store, clock);
  }

  /** The local tables that a store must be opened with. */
  public static List<Table> tables() {
    return List.of(
        PeerRows.PEER, PeerRows.NODE, PeerRows.LOG, ConflictLog.TABLE, CosignShelf.TABLE);
  }

  /** How a check reads their rows. */
  public static List<LocalRows> localRows() {
    return List.of(
        new LocalRows(PeerRows.PEER, (key, value) -> PeerRows.peer(new Row(key, value))),
        new LocalRows(
            PeerRows.NODE, (key, value) -> PeerRows.node(new Row(key, value)), PeerRows::safe),
        new LocalRows(PeerRows.LOG, (key, value) -> PeerRows.entry(new Row(key, value))),
        new LocalRows(ConflictLog.TABLE, ConflictLog::check),
        new LocalRows(CosignShelf.TABLE, CosignShelf::check));
  }

  /** What peers brought and hold. */
  public FederationLog log() {
    return log;
  }

  /** What did not fit, and what became of it. */
  public ConflictLog conflicts() {
    return conflicts;
  }

  /**
   * Clears up what is held in part beside the store's logs, as {@link PartialLogs#settle} does, and
   * enters contradictions among the conflicts. To be called when logs have come.
   */
  public PartialSettlement settlePartialLogs() {
    PartialSettlement settled = new PartialLogs(store).settle();
    for (PartialSettlement.Fork fork : settled.forked()) {
      ConflictSeen.Kind kind =
          fork.evidence() == null ? ConflictSeen.Kind.DIFFERENCE : ConflictSeen.Kind.EQUIVOCATION;
      conflicts.add(
          new ConflictSeen(
              kind,
              fork.origin().toString(),
              "log " + fork.origin() + ": what is held in part is not what is held as a whole",
              fork.whole(),
              fork.part()),
          null);
    }
    return settled;
  }

  // ---- peers

  /**
   * Adds a peer, or gives a known one another address.
   *
   * @param pin the node that must answer there; null keeps the pin that the peer has, if any
   * @throws dev.cairn.asl.error.MalformedException if {@code name} is none
   * @throws RefusedException if the book is full, or the pin is this node itself
   */
  public synchronized Peer add(String name, PeerAddress address, @Nullable NodeId pin) {
    Peer.checkName(name);
    if (store.origin().node().equals(pin)) {
      throw new RefusedException("peer " + name + ": node " + pin + " is this one");
    }
    Peer known = find(name).orElse(null);
    if (known == null && list().size() >= PEERS_MAX) {
      throw new RefusedException("peer " + name + ": there are " + PEERS_MAX + " peers already");
    }
    long added = known == null ? Math.max(0, clock.millis()) : known.addedMillis();
    Peer peer =
        pin != null || known == null
            ? new Peer(
                name, address, pin, pin == null ? Peer.Pinning.NONE : Peer.Pinning.GIVEN, added)
            : new Peer(name, address, known.pin(), known.pinning(), added);
    write(PeerRows.put(peer));
    return peer;
  }

  /** Forgets a peer; what it brought stays. */
  public synchronized void remove(String name) {
    get(name);
    write(RowChange.delete(PeerRows.PEER, PeerRows.key(name)));
  }

  /** Every peer, by name. */
  public List<Peer> list() {
    return scan(PeerRows.PEER, PeerRows::peer);
  }

  /** The nodes that peers are pinned to. */
  public Set<NodeId> pinned() {
    return list().stream().map(Peer::pin).filter(Objects::nonNull).collect(Collectors.toSet());
  }

  /** The peer of that name. */
  public Optional<Peer> find(String name) {
    Bytes key = PeerRows.key(name);
    Bytes value = key.isEmpty() ? null : store.rows().get(PeerRows.PEER, key);
    return value == null ? Optional.empty() : Optional.of(PeerRows.peer(new Row(key, value)));
  }

  /** The peers that are pinned to a node, by name. */
  public List<Peer> pinnedTo(NodeId node) {
    return list().stream().filter(peer -> node.equals(peer.pin())).toList();
  }

  /**
   * The peer of that name.
   *
   * @throws NotFoundException if there is none
   */
  public Peer get(String name) {
    return find(name).orElseThrow(() -> new NotFoundException("peer '" + name + "' is not known"));
  }

  /**
   * Pins the node that was met at a peer's address, if none is pinned yet.
   *
   * @throws RefusedException if another one is
   */
  public synchronized Peer pinFirst(String name, NodeId met) {
    Peer peer = get(name);
    if (peer.pin() != null) {
      checkPin(peer, met);
      return peer;
    }
    Peer pinned = new Peer(name, peer.address(), met, Peer.Pinning.FIRST_USE, peer.addedMillis());
    write(PeerRows.put(pinned));
    return pinned;
  }

  // ---- nodes

  /** Says that a node is welcome; takes a revocation back. */
  public KnownNode trust(NodeId node) {
    return judge(node, Standing.TRUSTED);
  }

  /** Says that a node may not talk to this one any more, from its next conversation on. */
  public KnownNode revoke(NodeId node) {
    return judge(node, Standing.REVOKED);
  }

  /**
   * Says what a node may do here, from its next conversation or call on.
   *
   * @param grant null takes back what was said
   */
  public synchronized KnownNode grant(NodeId node, @Nullable Grant grant) {
    if (store.origin().node().equals(node)) {
      throw new RefusedException("node " + node + " is this one");
    }
    KnownNode before = node(node);
    KnownNode known =
        new KnownNode(node, before.standing(), before.lastSeenMillis(), grant, before.quota());
    record(known, Durability.SYNCED);
    return known;
  }

  /**
   * Says what a node of which nothing was said may do in conversations. Whoever makes a new key is
   * such a node.
   *
   * @param grant null takes back what was said: to bring and to take records, then
   */
  public synchronized void grantOthers(@Nullable Grant grant) {
    record(new KnownNode(OTHERS, Standing.UNKNOWN, 0, grant, null), Durability.SYNCED);
  }

  /** What a person has granted nodes of which nothing was said; empty if nothing was. */
  public Optional<Grant> others() {
    KnownNode said = node(OTHERS);
    // What a damaged row becomes: it may have said less.
    return said.standing() == Standing.REVOKED
        ? Optional.of(Grant.NONE)
        : Optional.ofNullable(said.grant());
  }

  /** What a node may do in a conversation. */
  public Grant exchange(NodeId node) {
    KnownNode known = node(node);
    Grant own = known.grant();
    return known.standing() == Standing.REVOKED
        ? Grant.NONE
        : own != null ? own : others().orElse(Grant.EXCHANGE);
  }

  /**
   * Says what a node may cost here, from now on, in conversations that go on too.
   *
   * @param quota null takes back what was said
   */
  public synchronized KnownNode limit(NodeId node, @Nullable Quota quota) {
    if (store.origin().node().equals(node)) {
      throw new RefusedException("node " + node + " is this one");
    }
    KnownNode before = node(node);
    KnownNode known =
        new KnownNode(node, before.standing(), before.lastSeenMillis(), before.grant(), quota);
    record(known, Durability.SYNCED);
    return known;
  }

  /** Grants callers of the API what was said about them; who is not proved has nothing. */
  public AccessPolicy apiAccess() {
    return caller -> caller == null ? Grant.NONE : node(caller).api();
  }

  /** What was said about a node. */
  public Standing standing(NodeId node) {
    return node(node).standing();
  }

  /** What is known of a node; of one never heard of, nothing. */
  public KnownNode node(NodeId node) {
    Bytes value = store.rows().get(PeerRows.NODE, node.digest());
    return value == null
        ? new KnownNode(node, Standing.UNKNOWN, 0, null, null)
        : PeerRows.node(new Row(node.digest(), value));
  }

  /** Every node that was met or judged, in their order. */
  public List<KnownNode> nodes() {
    return scan(PeerRows.NODE, PeerRows::node).stream()
        .filter(known -> !known.node().equals(OTHERS))
        .toList();
  }

  /** True unless the node is revoked. */
  public boolean admits(NodeId node) {
    return standing(node) != Standing.REVOKED;
  }

  /** Welcomes every node that is not revoked: for servers, and for addresses without a name. */
  public TrustPolicy welcome() {
    return node -> {
      if (!admits(node)) {
        throw new RefusedException("node " + node + " is revoked");
      }
    };
  }

  /** Welcomes the one node that may answer at a peer's address. */
  public TrustPolicy welcome(Peer peer) {
    return node -> {
      checkPin(peer, node);
      welcome().check(node);
    };
  }

  /** A session with a node has begun or ended. What is said about it meanwhile is not undone. */
  synchronized void seen(NodeId node) {
    record(node(node).seen(clock.millis()), Durability.RELAXED);
  }

  private synchronized KnownNode judge(NodeId node, Standing standing) {
    if (store.origin().node().equals(node)) {
      throw new RefusedException("node " + node + " is this one");
    }
    KnownNode before = node(node);
    KnownNode known =
        new KnownNode(node, standing, before.lastSeenMillis(), before.grant(), before.quota());
    record(known, Durability.SYNCED);
    return known;
  }

  private synchronized void record(KnownNode known, Durability durability) {
    List<RowChange> changes = new ArrayList<>();
    boolean fresh = store.rows().get(PeerRows.NODE, known.node().digest()) == null;
    if (fresh && nodes >= NODES_MAX) {
      NodeId forgotten = leastNeeded();
      changes.add(RowChange.delete(PeerRows.NODE, forgotten.digest()));
      log.of(forgotten).forEach(entry -> changes.add(FederationLog.deletion(entry)));
      nodes--;
    }
    changes.add(PeerRows.put(known));
    store.writeLocal(changes, durability);
    nodes += fresh ? 1 : 0;
  }

  private NodeId leastNeeded() {
    List<@Nullable NodeId> pins = new ArrayList<>();
    list().forEach(peer -> pins.add(peer.pin()));
    return nodes().stream()
        .filter(
            known ->
                known.standing() == Standing.UNKNOWN
                    && known.grant() == null
                    && known.quota() == null
                    && !pins.contains(known.node()))
        .min(Comparator.comparingLong(KnownNode::lastSeenMillis).thenComparing(KnownNode::node))
        .map(KnownNode::node)
        .orElseThrow(
            () -> new RefusedException("there are " + NODES_MAX + " nodes to remember already"));
  }

  private static void checkPin(Peer peer, NodeId met) {
    if (peer.pin() != null && !peer.pin().equals(met)) {
      throw new RefusedException(
          "peer "
              + peer.name()
              + " is pinned to node "
              + peer.pin()
              + ", but node "
              + met
              + " answers at "
              + peer.address());
    }
  }

  private void write(RowChange change) {
    store.writeLocal(List.of(change), Durability.SYNCED);
  }

  private <T> List<T> scan(Table table, Function<Row, T> decode) {
    List<T> all = new ArrayList<>();
    try (RowCursor rows = store.rows().scan(table, Bytes.EMPTY, Bytes.EMPTY)) {
      while (rows.next()) {
        all.add(decode.apply(new Row(rows.key(), rows.value())));
      }
    }
    return Collections.unmodifiableList(all);
  }
}
