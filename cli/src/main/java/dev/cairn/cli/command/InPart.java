package dev.cairn.cli.command;

import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.store.HistoryEntry;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.filter.PartialLogs;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What logs held in part say of an artifact. Whether it is live they do not: a tombstone may be
 * among the records that are not here.
 *
 * @param history their records of it that the store itself does not hold, in the total order; at
 *     least one
 */
record InPart(List<HistoryEntry> history) {
  static Optional<InPart> find(Store store, ArtifactKey key) {
    List<HistoryEntry> history =
        new PartialLogs(store)
            .history(key).stream().filter(entry -> !isHeldAsAWhole(store, entry)).toList();
    return history.isEmpty() ? Optional.empty() : Optional.of(new InPart(history));
  }

  private static boolean isHeldAsAWhole(Store store, HistoryEntry entry) {
    return store.head(entry.origin()).map(LogHead::treeSize).orElse(0L) > entry.record().index();
  }

  /** The artifact by its latest put; null if only removals of it are here. */
  @Nullable ArtifactId artifact() {
    ArtifactId found = null;
    for (HistoryEntry entry : history) {
      LogRecord record = entry.record();
      if (record.isPut()) {
        found =
            new ArtifactId(
                record.id(), record.tag(), record.payloadLength(), record.payloadDigest());
      }
    }
    return found;
  }

  /** The removal that no put here comes after; null if there is none. */
  @Nullable HistoryEntry removal() {
    HistoryEntry last = history.get(history.size() - 1);
    return last.record().isPut() ? null : last;
  }
}
