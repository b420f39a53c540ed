package dev.cairn.federation.reconcile;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.StateTreeView;
import dev.cairn.asl.store.Store;

/** A store whose last record of its own log is told as another one; counts what is read. */
public final class LyingSource implements ReconcileSource {
  private final StoreSource store;
  private final Origin origin;
  private final Bytes told;
  private int reads;

  private LyingSource(Store store, Bytes told) {
    this.store = new StoreSource(store);
    this.origin = store.origin();
    this.told = told;
  }

  /** One that says that its last record has another logseq. */
  public static LyingSource of(Store store, long logseq) {
    long end = new StoreSource(store).logSize(store.origin()) - 1;
    LogRecord last = store.record(store.origin(), end).orElseThrow();
    return new LyingSource(
        store,
        new LogRecord(
                last.index(),
                logseq,
                last.hlc(),
                last.kind(),
                last.id(),
                last.tag(),
                last.payloadLength(),
                last.payloadDigest())
            .encode());
  }

  /** How many records were read. */
  public int reads() {
    return reads;
  }

  @Override
  public long logSize(Origin log) {
    return store.logSize(log);
  }

  @Override
  public Bytes logSubtree(Origin log, int level, long index) {
    if (!log.equals(origin) || (index + 1) << level != logSize(log)) {
      return store.logSubtree(log, level, index);
    }
    return level == 0
        ? TreeHasher.leaf(told)
        : TreeHasher.node(
            logSubtree(log, level - 1, 2 * index), logSubtree(log, level - 1, 2 * index + 1));
  }

  @Override
  public Bytes encodedRecord(Origin log, long index) {
    reads++;
    return log.equals(origin) && index == logSize(log) - 1 ? told : store.encodedRecord(log, index);
  }

  @Override
  public StateTreeView stateTree(Cut cut) {
    return store.stateTree(cut);
  }

  @Override
  public ItemSet payloads() {
    return store.payloads();
  }
}
