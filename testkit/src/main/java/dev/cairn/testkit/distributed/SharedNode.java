package dev.cairn.testkit.distributed;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.store.Index;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.pel.distributed.Coordinator;
import dev.cairn.pel.distributed.CoordinatorOptions;
import dev.cairn.pel.distributed.LivePeers;
import dev.cairn.pel.distributed.Work;
import dev.cairn.pel.index.ReceiptIndex;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.tgk.index.GraphIndex;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** One node: a production store on a memory engine and a production coordinator. */
final class SharedNode {
  private static final List<Index> INDEXES = List.of(new GraphIndex(), new ReceiptIndex());

  private final String name;
  private final SigningKey key;
  private final LongSupplier millis;
  private final OperatorRegistry operators;
  private final LivePeers peers;
  private final CoordinatorOptions options;
  private MemoryEngine engine = new MemoryEngine(StoreConfig.tables(INDEXES, List.of()));
  private @Nullable Store store;
  private @Nullable Coordinator coordinator;
  private final List<Work> works = new ArrayList<>();
  private boolean gone;

  SharedNode(
      String name,
      LongSupplier millis,
      OperatorRegistry operators,
      LivePeers peers,
      CoordinatorOptions options) {
    this.name = name;
    this.key = SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8(name)));
    this.millis = millis;
    this.operators = operators;
    this.peers = peers;
    this.options = options;
    start();
  }

  NodeId id() {
    return NodeId.of(key.publicKey());
  }

  boolean isUp() {
    return store != null;
  }

  boolean isGone() {
    return gone;
  }

  Store store() {
    if (store == null) {
      throw new AssertionError(name + " is down");
    }
    return store;
  }

  Coordinator coordinator() {
    if (coordinator == null) {
      throw new AssertionError(name + " is down");
    }
    return coordinator;
  }

  /** What its coordinator has begun and what is not done yet. */
  List<Work> works() {
    return works;
  }

  void start() {
    if (store == null && !gone) {
      Store opened =
          Store.open(
              engine, new StoreConfig("test", key, 1, INDEXES, List.of(), millis::getAsLong));
      store = opened;
      coordinator =
          new Coordinator(opened, operators, peers, options, () -> millis.getAsLong() * 1_000_000);
    }
  }

  /** Loses power: what was not synced is gone, and what the coordinator knew. */
  void crash() {
    if (store != null) {
      engine = engine.crash();
      store = null;
      coordinator = null;
      works.clear();
    }
  }

  /** Never comes back. */
  void vanish() {
    crash();
    gone = true;
  }

  /** The next commit fails and stops the store. */
  void failNextCommit() {
    engine.faults().failCommits(1);
  }

  @Override
  public String toString() {
    return name;
  }
}
