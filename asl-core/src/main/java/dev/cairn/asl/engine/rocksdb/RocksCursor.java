package dev.cairn.asl.engine.rocksdb;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import java.nio.file.Path;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/**
 * Walks rows upwards over a RocksDB iterator, which sees the family as it was when the iterator was
 * made.
 *
 * <p>One owner; but the engine's close may come from another thread, hence the monitor: whoever is
 * second finds the native objects gone and does not touch them.
 */
final class RocksCursor implements RowCursor {
  private final KeyRange range;
  private final RocksIterator iterator;
  private final Bytes from;
  private final int prefixBytes;
  private final int keyBytes;
  private final String what;
  private final Path directory;
  private final LongAdder passed;
  private final Consumer<RocksCursor> onClose;

  private @Nullable Bytes key;
  private @Nullable Bytes value;
  private Bytes start;
  private boolean started;
  private boolean done;
  private boolean closed;
  private boolean engineClosed;
  private int uncounted;

  /**
   * A cursor over {@code iterator}, which it owns together with {@code range}.
   *
   * @param prefixBytes how much of each stored key is not shown
   * @param keyBytes length of stored keys that count, others are passed over; -1 for any
   * @param what named in errors
   * @param passed takes the count of rows passed, now and then and in the end
   * @param onClose told once when this cursor is closed
   */
  RocksCursor(
      KeyRange range,
      RocksIterator iterator,
      Bytes from,
      int prefixBytes,
      int keyBytes,
      String what,
      Path directory,
      LongAdder passed,
      Consumer<RocksCursor> onClose) {
    this.range = range;
    this.iterator = iterator;
    this.from = from;
    this.start = from;
    this.prefixBytes = prefixBytes;
    this.keyBytes = keyBytes;
    this.what = what;
    this.directory = directory;
    this.passed = passed;
    this.onClose = onClose;
  }

  @Override
  public synchronized boolean next() {
    requireEngine();
    key = null;
    value = null;
    if (done) {
      return false;
    }
    move();
    while (iterator.isValid()) {
      byte[] stored = iterator.key();
      if (keyBytes < 0 || stored.length == keyBytes) {
        key = Bytes.wrap(stored).slice(prefixBytes);
        if (++uncounted == StorageEngine.ROWS_COUNTED) {
          count();
        }
        return true;
      }
      iterator.next();
    }
    done = true;
    try {
      iterator.status();
    } catch (RocksDBException e) {
      throw RocksErrors.reading(e, what, directory);
    }
    return false;
  }

  @Override
  public synchronized void seek(Bytes to) {
    requireEngine();
    if (closed) {
      throw new IllegalStateException("the cursor is closed");
    }
    key = null;
    value = null;
    started = false;
    done = false;
    Bytes stored = prefixBytes == 0 ? to : from.slice(0, prefixBytes).plus(to);
    start = stored.compareTo(from) < 0 ? from : stored;
  }

  @Override
  public synchronized Bytes key() {
    if (key == null) {
      throw new IllegalStateException("the cursor is on no row");
    }
    return key;
  }

  @Override
  public synchronized Bytes value() {
    if (key == null) {
      throw new IllegalStateException("the cursor is on no row");
    }
    Bytes read = value;
    if (read == null) {
      requireEngine();
      read = Bytes.wrap(iterator.value());
      value = read;
    }
    return read;
  }

  @Override
  public void close() {
    release(false);
    onClose.accept(this);
  }

  /**
   * The engine closes: native objects go, whoever holds the cursor is told when he next moves it.
   */
  void engineCloses() {
    release(true);
  }

  private synchronized void release(boolean byEngine) {
    engineClosed |= byEngine;
    if (!closed) {
      closed = true;
      done = true;
      key = null;
      count();
      iterator.close();
      range.close();
    }
  }

  private void count() {
    passed.add(uncounted);
    uncounted = 0;
  }

  private void requireEngine() {
    if (engineClosed) {
      throw new IllegalStateException("the engine is closed");
    }
  }

  private void move() {
    if (started) {
      iterator.next();
    } else {
      started = true;
      iterator.seek(start.toArray());
    }
  }
}
