package dev.cairn.asl.engine.rocksdb;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.AppendOutcome;
import dev.cairn.asl.engine.AppendRequest;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.EngineCapabilities;
import dev.cairn.asl.engine.Row;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.StoreFailedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.error.UnknownOutcomeException;
import dev.cairn.asl.time.Ticker;
import dev.cairn.asl.work.BesideThreads;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.rocksdb.Checkpoint;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.FlushOptions;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;
import org.slf4j.LoggerFactory;

/**
 * The embedded engine: one RocksDB database, a column family for each table and two of its own,
 * whose names no table can have.
 *
 * <pre>
 *   family    key                       value
 *   _log      log bytes | u64be index   encoded record
 *   _head     log bytes                 {@link LogHead}
 *   (table)   row key                   row value
 * </pre>
 *
 * <p>An append is one RocksDB batch: records, rows and head reach the write-ahead log, and readers,
 * together. Synced means that the log was synced before the call returned. Heads are also held in
 * memory, where appends check them under a lock.
 *
 * <p>A failed write may have reached the log: the append's outcome is {@link
 * AppendOutcome.Unknown}, and from then on writes are refused with {@link StoreFailedException}
 * until the store is reopened. Reads go on; every one verifies RocksDB's checksums, and damage is a
 * {@link DamagedException}.
 *
 * <p>Safe for any thread; writes of rows do not wait for appends. A call after {@link #close} is an
 * {@link IllegalStateException}, also on a cursor left open.
 */
public final class RocksEngine implements StorageEngine {
  /** Most cursors open at once: more are a leak. */
  public static final int CURSORS_MAX = 10_000;

  /** So many rows are worth another thread's share in looking them up: about a millisecond. */
  private static final int LOOK_UPS_SHARED_MIN = 256;

  private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();

  private static final String LOG_FAMILY = "_log";
  private static final String HEAD_FAMILY = "_head";

  /** Write-ahead log that closing leaves for the next opening to replay. */
  static final long LOG_BYTES_LEFT_MAX = 4L << 20;

  private static final EngineCapabilities CAPABILITIES =
      new EngineCapabilities(256 << 20, 512L << 20, true, true);

  private final Path directory;
  private final boolean readOnly;
  private final RocksDatabase owner;
  private final @Nullable StoreHolder holder;
  private final @Nullable Acknowledger acknowledger;
  private final AcknowledgedState atOpening;
  private final String current;
  private final long heldSequence;
  private final RocksDB database;
  private final Map<Table, Family> tables = new TreeMap<>();
  private final Family logFamily;
  private final Family headFamily;
  private final ReadOptions reading = new ReadOptions().setVerifyChecksums(true);

  private final WriteOptions synced = new WriteOptions().setSync(true);
  private final WriteOptions relaxed = new WriteOptions().setSync(false);
  private final WriteOptions unlogged = new WriteOptions().setDisableWAL(true);
  private final FlushOptions flushing = new FlushOptions().setWaitForFlush(true);

  /** Tables with rows that are in no log of writes and perhaps in no table file yet. */
  private final ConcurrentSkipListSet<Table> deferred = new ConcurrentSkipListSet<>();

  /**
   * Shared from before deferred rows can be seen until their tables are marked, held alone where
   * marks are taken: whoever has seen such rows finds the mark, or a flush that took it.
   */
  private final ReentrantReadWriteLock deferring = new ReentrantReadWriteLock();

  private final OpenGuard guard = new OpenGuard();
  private final BesideThreads lookingUp = new BesideThreads("look-ups");
  private final LongAdder passed = new LongAdder();
  private final Set<RocksCursor> cursors = ConcurrentHashMap.newKeySet();
  private final Object appending = new Object();

  // Written under the monitor "appending", read by anyone.
  private final ConcurrentSkipListMap<Bytes, LogHead> heads = new ConcurrentSkipListMap<>();
  private volatile @Nullable StoreFailedException failure;
  private volatile List<LostTail> losses = List.of();

  private RocksEngine(Path directory, Set<Table> declared, Opening.Opened opened) {
    this.directory = directory;
    this.acknowledger = opened.acknowledger();
    this.readOnly = acknowledger == null;
    this.owner = opened.database();
    this.holder = opened.holder();
    this.atOpening = opened.acknowledged();
    this.current = opened.current();
    this.database = owner.database();
    this.heldSequence = database.getLatestSequenceNumber();
    this.logFamily = family(LOG_FAMILY, Table.Access.IN_ORDER);
    this.headFamily = family(HEAD_FAMILY, Table.Access.LOOKED_UP);
    for (Table table : declared) {
      tables.put(table, family(table.name(), table.access()));
    }
  }

  /**
   * Opens a database for writing, makes it if there is none, and adds the tables that it lacks. The
   * files are looked at first; what was never acknowledged and is torn is cut off.
   *
   * @throws dev.cairn.asl.error.UnavailableException if it is open elsewhere, or the disk fails
   * @throws DamagedException if it is not whole; nothing was changed
   * @throws dev.cairn.asl.error.DataLossException if what it acknowledged is gone; nothing was
   *     changed
   * @throws StoreFailedException if opening came to a stand; only the end of the process helps
   */
  public static RocksEngine open(Path directory, Set<Table> tables, RocksOptions options) {
    return open(directory, tables, options, false);
  }

  /**
   * Opens a database though the tail of a log that it acknowledged may be gone; {@link #losses}
   * tells which. They stay known, over any number of openings, until {@link #acceptLosses}: to be
   * called once the next epoch is durable or what is missing is back.
   */
  public static RocksEngine openAfterLoss(Path directory, Set<Table> tables, RocksOptions options) {
    return open(directory, tables, options, true);
  }

  private static RocksEngine open(
      Path directory, Set<Table> tables, RocksOptions options, boolean afterLoss) {
    return loaded(
        directory,
        tables,
        Opening.forWriting(directory, families(tables), HEAD_FAMILY, options, afterLoss),
        afterLoss);
  }

  /**
   * Opens what a database holds now for reading only, even while another process writes to it;
   * later writes are not seen. Tables that it lacks are empty. A write is an {@link
   * IllegalStateException}. {@link #sync} makes durable what is shown; an {@link
   * dev.cairn.asl.error.UnavailableException} if the writer may still take some of it back. Nothing
   * is changed on disk, a torn tail is passed over.
   *
   * @throws dev.cairn.asl.error.NotFoundException if there is none
   * @throws dev.cairn.asl.error.UnavailableException if the writer got in the way: try again
   * @throws DamagedException if it is not whole
   */
  public static RocksEngine openReadOnly(Path directory, Set<Table> tables, RocksOptions options) {
    return loaded(
        directory,
        tables,
        Opening.forReading(directory, families(tables), HEAD_FAMILY, options),
        false);
  }

  /**
   * As {@link #openReadOnly}, of a database that nobody else has open, and keeps writers out until
   * it is closed. That takes a fraction of the time of opening for writing.
   *
   * @return nothing if opening for writing must put something in order first: a torn tail, a long
   *     write-ahead log, a table that it lacks
   * @throws dev.cairn.asl.error.UnavailableException if it is open elsewhere, or the disk fails
   * @throws DamagedException if it is not whole
   * @throws dev.cairn.asl.error.DataLossException if what it acknowledged is gone
   * @throws StoreFailedException if opening came to a stand; only the end of the process helps
   */
  public static Optional<RocksEngine> openAtRest(
      Path directory, Set<Table> tables, RocksOptions options) {
    return Opening.atRest(directory, families(tables), HEAD_FAMILY, options)
        .map(opened -> loaded(directory, tables, opened, false));
  }

  /**
   * Looks at a database that nobody writes to, without opening it: what {@link #open} does first.
   *
   * @return what is torn and was never acknowledged, which opening would cut off
   * @throws DamagedException if it is not whole
   * @throws dev.cairn.asl.error.DataLossException if what it acknowledged is gone
   * @throws dev.cairn.asl.error.UnavailableException if its files cannot be read
   */
  public static List<String> check(Path directory) {
    return Opening.check(directory, HEAD_FAMILY);
  }

  /** What was acknowledged as durable and is not there; empty but after {@link #openAfterLoss}. */
  public List<LostTail> losses() {
    return losses;
  }

  /** Forgets that anything was acknowledged beyond what was held when this was opened. */
  public void acceptLosses() {
    guard.enter();
    try {
      requireWritable();
      synchronized (appending) {
        acknowledge(() -> writer().forget(losses, heldSequence), "accepting losses");
        losses = List.of();
      }
    } finally {
      guard.leave();
    }
  }

  @Override
  public EngineCapabilities capabilities() {
    return CAPABILITIES;
  }

  @Override
  public AppendOutcome append(AppendRequest request) {
    Family[] families = declared(request.rows());
    CAPABILITIES.requireFits(request.records(), request.rows());
    guard.enter();
    try {
      synchronized (appending) {
        requireWritable();
        LogHead old = heads.getOrDefault(request.log(), LogHead.NONE);
        if (request.fence() < old.fence()) {
          return new AppendOutcome.Fenced(old.fence());
        }
        if (request.expectedHead() != old.head()) {
          return new AppendOutcome.HeadMoved(old.head());
        }
        LogHead next = new LogHead(old.head() + request.records().size(), request.fence());
        String what = "append to log " + request.log().toHex() + " at " + old.head();
        try {
          Acknowledger.Moment before = before(what);
          commit(encode(request, families, next), request.durability(), what);
          acknowledge(
              () ->
                  writer()
                      .appended(
                          before,
                          request.log(),
                          next.head(),
                          request.durability() == Durability.SYNCED),
              what);
        } catch (StoreFailedException e) {
          return new AppendOutcome.Unknown(
              new UnknownOutcomeException(String.valueOf(e.getMessage()), e));
        }
        heads.put(request.log(), next);
        return new AppendOutcome.Committed(next.head());
      }
    } finally {
      guard.leave();
    }
  }

  @Override
  public void write(List<RowChange> changes, Durability durability) {
    Family[] families = declared(changes);
    CAPABILITIES.requireFits(List.of(), changes);
    guard.enter();
    try {
      requireWritable();
      BatchEncoder batch = new BatchEncoder(BatchEncoder.HEADER_BYTES + sizeOf(changes, families));
      encode(changes, families, batch);
      String what = "write of " + changes.size() + " rows";
      Acknowledger.Moment before = before(what);
      if (durability == Durability.DEFERRED) {
        commitDeferred(batch.toArray(), changes, what);
      } else {
        commit(batch.toArray(), durability, what);
      }
      if (durability == Durability.SYNCED && !changes.isEmpty()) {
        acknowledge(() -> writer().written(before), what);
      }
    } finally {
      guard.leave();
    }
  }

  @Override
  public void replaceRecords(Bytes log, SortedMap<Long, Bytes> records) {
    guard.enter();
    try {
      synchronized (appending) {
        requireWritable();
        long head = heads.getOrDefault(log, LogHead.NONE).head();
        int keyBytes = log.length() + Long.BYTES;
        long size = BatchEncoder.HEADER_BYTES;
        for (Map.Entry<Long, Bytes> entry : records.entrySet()) {
          if (entry.getKey() < 0 || entry.getKey() >= head) {
            throw new IllegalArgumentException(
                "record " + entry.getKey() + " of a log of " + head + " records");
          }
          size += BatchEncoder.size(logFamily.id, keyBytes, entry.getValue().length());
        }
        BatchEncoder batch = new BatchEncoder(size);
        records.forEach((index, record) -> batch.change(logFamily.id, logKey(log, index), record));
        String what = "repair of log " + log.toHex();
        Acknowledger.Moment before = before(what);
        commit(batch.toArray(), Durability.SYNCED, what);
        acknowledge(() -> writer().written(before), what);
      }
    } finally {
      guard.leave();
    }
  }

  @Override
  public void sync() {
    guard.enter();
    try {
      if (readOnly) {
        syncShown();
        return;
      }
      requireWritable();
      flushDeferred();
      syncLog();
    } finally {
      guard.leave();
    }
  }

  @Override
  public long head(Bytes log) {
    guard.enter();
    try {
      return heads.getOrDefault(log, LogHead.NONE).head();
    } finally {
      guard.leave();
    }
  }

  @Override
  public long greatestFence() {
    guard.enter();
    try {
      return heads.values().stream().mapToLong(LogHead::fence).max().orElse(0);
    } finally {
      guard.leave();
    }
  }

  @Override
  public RowCursor records(Bytes log, long from, long to) {
    return records(log, from, to, false);
  }

  @Override
  public RowCursor recordsAhead(Bytes log, long from, long to) {
    return records(log, from, to, true);
  }

  private RowCursor records(Bytes log, long from, long to, boolean ahead) {
    if (from < 0 || to < 0) {
      throw new IllegalArgumentException("records [" + from + ", " + to + ")");
    }
    // The key of a longer log can lie in this range; only keys of the right length are this log's.
    int keyBytes = log.length() + Long.BYTES;
    return cursor(
        logFamily,
        logKey(log, from),
        logKey(log, Math.max(from, to)),
        ahead,
        log.length(),
        keyBytes,
        "records of log " + log.toHex());
  }

  @Override
  public List<Bytes> logs() {
    guard.enter();
    try {
      List<Bytes> logs = new ArrayList<>();
      heads.forEach(
          (log, head) -> {
            if (head.head() > 0) {
              logs.add(log);
            }
          });
      return List.copyOf(logs);
    } finally {
      guard.leave();
    }
  }

  @Override
  public @Nullable Bytes get(Table table, Bytes key) {
    Family family = declared(table);
    guard.enter();
    try {
      byte[] value = database.get(family.handle, reading, key.toArray());
      return value == null ? null : Bytes.wrap(value);
    } catch (RocksDBException e) {
      throw RocksErrors.reading(e, "row " + key.toHex() + " of table " + table.name(), directory);
    } finally {
      guard.leave();
    }
  }

  @Override
  public List<@Nullable Bytes> multiGet(Table table, List<Bytes> keys) {
    Family family = declared(table);
    if (keys.isEmpty()) {
      return List.of();
    }
    int parts = Math.max(1, Math.min(PROCESSORS, keys.size() / LOOK_UPS_SHARED_MIN));
    List<LookUp> lookUps = new ArrayList<>(parts);
    for (int part = 0; part < parts; part++) {
      lookUps.add(new LookUp(table, family, part(keys, part, parts)));
    }
    guard.enter();
    try {
      List<Future<?>> others = new ArrayList<>(parts - 1);
      try {
        for (LookUp other : lookUps.subList(1, parts)) {
          others.add(lookingUp.begin(other));
        }
        lookUps.get(0).run();
      } finally {
        // Nobody may read once the guard is left.
        others.forEach(BesideThreads::awaitEnd);
      }
      others.forEach(BesideThreads::await);
    } finally {
      guard.leave();
    }
    if (parts == 1) {
      return lookUps.get(0).values;
    }
    List<@Nullable Bytes> values = new ArrayList<>(keys.size());
    lookUps.forEach(lookUp -> values.addAll(lookUp.values));
    return values;
  }

  private static List<Bytes> part(List<Bytes> keys, int part, int parts) {
    long size = keys.size();
    return keys.subList(
        Math.toIntExact(size * part / parts), Math.toIntExact(size * (part + 1) / parts));
  }

  /** A part of one caller's look-ups, done under his guard. */
  private final class LookUp implements Runnable {
    private final Table table;
    private final Family family;
    private final List<Bytes> keys;
    private final List<@Nullable Bytes> values;

    LookUp(Table table, Family family, List<Bytes> keys) {
      this.table = table;
      this.family = family;
      this.keys = keys;
      this.values = new ArrayList<>(keys.size());
    }

    @Override
    public void run() {
      List<ColumnFamilyHandle> families = Collections.nCopies(keys.size(), family.handle);
      List<byte[]> wanted = new ArrayList<>(keys.size());
      for (Bytes key : keys) {
        wanted.add(key.toArray());
      }
      try {
        for (byte[] value : database.multiGetAsList(reading, families, wanted)) {
          values.add(value == null ? null : Bytes.wrap(value));
        }
      } catch (RocksDBException e) {
        throw RocksErrors.reading(e, keys.size() + " rows of table " + table.name(), directory);
      }
    }
  }

  @Override
  public RowCursor scan(Table table, Bytes from, Bytes to) {
    return scan(table, from, to, false);
  }

  @Override
  public RowCursor scanAhead(Table table, Bytes from, Bytes to) {
    return scan(table, from, to, true);
  }

  private RowCursor scan(Table table, Bytes from, Bytes to, boolean ahead) {
    Family family = declared(table);
    return cursor(family, from, to, ahead, 0, -1, "table " + table.name());
  }

  @Override
  public @Nullable Row last(Table table, Bytes from, Bytes to) {
    Family family = declared(table);
    guard.enter();
    try {
      return last(family, from, to);
    } catch (RocksDBException e) {
      throw RocksErrors.reading(e, "table " + table.name(), directory);
    } finally {
      guard.leave();
    }
  }

  /**
   * {@inheritDoc}
   *
   * <p>Merges every family down to its last level, and rewrites all blob files that hold garbage:
   * reads and writes as many bytes as the store has.
   */
  @Override
  public void reclaim() {
    guard.enter();
    try {
      requireWritable();
      owner.compactAll();
    } catch (RocksDBException e) {
      throw RocksErrors.reading(e, "merging the tables", directory);
    } finally {
      guard.leave();
    }
  }

  @Override
  public long bytesOnDisk() {
    guard.enter();
    try {
      return owner.bytesOnDisk();
    } finally {
      guard.leave();
    }
  }

  @Override
  public long rowsRead() {
    return passed.sum();
  }

  @Override
  public long rowsAbout(Table table) {
    Family family = declared(table);
    guard.enter();
    try {
      return database.getLongProperty(family.handle, "rocksdb.estimate-num-keys");
    } catch (RocksDBException e) {
      throw RocksErrors.reading(e, table.name(), directory);
    } finally {
      guard.leave();
    }
  }

  /**
   * A checkpoint of RocksDB: table and blob files, which are never changed, are hard links where
   * the file system allows it; the mark of what was acknowledged comes with them. Appends wait as
   * long as it takes to write out what is in memory.
   */
  @Override
  public void copyTo(Path target) {
    guard.enter();
    try {
      AcknowledgedState acknowledged;
      synchronized (appending) {
        requireWritable();
        flushDeferred();
        syncLog();
        // Before the files: these hold then all that the mark tells of.
        acknowledged = writer().stateForCopy();
        try (Checkpoint checkpoint = Checkpoint.create(database)) {
          checkpoint.createCheckpoint(target.toAbsolutePath().toString());
        }
      }
      AcknowledgedMark.open(target, acknowledged, Ticker.system()).close();
      DurableFiles.syncDirectory(target);
    } catch (RocksDBException | IOException e) {
      throw new UnavailableException(
          "cannot copy store " + directory + " to " + target + ": " + e.getMessage(), e);
    } finally {
      guard.leave();
    }
  }

  @Override
  public SortedMap<String, Long> statistics() {
    guard.enter();
    try {
      return owner.statistics();
    } catch (RocksDBException e) {
      throw RocksErrors.reading(e, "statistics", directory);
    } finally {
      guard.leave();
    }
  }

  /**
   * Makes all writes durable, unless one has failed, and frees everything. Waits for calls under
   * way.
   */
  @Override
  public void close() {
    guard.closeOnce(
        () -> {
          try {
            if (!readOnly && failure == null) {
              flushDeferred();
              syncLog();
              acknowledge(writer()::sync, "sync of the mark");
              flushLongLog();
            }
          } finally {
            free();
          }
        });
  }

  private static RocksEngine loaded(
      Path directory, Set<Table> tables, Opening.Opened opened, boolean afterLoss) {
    RocksEngine engine = new RocksEngine(directory, tables, opened);
    boolean loaded = false;
    try {
      engine.loadHeads();
      engine.losses = engine.compare(opened.acknowledged());
      if (!afterLoss) {
        Opening.refuse(directory, engine.losses);
      }
      loaded = true;
      return engine;
    } finally {
      if (!loaded) {
        engine.guard.closeOnce(engine::free);
      }
    }
  }

  private static Map<String, Table.Access> families(Set<Table> tables) {
    Map<String, Table.Access> families = new TreeMap<>();
    families.put(LOG_FAMILY, Table.Access.IN_ORDER);
    families.put(HEAD_FAMILY, Table.Access.LOOKED_UP);
    for (Table table : tables) {
      if (table.name().equals(RocksDatabase.EMPTY_FAMILY)) {
        throw new IllegalArgumentException("no table may be called " + table.name());
      }
      families.put(table.name(), table.access());
    }
    return families;
  }

  private void free() {
    lookingUp.close();
    cursors.forEach(RocksCursor::engineCloses);
    cursors.clear();
    reading.close();
    synced.close();
    relaxed.close();
    unlogged.close();
    flushing.close();
    owner.close();
    try {
      if (acknowledger != null) {
        acknowledger.close();
      }
    } catch (IOException e) {
      throw new UnavailableException("cannot close the mark of " + directory + ": " + e, e);
    } finally {
      if (holder != null) {
        holder.close();
      }
    }
  }

  /** Reads every head, and checks that each log ends where its head says. */
  private void loadHeads() {
    try (RowCursor stored =
        cursor(headFamily, Bytes.EMPTY, Bytes.EMPTY, false, 0, -1, "heads of logs")) {
      while (stored.next()) {
        heads.put(stored.key(), LogHead.decode(stored.key(), stored.value(), directory));
      }
    }
    for (Map.Entry<Bytes, LogHead> entry : heads.entrySet()) {
      Bytes log = entry.getKey();
      long head = entry.getValue().head();
      try (RowCursor tail = records(log, Math.max(0, head - 1), Long.MAX_VALUE)) {
        long after = head == 0 ? 0 : tail.next() ? tail.key().u64At(0) + 1 : -1;
        if (after != head || tail.next()) {
          throw new DamagedException(
              "log " + log.toHex() + " in " + directory + " does not end at its head, " + head);
        }
      }
    }
  }

  /** What was acknowledged and is not held. */
  private List<LostTail> compare(AcknowledgedState acknowledged) {
    List<LostTail> lost = new ArrayList<>();
    if (acknowledged.lost()) {
      lost.add(LostTail.unknown(heldSequence));
    }
    acknowledged
        .heads()
        .forEach(
            (log, end) -> {
              long held = heads.getOrDefault(log, LogHead.NONE).head();
              if (held < end.records()) {
                lost.add(new LostTail(log, held, end.records()));
              }
            });
    if (lost.isEmpty() && heldSequence < acknowledged.sequence()) {
      lost.add(new LostTail(Bytes.EMPTY, heldSequence, acknowledged.sequence()));
    }
    return List.copyOf(lost);
  }

  private Family family(String name, Table.Access access) {
    ColumnFamilyHandle handle = owner.family(name);
    ColumnFamilyHandle present = handle == null ? owner.family(RocksDatabase.EMPTY_FAMILY) : handle;
    if (present == null) {
      throw new AssertionError("no default family");
    }
    return new Family(present, present.getID(), access != Table.Access.IN_ORDER);
  }

  private Family declared(Table table) {
    Family family = tables.get(table);
    if (family == null) {
      throw new IllegalArgumentException("table " + table.name() + " was not declared");
    }
    return family;
  }

  /** Families of the rows, which come table by table: each is looked up once a run. */
  private Family[] declared(List<RowChange> rows) {
    Family[] families = new Family[rows.size()];
    Table last = null;
    Family family = null;
    int i = 0;
    for (RowChange row : rows) {
      if (family == null || !row.table().equals(last)) {
        last = row.table();
        family = declared(last);
      }
      families[i++] = family;
    }
    return families;
  }

  private void requireWritable() {
    if (readOnly) {
      throw new IllegalStateException("store " + directory + " is open for reading only");
    }
    StoreFailedException first = failure;
    if (first != null) {
      throw new StoreFailedException("an earlier write failed: " + first.getMessage(), first);
    }
  }

  private byte[] encode(AppendRequest request, Family[] families, LogHead next) {
    int logKeyBytes = request.log().length() + Long.BYTES;
    long size = BatchEncoder.HEADER_BYTES + sizeOf(request.rows(), families);
    size += BatchEncoder.size(headFamily.id, request.log().length(), LogHead.BYTES);
    for (Bytes record : request.records()) {
      size += BatchEncoder.size(logFamily.id, logKeyBytes, record.length());
    }
    BatchEncoder batch = new BatchEncoder(size);
    long index = request.expectedHead();
    for (Bytes record : request.records()) {
      batch.change(logFamily.id, logKey(request.log(), index++), record);
    }
    encode(request.rows(), families, batch);
    batch.change(headFamily.id, request.log(), next.encode());
    return batch.toArray();
  }

  private static void encode(List<RowChange> changes, Family[] families, BatchEncoder batch) {
    int i = 0;
    for (RowChange change : changes) {
      batch.change(families[i++].id, change.key(), change.value());
    }
  }

  private static long sizeOf(List<RowChange> changes, Family[] families) {
    long size = 0;
    int i = 0;
    for (RowChange change : changes) {
      Bytes value = change.value();
      size +=
          BatchEncoder.size(
              families[i++].id, change.key().length(), value == null ? -1 : value.length());
    }
    return size;
  }

  private void commit(byte[] encoded, Durability durability, String what) {
    try (WriteBatch batch = new WriteBatch(encoded)) {
      database.write(
          switch (durability) {
            case SYNCED -> synced;
            case RELAXED -> relaxed;
            case DEFERRED -> unlogged;
          },
          batch);
    } catch (RocksDBException e) {
      throw fail(e, what);
    }
  }

  private void commitDeferred(byte[] encoded, List<RowChange> changes, String what) {
    deferring.readLock().lock();
    try {
      commit(encoded, Durability.DEFERRED, what);
      // Only now: a mark set before could be taken by a flush that did not see the rows.
      changes.forEach(change -> deferred.add(change.table()));
    } finally {
      deferring.readLock().unlock();
    }
  }

  private List<ColumnFamilyHandle> takeDeferred() {
    deferring.writeLock().lock();
    try {
      List<ColumnFamilyHandle> families = new ArrayList<>();
      for (Table table = deferred.pollFirst(); table != null; table = deferred.pollFirst()) {
        families.add(declared(table).handle);
      }
      return families;
    } finally {
      deferring.writeLock().unlock();
    }
  }

  /**
   * Makes deferred rows durable by flushing their families. One at a time: whoever finds no mark
   * knows that the flush that took it is done.
   */
  private void flushDeferred() {
    synchronized (deferred) {
      List<ColumnFamilyHandle> families = takeDeferred();
      if (families.isEmpty()) {
        return;
      }
      try {
        database.flush(flushing, families);
      } catch (RocksDBException e) {
        throw fail(e, "flush");
      }
    }
  }

  /**
   * Spares the next opening the replay of a long write-ahead log, and the disk its bytes. All is
   * durable before; if this fails, the log stays.
   */
  private void flushLongLog() {
    if (owner.logBytes() > LOG_BYTES_LEFT_MAX) {
      try {
        owner.flushAll(flushing);
      } catch (RocksDBException e) {
        LoggerFactory.getLogger(RocksEngine.class)
            .warn("the write-ahead log of {} is left for the next opening", directory, e);
      }
    }
  }

  /**
   * Makes durable what another process wrote and this one read, and waits until that one will not
   * take it back; it changes no file.
   */
  private void syncShown() {
    try {
      DurableFiles.syncLogs(directory);
    } catch (IOException e) {
      throw new UnavailableException("store " + directory + ": cannot be synced", e);
    }
    Map<Bytes, Long> pending = new TreeMap<>();
    if (holder == null) {
      heads.forEach(
          (log, end) -> {
            if (!atOpening.covers(log, end.head())) {
              pending.put(log, end.head());
            }
          });
    }
    if (!pending.isEmpty()) {
      Opening.requireKept(directory, HEAD_FAMILY, pending, current);
    }
  }

  private void syncLog() {
    Acknowledger.Moment before = before("sync");
    try {
      database.syncWal();
    } catch (RocksDBException e) {
      throw fail(e, "sync");
    }
    acknowledge(() -> writer().durable(before), "sync");
  }

  private Acknowledger.Moment before(String what) {
    try {
      return writer().before();
    } catch (RocksDBException e) {
      throw fail(e, what);
    }
  }

  /** Keeps the mark; a mark that cannot be kept stops writing as a failed write does. */
  private void acknowledge(Marking marking, String what) {
    try {
      marking.run();
    } catch (RocksDBException | IOException e) {
      throw fail(e, "mark of " + what);
    }
  }

  private Acknowledger writer() {
    Acknowledger present = acknowledger;
    if (present == null) {
      throw new AssertionError("a reader writes");
    }
    return present;
  }

  private StoreFailedException fail(Exception error, String what) {
    StoreFailedException first = RocksErrors.writing(error, what, directory);
    failure = first;
    owner.standStill();
    try {
      writer().failed();
    } catch (IOException e) {
      first.addSuppressed(e); // The next opening decides by what it finds, as after a crash.
    }
    return first;
  }

  private RowCursor cursor(
      Family family,
      Bytes from,
      Bytes to,
      boolean ahead,
      int prefixBytes,
      int keyBytes,
      String what) {
    guard.enter();
    try {
      if (cursors.size() >= CURSORS_MAX) {
        throw new IllegalStateException("more than " + CURSORS_MAX + " cursors are open");
      }
      KeyRange range = ahead ? KeyRange.ahead(from, to) : KeyRange.of(from, to, family.scansCached);
      RocksIterator iterator = database.newIterator(family.handle, range.options());
      RocksCursor cursor =
          new RocksCursor(
              range,
              iterator,
              from,
              prefixBytes,
              keyBytes,
              what,
              directory,
              passed,
              cursors::remove);
      cursors.add(cursor);
      return cursor;
    } finally {
      guard.leave();
    }
  }

  private @Nullable Row last(Family family, Bytes from, Bytes to) throws RocksDBException {
    try (KeyRange range = KeyRange.backwards(from, to);
        RocksIterator iterator = database.newIterator(family.handle, range.options())) {
      iterator.seekToLast();
      if (iterator.isValid()) {
        return new Row(Bytes.wrap(iterator.key()), Bytes.wrap(iterator.value()));
      }
      iterator.status();
      return null;
    }
  }

  private static Bytes logKey(Bytes log, long index) {
    return log.plus(Bytes.u64(index));
  }

  /** Keeps the mark. */
  private interface Marking {
    void run() throws RocksDBException, IOException;
  }

  /**
   * A column family.
   *
   * @param id its number in batches
   * @param scansCached whether what is scanned may take room in the cache: not if it is log or
   *     payloads, which are walked from end to end
   */
  private record Family(ColumnFamilyHandle handle, int id, boolean scansCached) {}
}
