package dev.cairn.testkit.sim;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SignatureCheck;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.Index;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.Plausibility;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.pel.index.ReceiptIndex;
import dev.cairn.tgk.index.GraphIndex;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One node: a production store on a memory engine, a clock that may be wrong, and its power. */
final class SimNode {
  static final long ANY_COMMIT = -1;

  private static final long EPOCH_MILLIS = 1_700_000_000_000L;

  private final String name;
  private final SigningKey key;
  private final StoreConfig config;
  private final PlantedBug bug;
  private MemoryEngine engine;
  private @Nullable Store store;

  /** Clocks jump by minutes, again and again, and all is to be taken in the end. */
  private static final Plausibility CLOCKS =
      new Plausibility(30L * 86_400_000, Plausibility.DEFAULT.logseqLeapMax(), 60_000);

  private long skewMillis;
  private int incarnation;
  private boolean failing;
  private long unknownRecords;
  private boolean lostPower;

  SimNode(int number, long seed, Schedule schedule, SignatureCheck signatures, PlantedBug bug) {
    this.name = "n" + number;
    this.key =
        SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8(seed + " key of node " + name)));
    this.bug = bug;
    this.config =
        new StoreConfig(
                Truth.FEDERATION,
                key,
                1,
                indexes(bug),
                List.of(),
                () -> EPOCH_MILLIS + schedule.nowMillis() + skewMillis)
            .withSignatures(signatures)
            .withPlausibility(CLOCKS);
    this.engine = new MemoryEngine(tables(bug));
  }

  /** The production indexes beside the store's own, and what a planted defect adds. */
  static List<Index> indexes(PlantedBug bug) {
    List<Index> indexes = new ArrayList<>();
    indexes.add(new GraphIndex());
    indexes.add(new ReceiptIndex());
    indexes.addAll(bug.indexes());
    return indexes;
  }

  static Set<Table> tables(PlantedBug bug) {
    return StoreConfig.tables(indexes(bug), List.of());
  }

  /** Opens the store on what the engine holds. */
  void start() {
    incarnation++;
    failing = false;
    store = Store.open(bug.engine(key, engine), config);
  }

  /** Loses power: of the unsynced writes the oldest {@code kept} happened to reach the medium. */
  void crash(int kept) {
    engine = engine.crash(kept);
    store = null;
    lostPower = true;
  }

  /** The process ends, nothing that was written is lost. */
  void kill() {
    engine = engine.reopen();
    store = null;
    lostPower = false;
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

  NodeId id() {
    return NodeId.of(key.publicKey());
  }

  Origin origin() {
    return new Origin(id(), config.epoch());
  }

  /** Records held of each origin. */
  SortedMap<Origin, Long> sizes() {
    return sizes(store().heads());
  }

  /** Records held of each origin that nothing may take away again. */
  SortedMap<Origin, Long> durableSizes() {
    return sizes(store().durableHeads());
  }

  private static SortedMap<Origin, Long> sizes(List<LogHead> heads) {
    TreeMap<Origin, Long> sizes = new TreeMap<>();
    for (LogHead head : heads) {
      sizes.put(head.origin(), head.treeSize());
    }
    return sizes;
  }

  @Override
  public String toString() {
    return name;
  }
}
