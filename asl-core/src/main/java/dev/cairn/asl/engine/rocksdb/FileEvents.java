package dev.cairn.asl.engine.rocksdb;

import java.util.concurrent.atomic.AtomicBoolean;
import org.rocksdb.AbstractEventListener;
import org.rocksdb.FlushJobInfo;
import org.rocksdb.MemTableInfo;
import org.rocksdb.RocksDB;

/**
 * Hears from RocksDB that a new write-ahead log may have begun, and that a flush has added to the
 * MANIFEST. Only notes it: callbacks come from RocksDB's threads in the middle of its work. Safe
 * for any thread.
 */
final class FileEvents extends AbstractEventListener {
  private final AtomicBoolean logBegan = new AtomicBoolean(true);
  private final AtomicBoolean flushed = new AtomicBoolean(true);

  FileEvents() {
    super(EnabledEventCallback.ON_MEMTABLE_SEALED, EnabledEventCallback.ON_FLUSH_COMPLETED);
  }

  @Override
  public void onMemTableSealed(MemTableInfo memTable) {
    logBegan.set(true);
  }

  @Override
  public void onFlushCompleted(RocksDB database, FlushJobInfo flush) {
    flushed.set(true);
  }

  /** True if a write-ahead log may have begun since this was last asked. */
  boolean takeLogBegan() {
    return logBegan.get() && logBegan.getAndSet(false);
  }

  /** True if a flush was completed since this was last asked. */
  boolean takeFlushed() {
    return flushed.get() && flushed.getAndSet(false);
  }
}
