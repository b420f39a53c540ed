package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.PayloadDigest;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Removes payloads that were asked to be erased, once nothing needs them.
 *
 * <p>It is due if one of the artifacts that share a payload is erased, none is live, and no index
 * is folded from it: rows must not depend on who held a payload when. It waits, with a row in
 * {@link StoreTables#ERASURE}, while a pinned snapshot shows the payload or somebody holds it: a
 * replicated erasure may come just before the later put that its payload was sent for. Asked once
 * for a whole append, so that only what holds at its end counts, and each payload is looked at
 * once. Used under the sequencer's lock.
 */
final class Erasures {
  private final PayloadStore payloads;
  private final Structures structures;
  private final KeptSnapshots kept;
  private final Views views;

  private enum Fate {
    STAYS,
    WAITS,
    GOES
  }

  Erasures(PayloadStore payloads, Structures structures, KeptSnapshots kept, Views views) {
    this.payloads = payloads;
    this.structures = structures;
    this.kept = kept;
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
      Fact.Put put = row.put();
      if (put != null && !row.isLive()) {
        digests.add(put.payloadDigest());
        PayloadStore.holding(batch, id, row).forEach(held -> digests.add(held.payloadDigest()));
      }
    }
    digests.forEach(digest -> settle(digest, batch));
  }

  /**
   * Removes in this batch a payload, or all, whose erasure waited for what is gone now. {@link
   * #end} must follow.
   *
   * @param prefix of the digests to look at
   */
  void removeWaiting(Bytes prefix, Batch batch) {
    for (Bytes key : batch.keysWithPrefix(StoreTables.ERASURE, prefix)) {
      settle(new PayloadDigest(key), batch);
    }
  }

  /** To be called once the batch is written or given up. */
  void end() {
    payloads.endRemovals();
  }

  private void settle(PayloadDigest digest, Batch batch) {
    payloads.beginRemovals();
    Fate fate = fate(digest, batch);
    boolean waited = batch.get(StoreTables.ERASURE, digest.digest()) != null;
    if (fate == Fate.WAITS && !waited) {
      batch.put(StoreTables.ERASURE, digest.digest(), Bytes.EMPTY);
    } else if (fate != Fate.WAITS && waited) {
      batch.delete(StoreTables.ERASURE, digest.digest());
    }
    if (fate == Fate.GOES) {
      payloads.remove(batch, digest);
    }
  }

  private Fate fate(PayloadDigest digest, Batch batch) {
    List<ArtifactKey> sharers = Facts.sharers(batch, digest);
    if (sharers.stream().noneMatch(sharer -> row(sharer, batch).isErased())) {
      return Fate.STAYS;
    }
    boolean erased = false;
    boolean shown = false;
    for (ArtifactKey sharer : sharers) {
      LiveRow row = row(sharer, batch);
      if (PayloadStore.holdsOther(batch, sharer, row, digest)) {
        continue;
      }
      if (row.isLive() || structures.needs(batch, sharer, row, digest)) {
        return Fate.STAYS;
      }
      erased |= row.isErased();
      shown = shown || kept.anyPinnedShows(sharer, views);
    }
    if (!erased) {
      return Fate.STAYS;
    }
    if (payloads.putsOff(digest)) {
      return Fate.WAITS;
    }
    return shown ? Fate.WAITS : Fate.GOES;
  }

  private static LiveRow row(ArtifactKey id, Batch batch) {
    return Facts.row(batch, id);
  }
}
