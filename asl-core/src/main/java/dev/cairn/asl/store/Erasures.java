package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.PayloadDigest;
import java.util.Set;
import java.util.TreeSet;

/**
 * Removes payloads that were asked to be erased, once nothing needs them.
 *
 * <p>It is due if one of the artifacts that share a payload is erased, none is live or shown by a
 * kept snapshot, and no index is folded from it: rows must not depend on who held a payload when.
 * Asked once for a whole append, so that only what holds at its end counts, and each payload is
 * looked at once. Used under the sequencer's lock.
 */
final class Erasures {
  private final PayloadStore payloads;
  private final Structures structures;
  private final PinnedCuts pins;
  private final Views views;

  Erasures(PayloadStore payloads, Structures structures, PinnedCuts pins, Views views) {
    this.payloads = payloads;
    this.structures = structures;
    this.pins = pins;
    this.views = views;
  }

  /**
   * Removes in this batch the payloads that are due to go among those of {@code ids}. {@link #end}
   * must follow.
   */
  void removeDue(Set<ArtifactKey> ids, Batch batch) {
    TreeSet<PayloadDigest> digests = new TreeSet<>();
    for (ArtifactKey id : ids) {
      LiveRow row = row(id, batch);
      LiveRow.Put put = row.put();
      if (put != null && !row.isLive()) {
        digests.add(put.payloadDigest());
      }
    }
    for (PayloadDigest digest : digests) {
      if (isDue(digest, batch)) {
        payloads.remove(batch, digest);
      }
    }
  }

  /** To be called once the batch is written or given up. */
  void end() {
    payloads.endRemovals();
  }

  private boolean isDue(PayloadDigest digest, Batch batch) {
    boolean erased = false;
    for (Bytes key : batch.keysWithPrefix(StoreTables.BY_PAYLOAD, digest.digest())) {
      ArtifactKey sharer = ArtifactKey.fromBytes(key.slice(digest.digest().length()));
      LiveRow row = row(sharer, batch);
      LiveRow.Put put = row.put();
      if (row.isLive()
          || (put != null && structures.isStructured(put.tag()))
          || pins.anyLive(sharer, views)) {
        return false;
      }
      erased |= row.isErased();
    }
    return erased;
  }

  private static LiveRow row(ArtifactKey id, Batch batch) {
    return LiveRow.decode(batch.get(StoreTables.LIVE, Paths.of(id)));
  }
}
