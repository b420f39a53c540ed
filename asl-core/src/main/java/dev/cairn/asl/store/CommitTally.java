package dev.cairn.asl.store;

import dev.cairn.asl.metrics.StoreMetrics;
import java.util.Iterator;

/** Counts what the drafts of one group came to. One owner. */
final class CommitTally {
  private long putsWritten;
  private long putsKnown;
  private long tombstones;
  private long payloadBytes;

  void add(CommitDraft draft, CommitResult result) {
    // Both are in the order of keys, and of the same ones.
    Iterator<CommitResult.Outcome> outcomes = result.outcomes().values().iterator();
    for (CommitDraft.Item item : draft.items()) {
      boolean written = outcomes.next().written();
      if (!(item instanceof CommitDraft.Put put)) {
        tombstones += written ? 1 : 0;
      } else if (written) {
        putsWritten++;
        payloadBytes += put.artifact().id().payloadLength();
      } else {
        putsKnown++;
      }
    }
  }

  void tell(StoreMetrics metrics, int drafts) {
    metrics.committed(drafts, putsWritten, putsKnown, tombstones, payloadBytes);
  }
}
