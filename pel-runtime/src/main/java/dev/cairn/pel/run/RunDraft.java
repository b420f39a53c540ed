package dev.cairn.pel.run;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.PreparedArtifact;
import dev.cairn.asl.store.Store;
import dev.cairn.pel.model.Borrowing;
import dev.cairn.pel.model.Receipt;
import java.util.SortedSet;

/**
 * What a run leaves, as one commit. What one cannot hold goes before it, in commits of its own, in
 * the order in which it was added: artifacts that nothing speaks of yet, then receipts of items,
 * each with what belongs to it. Used once, by one thread.
 */
final class RunDraft {
  /** A receipt, its program, its borrowing and its edge, which stand in one commit. */
  private static final int RECEIPT_RECORDS = 4;

  private final Store store;
  private CommitDraft draft = new CommitDraft();

  RunDraft(Store store) {
    this.store = store;
  }

  void put(PreparedArtifact artifact) {
    makeRoom(1);
    draft.put(artifact);
  }

  /**
   * Adds a receipt with its program and its edge.
   *
   * @param program the receipt's
   * @param prepared the receipt as an artifact
   * @param attested whether this node says so in any case, not only if it is not live yet
   * @param borrowed nodes of its program that this node has not run, now or before
   */
  void receipt(
      PreparedArtifact program,
      PreparedArtifact prepared,
      Receipt receipt,
      boolean attested,
      SortedSet<String> borrowed) {
    makeRoom(RECEIPT_RECORDS);
    draft.put(program);
    ArtifactKey key = prepared.id().key();
    if (attested) {
      draft.attest(prepared);
      if (!borrowed.isEmpty()) {
        draft.attest(store.prepare(Borrowing.TYPE, new Borrowing(key, borrowed).encode()));
      }
    }
    draft.put(store.prepare(TypeTag.EDGE, RunEdge.of(key, receipt).encode()));
  }

  private void makeRoom(int records) {
    if (draft.size() + records > LogRecord.COMMIT_RECORDS_MAX) {
      commit();
    }
  }

  void commit() {
    store.commit(draft);
    draft = new CommitDraft();
  }
}
