package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.PayloadDigest;

/**
 * Brings a store of format 1 to the present one: payloads, which lay under their digests, move
 * beside the records that put them.
 *
 * <p>Needs the rows of {@link LivenessIndex}, which are built anew before. Each payload moves in
 * one atomic write, so that an upgrade that was cut short goes on where it stopped. Runs once, at
 * opening.
 */
final class Upgrade {
  private static final long BATCH_BYTES = 8L << 20;

  private final StorageEngine engine;

  Upgrade(StorageEngine engine) {
    this.engine = engine;
  }

  /** Moves every payload that still lies where format 1 kept it. */
  void movePayloads() {
    Batch batch = new Batch(engine);
    try (RowCursor rows = engine.scan(StoreTables.PAYLOAD_1, Bytes.EMPTY, Bytes.EMPTY)) {
      while (rows.next()) {
        move(batch, new PayloadDigest(rows.key()), rows.value());
        if (batch.bytes() >= BATCH_BYTES) {
          engine.write(batch.changes(), Durability.RELAXED);
          batch = new Batch(engine);
        }
      }
    }
    engine.write(batch.changes(), Durability.SYNCED);
  }

  private static void move(Batch batch, PayloadDigest digest, Bytes row) {
    boolean wanted = false;
    for (ArtifactKey sharer : Facts.sharers(batch, digest)) {
      for (Fact.Put put : Facts.puts(batch, sharer, Facts.row(batch, sharer))) {
        if (put.payloadDigest().equals(digest)) {
          batch.put(StoreTables.CONTENT, put.place().key(), row);
          wanted = true;
          break;
        }
      }
    }
    if (!wanted) {
      batch.put(StoreTables.ARRIVED, digest.digest(), Bytes.u64(0).plus(row));
    }
    batch.delete(StoreTables.PAYLOAD_1, digest.digest());
  }
}
