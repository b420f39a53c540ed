package dev.cairn.federation.audit;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.HistoryEntry;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.Store;
import java.util.List;
import java.util.OptionalLong;

/** Where the records of a source stand, for what is told of them. Safe for any thread. */
interface CauseRecords {
  /** The records of a key, in the total order. */
  List<HistoryEntry> of(ArtifactKey key);

  /** How many records of a log it holds; empty if that is not known. */
  OptionalLong size(Origin origin);

  /** Those of a store. */
  static CauseRecords of(Store store) {
    return new CauseRecords() {
      @Override
      public List<HistoryEntry> of(ArtifactKey key) {
        return store.history(key);
      }

      @Override
      public OptionalLong size(Origin origin) {
        return OptionalLong.of(store.head(origin).map(LogHead::treeSize).orElse(0L));
      }
    };
  }
}
