package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.TableReader;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import java.util.List;
import java.util.Optional;

/**
 * What an engine holds about whose store it is, to be asked and changed before the store is opened:
 * for whoever keeps stores in places where they can be copied and put back.
 *
 * <p>The incarnation is a mark that its keeper also notes elsewhere: where the two disagree, one of
 * them was put back or copied. A closed epoch is one that this store must not write under again.
 *
 * <p>Every change is durable when it returns. To be used by one thread, while no store is open on
 * the engine.
 */
public final class StoreIdentity {
  private static final Bytes INCARNATION = Bytes.utf8("incarnation");

  private StoreIdentity() {}

  /** The mark of this incarnation, if it has one. */
  public static Optional<Bytes> incarnation(TableReader rows) {
    return Optional.ofNullable(rows.get(StoreTables.META, INCARNATION));
  }

  /** Begins another incarnation. */
  public static void begin(StorageEngine engine, Bytes incarnation) {
    engine.write(
        List.of(RowChange.put(StoreTables.META, INCARNATION, incarnation)), Durability.SYNCED);
  }

  /**
   * The greatest epoch that must not be written under again; 0 if none is closed.
   *
   * @throws dev.cairn.asl.error.DamagedException if what stands there is no epoch
   */
  public static int closedEpoch(TableReader rows) {
    return OpeningNumbers.closedEpoch(rows);
  }

  /** Closes an epoch and all before it. */
  public static void closeEpoch(StorageEngine engine, int epoch) {
    if (epoch > closedEpoch(engine)) {
      engine.write(List.of(closedRow(epoch)), Durability.SYNCED);
    }
  }

  static RowChange closedRow(int epoch) {
    return RowChange.put(StoreTables.META, OpeningNumbers.CLOSED_EPOCH, Bytes.u64(epoch));
  }

  /** The greatest epoch of which a record of this node is held; 0 if none is. */
  public static int greatestEpoch(StorageEngine engine, NodeId node) {
    int greatest = 0;
    for (Bytes log : engine.logs()) {
      Origin origin = Origin.fromBytes(log);
      if (origin.node().equals(node)) {
        greatest = Math.max(greatest, origin.epoch());
      }
    }
    return greatest;
  }

  /**
   * Gives a copy of a store to another node, which begins a log of its own beside those that are
   * there.
   */
  public static void changeNode(StorageEngine engine, NodeId node, Bytes incarnation) {
    engine.write(
        List.of(
            RowChange.put(StoreTables.META, Store.META_NODE, node.digest()),
            RowChange.put(StoreTables.META, INCARNATION, incarnation),
            RowChange.delete(StoreTables.META, OpeningNumbers.CLOSED_EPOCH)),
        Durability.SYNCED);
  }
}
