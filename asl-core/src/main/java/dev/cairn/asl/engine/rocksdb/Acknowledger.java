package dev.cairn.asl.engine.rocksdb;

import dev.cairn.asl.bytes.Bytes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/**
 * Keeps the {@link AcknowledgedMark} of an open database in step with what its engine acknowledges.
 *
 * <p>Numbers are taken so that the mark never tells of more than is durable, whoever else writes at
 * the same time: the sequence, the write-ahead log and the relaxed appends are those from before
 * the write or sync, and a log's head is the caller's own. Before a write: {@link #before}; after
 * it succeeded: {@link #appended} or {@link #durable}.
 *
 * <p>Safe for any thread; appends of one log in order. An {@link IOException} or {@link
 * RocksDBException} means that the mark could not be kept: the engine must stop writing.
 */
final class Acknowledger implements AutoCloseable {
  private static final String VERSIONS = "rocksdb.current-super-version-number";

  private final Path directory;
  private final RocksDB database;
  private final AcknowledgedMark mark;
  private final Map<Bytes, AcknowledgedState.Head> relaxed = new TreeMap<>();
  private long versions = -1;
  private boolean manifestMoved = true;
  private long log;

  Acknowledger(Path directory, RocksDB database, AcknowledgedMark mark) {
    this.directory = directory;
    this.database = database;
    this.mark = mark;
  }

  /**
   * How things stood before a write or a sync.
   *
   * @param sequence of the last change
   * @param log number of the write-ahead log in use
   * @param relaxed logs that were appended to without a sync since the last one
   */
  record Moment(long sequence, long log, Map<Bytes, AcknowledgedState.Head> relaxed) {}

  /** To be called before a write or a sync. */
  synchronized Moment before() throws RocksDBException {
    look();
    return new Moment(
        database.getLatestSequenceNumber(),
        log,
        relaxed.isEmpty() ? Map.of() : new TreeMap<>(relaxed));
  }

  /** An append has succeeded; {@code head} records are in the log now. */
  synchronized void appended(Moment before, Bytes name, long head, boolean synced)
      throws IOException, RocksDBException {
    AcknowledgedState.Head end = new AcknowledgedState.Head(head, before.log);
    if (!synced) {
      relaxed.put(name, end);
      return;
    }
    relaxed.remove(name);
    durable(before);
    mark.acknowledge(name, end, before.sequence + 1);
  }

  /** A synced write of at least one row has succeeded. */
  synchronized void written(Moment before) throws IOException, RocksDBException {
    durable(before);
    mark.acknowledge(before.sequence + 1);
  }

  /** A sync that began after {@code before} has succeeded. */
  synchronized void durable(Moment before) throws IOException, RocksDBException {
    mark.synced(before.log);
    look();
    if (manifestMoved) {
      noteManifest();
      manifestMoved = false;
    }
    for (Map.Entry<Bytes, AcknowledgedState.Head> entry : before.relaxed.entrySet()) {
      if (relaxed.remove(entry.getKey(), entry.getValue())) {
        mark.acknowledge(entry.getKey(), entry.getValue(), 0);
      }
    }
  }

  /** Takes back what is lost. */
  synchronized void forget(List<LostTail> losses, long heldSequence) throws IOException {
    mark.forget(losses, heldSequence);
  }

  /**
   * A write has failed. RocksDB mends some failures by itself, flushing one family after the other
   * without the batch that failed, which the write-ahead log would then give back to the rest of
   * them at the next opening: half a batch. So the mark says where that log ends.
   */
  synchronized void failed() throws IOException {
    mark.failedFrom(database.getLatestSequenceNumber() + 1);
  }

  /** What the mark says, for a copy of the database. */
  AcknowledgedState stateForCopy() {
    return mark.stateForCopy();
  }

  /** Makes the mark durable. */
  void sync() throws IOException {
    mark.sync();
  }

  @Override
  public void close() throws IOException {
    mark.close();
  }

  private void noteManifest() throws RocksDBException {
    RocksDB.LiveFiles files = database.getLiveFiles(false);
    for (String name : files.files) {
      int dash = name.indexOf("MANIFEST-");
      if (dash >= 0) {
        mark.manifest(Long.parseLong(name.substring(dash + 9)), files.manifestFileSize);
      }
    }
  }

  /**
   * Sees whether a write-ahead log has begun or the MANIFEST has grown. Both go with a new version
   * of some family, and asking for their sum costs 2 µs. RocksDB could also call back, but its
   * threads would then hang in a virtual machine that is ending, and the process with them.
   */
  private void look() throws RocksDBException {
    long now = database.getAggregatedLongProperty(VERSIONS);
    if (now == versions) {
      return;
    }
    versions = now;
    manifestMoved = true;
    String[] names = directory.toFile().list();
    if (names != null) {
      for (String name : names) {
        if (Inspection.LOG_NAME.matcher(name).matches()) {
          log = Math.max(log, Long.parseLong(name.substring(0, name.length() - 4)));
        }
      }
    }
  }
}
