package dev.cairn.federation.reconcile;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.ContentCursor;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.RecordCursor;
import dev.cairn.asl.store.StateTreeView;
import dev.cairn.asl.store.Store;
import java.util.ArrayList;
import java.util.List;

/** A {@link Store} as others ask about it. Safe for any thread; does not own the store. */
public final class StoreSource implements ReconcileSource {
  private final Store store;

  /** What is asked of {@code store}. */
  public StoreSource(Store store) {
    this.store = store;
  }

  @Override
  public long logSize(Origin origin) {
    return store.head(origin).map(LogHead::treeSize).orElse(0L);
  }

  @Override
  public Bytes logSubtree(Origin origin, int level, long index) {
    return store.logSubtree(origin, level, index);
  }

  @Override
  public Bytes encodedRecord(Origin origin, long index) {
    try (RecordCursor records = store.records(origin, index, index + 1)) {
      if (!records.next()) {
        throw new NotFoundException("log " + origin + ": record " + index + " is not held");
      }
      return records.encoded();
    }
  }

  @Override
  public StateTreeView stateTree(Cut cut) {
    cut.logseqs()
        .forEach(
            (origin, logseq) -> {
              if (store.head(origin).map(LogHead::lastLogseq).orElse(0L) < logseq) {
                throw new NotFoundException(
                    "log " + origin + " is not held up to logseq " + logseq);
              }
            });
    return store.stateTree(cut);
  }

  @Override
  public ItemSet payloads() {
    List<RangeItem> items = new ArrayList<>();
    for (LogHead head : store.heads()) {
      try (ContentCursor records = store.contents(head.origin(), 0, head.treeSize())) {
        while (records.next()) {
          LogRecord record = records.record();
          if (record.isPut() && records.hasPayload()) {
            items.add(new RangeItem(record.logseq(), record.payloadDigest().digest()));
          }
        }
      }
    }
    return new SortedItems(items);
  }
}
