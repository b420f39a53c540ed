package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.error.DamagedException;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A table's rows met by keys that rise: each key's row is given, and the rows between are told. A
 * row that the engine cannot read is an exception for its own key only; the walk goes on behind it.
 * One owner at a time; must be closed.
 */
final class RowWalk implements AutoCloseable {
  private static final Bytes ZERO = Bytes.wrap(new byte[1]);

  private final StorageEngine engine;
  private final Table table;
  private final BiConsumer<Bytes, Bytes> between;
  private @Nullable RowCursor rows;
  private @Nullable Bytes key;
  private @Nullable Bytes value;
  private boolean given;
  private boolean ended;

  /** Where a scan broke off. */
  private @Nullable Bytes behind;

  /**
   * A walk before the first row.
   *
   * @param between told of each row whose key is not asked for
   */
  RowWalk(StorageEngine engine, Table table, BiConsumer<Bytes, Bytes> between) {
    this.engine = engine;
    this.table = table;
    this.between = between;
  }

  /**
   * The row of {@code wanted}, which is greater than any asked for before; null if there is none.
   *
   * @throws DamagedException if it cannot be read
   */
  @Nullable Bytes at(Bytes wanted) {
    try {
      open(wanted);
      while (key != null && key.compareTo(wanted) < 0) {
        between.accept(key, value());
        advance();
      }
    } catch (DamagedException e) {
      breakOff(wanted);
      // The row that cannot be read may be another one.
      return engine.get(table, wanted);
    }
    if (key == null || !key.equals(wanted)) {
      return null;
    }
    given = true;
    return value();
  }

  /** Tells of all rows that are left. */
  void rest() {
    open(behind == null ? Bytes.EMPTY : behind.plus(ZERO));
    while (key != null) {
      between.accept(key, value());
      advance();
    }
  }

  /** Stands on the first row not told of, in a scan that begins again if one broke off. */
  private void open(Bytes from) {
    if (rows == null && !ended) {
      rows = engine.scan(table, behind == null ? Bytes.EMPTY : from, Bytes.EMPTY);
      advance();
    } else if (given) {
      advance();
    }
  }

  private Bytes value() {
    if (value == null) {
      throw new AssertionError("a row without a value");
    }
    return value;
  }

  private void advance() {
    given = false;
    key = null;
    RowCursor open = rows;
    if (open != null && open.next()) {
      Bytes next = open.key();
      value = open.value();
      key = next;
    } else {
      ended = true;
    }
  }

  private void breakOff(Bytes at) {
    close();
    given = false;
    key = null;
    behind = at;
  }

  @Override
  public void close() {
    if (rows != null) {
      rows.close();
      rows = null;
    }
  }
}
