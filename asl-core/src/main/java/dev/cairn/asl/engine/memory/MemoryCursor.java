package dev.cairn.asl.engine.memory;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.RowCursor;
import org.jspecify.annotations.Nullable;

/** Walks one map of a state. The end of the handle that it came from ends it too. One owner. */
final class MemoryCursor implements RowCursor {
  private final Runnable checkOpen;
  private final PersistentMap.Ascent<Bytes, Bytes> ascent;
  private final @Nullable Bytes to;
  private PersistentMap.@Nullable Node<Bytes, Bytes> row;
  private boolean done;

  /**
   * @param checkOpen throws once the handle is closed
   * @param to exclusive end; null for none
   */
  MemoryCursor(Runnable checkOpen, PersistentMap.Ascent<Bytes, Bytes> ascent, @Nullable Bytes to) {
    this.checkOpen = checkOpen;
    this.ascent = ascent;
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
    row = null;
  }

  private PersistentMap.Node<Bytes, Bytes> present() {
    if (row == null) {
      throw new IllegalStateException("the cursor is on no row");
    }
    return row;
  }
}
