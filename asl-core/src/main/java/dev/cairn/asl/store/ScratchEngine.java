package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.Row;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.RefusedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An engine that is only read, over which rows lie that were written since, in another engine: its
 * scratch, which is made for the first of them and closed with it. Appends are refused, and writes
 * to other tables than those of payloads in arrival and of checkpoints but while indexes are built,
 * and beyond {@link #BYTES_MAX}. Safe for any thread; what is read must not change meanwhile.
 *
 * <pre>
 *   row of the scratch = u8 0        the row below is deleted
 *                      | u8 1, value this stands in its place
 * </pre>
 */
final class ScratchEngine extends ReadOnlyEngine {
  /** Most bytes of rows written in all, also of those written over since: 32 GiB. */
  static final long BYTES_MAX = 32L << 30;

  /** What payloads in arrival and signatures of the own log's end are written to. */
  private static final Set<Table> TABLES =
      Set.of(StoreTables.ARRIVED, StoreTables.CHUNK, StoreTables.CHUNK_USE, StoreTables.CHECKPOINT);

  private static final Bytes DELETED = Bytes.wrap(new byte[] {0});
  private static final Bytes PRESENT = Bytes.wrap(new byte[] {1});

  private final StorageEngine below;
  private final Supplier<StorageEngine> maker;
  private final long bytesMax;
  private final AtomicLong bytes = new AtomicLong();
  private volatile @Nullable StorageEngine scratch;
  private @Nullable CairnException failed;

  /** Tables whose rows are being made, as the engine below lacks them. */
  private volatile Set<Table> building = Set.of();

  /**
   * Rows over {@code below}, which it closes.
   *
   * @param maker of an empty engine with the same tables, called once at most
   */
  ScratchEngine(StorageEngine below, Supplier<StorageEngine> maker) {
    this(below, maker, BYTES_MAX);
  }

  /** The same with {@code bytesMax} in place of {@link #BYTES_MAX}. */
  ScratchEngine(StorageEngine below, Supplier<StorageEngine> maker, long bytesMax) {
    super(below);
    this.below = below;
    this.maker = maker;
    this.bytesMax = bytesMax;
  }

  /** Lets {@code work} write to these tables too. For the one who opens the store. */
  void building(Set<Table> tables, Runnable work) {
    building = Set.copyOf(tables);
    try {
      work.run();
    } finally {
      building = Set.of();
    }
  }

  private synchronized StorageEngine made() {
    StorageEngine made = scratch;
    if (failed != null) {
      throw failed;
    }
    if (made == null) {
      try {
        made = maker.get();
      } catch (CairnException e) {
        failed = e; // What it left half made would be in the way of another.
        throw e;
      }
      scratch = made;
    }
    return made;
  }

  @Override
  public void write(List<RowChange> changes, Durability durability) {
    for (RowChange change : changes) {
      if (!TABLES.contains(change.table()) && !building.contains(change.table())) {
        throw refusal();
      }
    }
    count(changes);
    List<RowChange> kept = new ArrayList<>(changes.size());
    for (RowChange change : changes) {
      Bytes value = change.value();
      kept.add(
          RowChange.put(
              change.table(), change.key(), value == null ? DELETED : PRESENT.plus(value)));
    }
    made().write(kept, Durability.RELAXED); // It goes with the process.
  }

  /** Refuses what goes beyond the bound; a smaller write may still fit. */
  private void count(List<RowChange> changes) {
    long more = 0;
    for (RowChange change : changes) {
      Bytes value = change.value();
      more += change.key().length() + 1L + (value == null ? 0 : value.length());
    }
    if (bytes.addAndGet(more) > bytesMax) {
      bytes.addAndGet(-more);
      throw new RefusedException(
          "what is written beside a store that is only read would be more than "
              + bytesMax
              + " bytes: "
              + (building.isEmpty()
                  ? "ask for less at a time"
                  : "its indexes must be brought up to date first: open the store for writing"
                      + " once"));
    }
  }

  /** What is written need not outlive the process. */
  @Override
  public void sync() {}

  @Override
  void syncBelow() {
    below.sync();
  }

  @Override
  public @Nullable Bytes get(Table table, Bytes key) {
    StorageEngine over = scratch;
    Bytes row = over == null ? null : over.get(table, key);
    return row == null ? below.get(table, key) : shown(row);
  }

  @Override
  public List<@Nullable Bytes> multiGet(Table table, List<Bytes> keys) {
    List<@Nullable Bytes> values = below.multiGet(table, keys);
    StorageEngine over = scratch;
    if (over == null) {
      return values;
    }
    List<@Nullable Bytes> merged = new ArrayList<>(values);
    List<@Nullable Bytes> rows = over.multiGet(table, keys);
    for (int i = 0; i < rows.size(); i++) {
      Bytes row = rows.get(i);
      if (row != null) {
        merged.set(i, shown(row));
      }
    }
    return merged;
  }

  @Override
  public RowCursor scan(Table table, Bytes from, Bytes to) {
    StorageEngine over = scratch;
    RowCursor rows = below.scan(table, from, to);
    return over == null ? rows : new Merged(rows, over.scan(table, from, to));
  }

  @Override
  public RowCursor scanAhead(Table table, Bytes from, Bytes to) {
    StorageEngine over = scratch;
    RowCursor rows = below.scanAhead(table, from, to);
    return over == null ? rows : new Merged(rows, over.scan(table, from, to));
  }

  @Override
  public @Nullable Row last(Table table, Bytes from, Bytes to) {
    StorageEngine over = scratch;
    Bytes end = to;
    while (true) {
      Row row = below.last(table, from, end);
      Row own = over == null ? null : over.last(table, from, end);
      if (own == null || (row != null && row.key().compareTo(own.key()) > 0)) {
        return row;
      }
      Bytes value = shown(own.value());
      if (value != null) {
        return new Row(own.key(), value);
      }
      end = own.key();
    }
  }

  /** What a row of the scratch says; null if that the row is deleted. */
  private static @Nullable Bytes shown(Bytes row) {
    return row.at(0) == 0 ? null : row.slice(1, row.length());
  }

  @Override
  public void close() {
    try {
      StorageEngine over = scratch;
      if (over != null) {
        over.close();
      }
    } finally {
      super.close();
    }
  }

  /** The rows of both, where both have one that of the scratch. */
  private static final class Merged implements RowCursor {
    private final RowCursor below;
    private final RowCursor over;
    private boolean belowHas;
    private boolean overHas;
    private boolean atOver;
    private boolean atBelow;

    Merged(RowCursor below, RowCursor over) {
      this.below = below;
      this.over = over;
      begin();
    }

    /** Neither stands on a row that was given. */
    private void begin() {
      belowHas = below.next();
      overHas = over.next();
      atBelow = false;
      atOver = false;
    }

    @Override
    public boolean next() {
      do {
        if (atBelow) {
          belowHas = below.next();
        }
        if (atOver) {
          overHas = over.next();
        }
        int order = !overHas ? -1 : !belowHas ? 1 : below.key().compareTo(over.key());
        atBelow = belowHas && order <= 0;
        atOver = overHas && order >= 0;
      } while (atOver && shown(over.value()) == null);
      return atBelow || atOver;
    }

    @Override
    public void seek(Bytes key) {
      below.seek(key);
      over.seek(key);
      begin();
    }

    @Override
    public Bytes key() {
      return atOver ? over.key() : below.key();
    }

    @Override
    public Bytes value() {
      Bytes value = atOver ? shown(over.value()) : below.value();
      if (value == null) {
        throw new IllegalStateException("no present row");
      }
      return value;
    }

    @Override
    public void close() {
      try {
        over.close();
      } finally {
        below.close();
      }
    }
  }
}
