package dev.cairn.bench.speed;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.node.StoreDirectory;
import java.nio.file.Path;

/** The store that audits and replays read: one log of artifacts of 1 KiB. */
final class AuditStore {
  /** Whose artifacts they are. */
  static final String FEDERATION = "bench";

  private AuditStore() {}

  /** Makes one with a snapshot and a signed end. */
  static void fill(Path store, long seed, long count) {
    StoreDirectory.init(store, FEDERATION);
    try (CairnNode node = StoreDirectory.open(store)) {
      for (long from = 0; from < count; from += Setting.BATCH) {
        CommitDraft draft = new CommitDraft();
        for (byte[] payload : IngestFloor.payloads(seed, from, Setting.BATCH)) {
          draft.put(node.store().prepare(null, Bytes.wrap(payload)));
        }
        node.store().commit(draft);
      }
      node.store().snapshot("end");
      node.store().signHead();
    }
    Machine.settle();
  }
}
