package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.TableReader;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import org.jspecify.annotations.Nullable;

/**
 * The numbers without which a store is not opened for writing, rows of {@link StoreTables#META}.
 *
 * <pre>
 *   "fence"          u64be generation of the last writer
 *   "closed-epoch"   u64be greatest epoch of this node that is not to be written again
 * </pre>
 *
 * <p>A row that is no number is damage, and what takes its place is at least what it can have been.
 * No object.
 */
final class OpeningNumbers {
  static final Bytes FENCE = Bytes.utf8("fence");
  static final Bytes CLOSED_EPOCH = Bytes.utf8("closed-epoch");

  /** By how many bits the number of an arriving payload begins behind its writer's generation. */
  private static final int ARRIVAL_BITS = 40;

  private OpeningNumbers() {}

  /** The first number of an arriving payload that a generation of writers gives. */
  static long firstArrival(long fence) {
    return fence << ARRIVAL_BITS;
  }

  /**
   * The generation of the next writer: behind that of all before it.
   *
   * @throws DamagedException if the row is no number
   */
  static long nextFence(StorageEngine engine) {
    Bytes row = engine.get(StoreTables.META, FENCE);
    long known = row == null ? 0 : StoreTables.META.read(FENCE, row, OpeningNumbers::fence);
    return 1 + Math.max(known, engine.greatestFence());
  }

  /**
   * The greatest epoch that must not be written under again; 0 if none is closed.
   *
   * @throws DamagedException if the row is no epoch
   */
  static int closedEpoch(TableReader rows) {
    Bytes row = rows.get(StoreTables.META, CLOSED_EPOCH);
    return row == null
        ? 0
        : StoreTables.META.read(CLOSED_EPOCH, row, OpeningNumbers::epoch).intValue();
  }

  /** Reads a row of {@link StoreTables#META}: one of these, or it is left alone. */
  static void check(Bytes key, Bytes value) {
    if (key.equals(FENCE)) {
      var unused = StoreTables.META.read(key, value, OpeningNumbers::fence);
    } else if (key.equals(CLOSED_EPOCH)) {
      var unused = StoreTables.META.read(key, value, OpeningNumbers::epoch);
    }
  }

  private static Long fence(Bytes key, Bytes value) {
    return number(value, Long.MAX_VALUE - 1);
  }

  private static Long epoch(Bytes key, Bytes value) {
    return number(value, Integer.MAX_VALUE);
  }

  private static long number(Bytes value, long most) {
    if (value.length() != Long.BYTES || value.u64At(0) < 0 || value.u64At(0) > most) {
      throw new MalformedException(
          "no number from 0 to " + most + " stands there: 'cairn fsck --rebuild' makes it anew");
    }
    return value.u64At(0);
  }

  /**
   * What a damaged one becomes; null for a row that is none of these.
   *
   * <p>The generation: that of the last writer that left an arriving payload behind; those that
   * left records the engine knows. The closed epoch: the present one, as a peer may have closed it
   * by showing more of its log than is held, which nothing else tells; the node goes on in another.
   */
  static @Nullable Bytes safe(StorageEngine engine, StoreConfig config, Bytes key) {
    if (key.equals(FENCE)) {
      return Bytes.u64(lastArriving(engine));
    }
    return key.equals(CLOSED_EPOCH) ? Bytes.u64(greatestEpoch(engine, config)) : null;
  }

  private static long lastArriving(StorageEngine engine) {
    long last = 0;
    try (RowCursor uses = engine.scan(StoreTables.CHUNK_USE, Bytes.EMPTY, Bytes.EMPTY)) {
      while (uses.next()) {
        Bytes use = uses.key();
        if (ArrivingPayload.isArriving(use)) {
          last = Math.max(last, ArrivingPayload.number(use) >>> ARRIVAL_BITS);
        }
      }
    }
    return last;
  }

  private static int greatestEpoch(StorageEngine engine, StoreConfig config) {
    NodeId self = NodeId.of(config.key().publicKey());
    int greatest = Math.max(config.epoch(), StoreIdentity.greatestEpoch(engine, self));
    try (RowCursor rows = engine.scanPrefix(StoreTables.EVIDENCE, self.digest())) {
      while (rows.next()) {
        if (rows.key().length() == Origin.BYTES) {
          greatest = Math.max(greatest, Origin.fromBytes(rows.key()).epoch());
        }
      }
    }
    return greatest;
  }
}
