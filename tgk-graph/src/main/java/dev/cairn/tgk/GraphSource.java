package dev.cairn.tgk;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.TableReader;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.store.HistoryEntry;
import dev.cairn.asl.store.Store;
import java.util.List;

/** What the graph needs of a store. Safe for any thread. */
interface GraphSource {
  TableReader rows();

  Bytes payload(PayloadDigest digest, long maxBytes);

  List<HistoryEntry> history(ArtifactKey key);

  static GraphSource of(Store store) {
    return new GraphSource() {
      @Override
      public TableReader rows() {
        return store.rows();
      }

      @Override
      public Bytes payload(PayloadDigest digest, long maxBytes) {
        return store.payload(digest, maxBytes);
      }

      @Override
      public List<HistoryEntry> history(ArtifactKey key) {
        return store.history(key);
      }
    };
  }
}
