package dev.cairn.federation.audit;

import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.EpochOpening;
import dev.cairn.asl.model.EpochOpening.Ended;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.Store;

/**
 * Checks the opening of an epoch against the logs that it goes on from: they begin with the records
 * that it names, and it comes after them by the Lamport rule. What of them is not held cannot be
 * compared, and that is lawful. Safe for any thread.
 */
final class EpochAudit {
  private final Store store;

  EpochAudit(Store store) {
    this.store = store;
  }

  /** True if a record of a log opens its epoch. */
  static boolean opens(LogRecord record) {
    return record.index() == 0 && TypeTag.EPOCH.equals(record.tag());
  }

  /**
   * Checks an opening.
   *
   * @throws MalformedException if it does not fit its own log, or one that is held
   * @throws DamagedException if a log that is held cannot be read
   */
  void check(Origin origin, LogRecord record, EpochOpening opening) {
    if (!opening.origin().equals(origin)) {
      throw new MalformedException("it opens " + opening.origin());
    }
    for (Ended ended : opening.ended()) {
      Origin before = new Origin(origin.node(), ended.epoch());
      if (record.logseq() <= ended.logseq()) {
        throw new MalformedException(
            "logseq "
                + record.logseq()
                + " does not come after logseq "
                + ended.logseq()
                + " of "
                + before
                + ", which it names");
      }
      long held = store.head(before).map(LogHead::treeSize).orElse(0L);
      if (held >= ended.treeSize()) {
        compare(before, ended);
      }
    }
  }

  private void compare(Origin before, Ended ended) {
    if (!store.logRoot(before, ended.treeSize()).equals(ended.root())) {
      throw new MalformedException(
          "it names root "
              + ended.root().toHex()
              + " of "
              + ended.treeSize()
              + " records of "
              + before
              + ", they give "
              + store.logRoot(before, ended.treeSize()).toHex());
    }
    long index = ended.treeSize() - 1;
    long logseq =
        store
            .record(before, index)
            .map(LogRecord::logseq)
            .orElseThrow(
                () -> new DamagedException("record " + index + " of " + before + " is not there"));
    if (logseq != ended.logseq()) {
      throw new MalformedException(
          "it says that " + before + " ended at logseq " + ended.logseq() + ", not " + logseq);
    }
  }
}
