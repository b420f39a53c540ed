package dev.cairn.asl.engine.memory;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.RowCursor;
import org.jspecify.annotations.Nullable;

/** Walks one map of a state. The end of the handle that it came from ends it too. One owner. */
final class MemoryCursor implements RowCursor {
  private final Runnable checkOpen;
  private final PersistentMap<Bytes, Bytes> rows;
  private final Bytes from;
  private final @Nullable Bytes to;
  private PersistentMap.Ascent<Bytes, Bytes> ascent;
  private PersistentMap.@Nullable Node<Bytes, Bytes> row;
  private boolean done;
  private boolean closed;

  /**
   * @param checkOpen throws once the handle is closed
   * @param to exclusive end; null for none
   */
  MemoryCursor(
      Runnable checkOpen, PersistentMap<Bytes, Bytes> rows, Bytes from, @Nullable Bytes to) {
    this.checkOpen = checkOpen;
    this.rows = rows;
    this.from = from;
    this.ascent = rows.ascend(from);
    this.to = to;
  }

  @Override
  public boolean next() {
    checkOpen.run();
    row = done ? null : ascent.next();
    if (row != null && to != null && row.key.compareTo(to) >= 0) {
      row = null;
    }
    done = row == null;
    return !done;
  }

  @Override
  public void seek(Bytes key) {
    checkOpen.run();
    if (closed) {
      throw new IllegalStateException("the cursor is closed");
    }
    ascent = rows.ascend(key.compareTo(from) < 0 ? from : key);
    row = null;
    done = false;
  }

  @Override
  public Bytes key() {
    return present().key;
  }

  @Override
  public Bytes value() {
    return present().value;
  }

  @Override
  public void close() {
    done = true;
    closed = true;
    row = null;
  }

  private PersistentMap.Node<Bytes, Bytes> present() {
    if (row == null) {
      throw new IllegalStateException("the cursor is on no row");
    }
    return row;
  }
}
