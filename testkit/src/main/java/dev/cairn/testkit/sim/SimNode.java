package dev.cairn.testkit.sim;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SignatureCheck;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.ClosedLog;
import dev.cairn.asl.store.Index;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.Plausibility;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.asl.store.StoreIdentity;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.filter.PartialLogs;
import dev.cairn.federation.member.MemberIndex;
import dev.cairn.federation.node.KeyRotation;
import dev.cairn.pel.index.ReceiptIndex;
import dev.cairn.tgk.finding.FindingIndex;
import dev.cairn.tgk.index.GraphIndex;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One node: a production store on a memory engine, a clock that may be wrong, and its power. */
final class SimNode {
  static final long ANY_COMMIT = -1;

  private static final List<Table> LOCAL = List.of(PartialLogs.TABLE);
  private static final long EPOCH_MILLIS = 1_700_000_000_000L;

  private final String name;
  private SigningKey key;
  private @Nullable SigningKey successor;
  private final SigningKey spare;
  private final SignatureCheck signatures;
  private final PlantedBug bug;
  private final Schedule schedule;
  private final WallClock clock;
  private int epoch = 1;
  private MemoryEngine engine;
  private @Nullable MemoryEngine backup;
  private @Nullable Store store;

  /** Clocks jump by minutes, again and again, and all is to be taken in the end. */
  private static final Plausibility CLOCKS =
      new Plausibility(30L * 86_400_000, Plausibility.DEFAULT.logseqLeapMax(), 60_000);

  private long skewMillis;
  private int incarnation;
  private boolean failing;
  private long unknownRecords;
  private boolean lostPower;
  private boolean restored;
  private boolean copied;
  private NodeId id;
  private final List<NodeId> ids;
  private long looked = -1;
  private long shown = -1;
  private SortedMap<Origin, Long> sizes = new TreeMap<>();
  private SortedMap<Origin, Long> durableSizes = new TreeMap<>();

  SimNode(
      String name,
      SigningKey key,
      SigningKey successor,
      Schedule schedule,
      SignatureCheck signatures,
      PlantedBug bug) {
    this.name = name;
    this.key = key;
    this.successor = successor;
    this.spare = successor;
    this.id = NodeId.of(key.publicKey());
    this.ids = List.of(id, NodeId.of(successor.publicKey()));
    this.bug = bug;
    this.schedule = schedule;
    this.clock = () -> EPOCH_MILLIS + schedule.nowMillis() + skewMillis;
    this.signatures = signatures;
    this.engine = new MemoryEngine(tables(bug));
  }

  /** The name of a node. */
  static String name(int number) {
    return "n" + number;
  }

  /** The key of a seed's node. */
  static SigningKey key(long seed, String name) {
    return SigningKey.fromSeed(
        HashAlgorithm.SHA_256.hash(Bytes.utf8(seed + " key of node " + name)));
  }

  /** The key under which a seed's node goes on once it has given up its own. */
  static SigningKey successor(long seed, String name) {
    return SigningKey.fromSeed(
        HashAlgorithm.SHA_256.hash(Bytes.utf8(seed + " second key of node " + name)));
  }

  /** The production indexes beside the store's own, and what a planted defect adds. */
  static List<Index> indexes(PlantedBug bug) {
    List<Index> indexes = new ArrayList<>();
    indexes.add(new GraphIndex());
    indexes.add(new ReceiptIndex());
    indexes.add(new FindingIndex());
    indexes.add(new MemberIndex());
    indexes.addAll(bug.indexes());
    return indexes;
  }

  static Set<Table> tables(PlantedBug bug) {
    return StoreConfig.tables(indexes(bug), LOCAL);
  }

  /** Opens the store on what the engine holds. */
  void start() {
    incarnation++;
    looked = -1;
    shown = -1;
    failing = false;
    store =
        Store.open(
            bug.engine(key, engine),
            new StoreConfig(Truth.FEDERATION, key, epoch, indexes(bug), LOCAL, clock)
                .withSignatures(signatures)
                .withPlausibility(CLOCKS));
  }

  /** A node that begins with all that this one durably holds, under the same key, and is down. */
  SimNode twin(String itsName) {
    SimNode twin = new SimNode(itsName, key, spare, schedule, signatures, bug);
    twin.engine = engine.copy();
    return twin;
  }

  /**
   * The copy of this node's directory that somebody made and starts too: the store in it notices
   * that it is one, and goes on in another epoch. This one does not know.
   */
  SimNode copied(String itsName, int leap) {
    SimNode copy = twin(itsName);
    copy.successor = successor;
    copy.epoch = epoch;
    if (bug.noticesCopies()) {
      copy.beginEpoch(leap);
    }
    copied = true;
    copy.copied = true;
    return copy;
  }

  private void beginEpoch(int leap) {
    int before = Math.max(epoch, StoreIdentity.greatestEpoch(engine, id));
    StoreIdentity.closeEpoch(engine, before);
    epoch = before + leap;
    restored = true;
  }

  /** Loses power: of the unsynced writes the oldest {@code kept} happened to reach the medium. */
  void crash(int kept) {
    engine = engine.crash(kept);
    store = null;
    restored = false;
    lostPower = true;
  }

  /** The process ends, nothing that was written is lost. */
  void kill() {
    engine = engine.reopen();
    store = null;
    restored = false;
    lostPower = false;
  }

  /** Keeps a copy of what is durable now. */
  void takeBackup() {
    backup = engine.copy();
  }

  boolean hasBackup() {
    return backup != null;
  }

  /**
   * Puts the backup in the store's place, as {@code cairn restore} does: what came after it is
   * gone, the epoch is closed, and another one begins.
   */
  void restore(int leap) {
    if (backup == null) {
      throw new AssertionError(name + " has no backup");
    }
    engine.crash();
    engine = backup.copy();
    beginEpoch(leap);
    store = null;
    lostPower = true;
    unknownRecords = 0;
  }

  /**
   * True if the node may give its key up: whoever was put back or copied has to know the ends of
   * its epochs first.
   */
  boolean mayGiveKeyUp() {
    return epoch == 1 && !copied && !isClosed();
  }

  /** The key that the node could go on with; null if it does so already. */
  @Nullable SigningKey successor() {
    return successor;
  }

  /** True if the node's key was given up: it reads and syncs, and writes nothing. */
  boolean isClosed() {
    return KeyRotation.closed(store()).isPresent();
  }

  /** True if the node's key was given up for another that it does not have yet. */
  boolean hasToRotate() {
    NodeId next = KeyRotation.closed(store()).map(ClosedLog::successor).orElse(null);
    return next != null && successor != null && next.equals(NodeId.of(successor.publicKey()));
  }

  /** A copy of a closed store is for nobody to go on from. */
  void forgetBackup() {
    backup = null;
  }

  /**
   * Takes on the key that the present one was given up for, as {@code cairn key rotate} does with a
   * copy of the store, once the old key has signed the end of its log.
   */
  void rotate() {
    if (successor == null) {
      throw new AssertionError(name + " has no other key");
    }
    engine = engine.reopen();
    key = successor;
    successor = null;
    id = NodeId.of(key.publicKey());
    StoreIdentity.changeNode(engine, id, HashAlgorithm.SHA_256.hash(id.digest()));
    store = null;
    backup = null;
    lostPower = false;
    unknownRecords = 0;
  }

  /** True from a restore to the end of the next start. */
  boolean wasRestored() {
    return restored;
  }

  boolean isUp() {
    return store != null;
  }

  Store store() {
    if (store == null) {
      throw new AssertionError(name + " is down");
    }
    return store;
  }

  MemoryEngine engine() {
    return engine;
  }

  /** True if the node came up, or will, after a loss of power: relaxed commits may be gone. */
  boolean lostPower() {
    return lostPower;
  }

  /** Grows with each start: what belongs to an earlier one is gone. */
  int incarnation() {
    return incarnation;
  }

  /** True from a refused write to the next start. */
  boolean isFailing() {
    return failing;
  }

  void setFailing() {
    failing = true;
  }

  /**
   * Records that an append with an unknown outcome may have left in the node's own log; {@link
   * #ANY_COMMIT} if nobody knows how many.
   */
  long unknownRecords() {
    return unknownRecords;
  }

  void expectUnknown(long records) {
    unknownRecords = records;
  }

  void moveClock(long millis) {
    skewMillis += millis;
  }

  /** The node's own, which may be wrong. */
  WallClock clock() {
    return clock;
  }

  NodeId id() {
    return id;
  }

  /** The ids that the node has, had or may come to have. */
  List<NodeId> ids() {
    return ids;
  }

  Origin origin() {
    return new Origin(id(), epoch);
  }

  /** Records held of each origin. */
  SortedMap<Origin, Long> sizes() {
    look();
    return sizes;
  }

  /** Records held of each origin that nothing may take away again. */
  SortedMap<Origin, Long> durableSizes() {
    look();
    return durableSizes;
  }

  /** Merkle roots of what is held of each origin. */
  SortedMap<Origin, Bytes> roots() {
    TreeMap<Origin, Bytes> roots = new TreeMap<>();
    store().heads().forEach(head -> roots.put(head.origin(), head.root()));
    return roots;
  }

  /** Reads where logs end, unless nothing was written since. */
  private void look() {
    Store open = store();
    if (looked != engine.changes()) {
      looked = engine.changes();
      sizes = sizes(open.heads());
      durableSizes = sizes(open.durableHeads());
    }
  }

  /** True if something was written since this was asked last, or the node was down. */
  boolean hasChanged() {
    boolean changed = shown != engine.changes();
    shown = engine.changes();
    return changed;
  }

  private static SortedMap<Origin, Long> sizes(List<LogHead> heads) {
    TreeMap<Origin, Long> sizes = new TreeMap<>();
    for (LogHead head : heads) {
      sizes.put(head.origin(), head.treeSize());
    }
    return Collections.unmodifiableSortedMap(sizes);
  }

  @Override
  public String toString() {
    return name;
  }
}
