package dev.cairn.asl.engine;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.RefusedException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;

/**
 * Where bytes are kept: ordered tables, append-only logs, and one linearisable call that commits.
 *
 * <p>The shape fits embedded and distributed engines alike. {@link #append} is the commit point:
 * its records and rows become visible together, after they are as durable as asked, or not at all.
 * Rows of {@link #write} are idempotent and written before the append that needs them (payloads) or
 * derived afterwards (followers).
 *
 * <p>Reads and {@link #write} may come from any thread; {@link #append} from one thread at a time
 * per log. After a failed write the engine refuses further writes with {@link
 * dev.cairn.asl.error.StoreFailedException}; reads go on. A call that ends with {@link
 * dev.cairn.asl.error.UnavailableException} was never begun: it changed nothing, the engine goes
 * on, and it may be made again.
 *
 * <p>Tables are declared when the engine is opened; naming another is an {@link
 * IllegalArgumentException}.
 */
public interface StorageEngine extends TableReader, AutoCloseable {
  /** See {@link #rowsRead}. */
  int ROWS_COUNTED = 1_024;

  /** What this engine can do. */
  EngineCapabilities capabilities();

  /** The commit point; see {@link AppendOutcome}. */
  AppendOutcome append(AppendRequest request);

  /** Number of records in a log; 0 for one never heard of. */
  long head(Bytes log);

  /**
   * The greatest writer generation that any log has seen: a writer of a lesser one is fenced out
   * somewhere. 0 if nothing was appended.
   */
  long greatestFence();

  /**
   * Encoded records of a log from index {@code from} to before {@code to}; the cursor's key is the
   * u64be index.
   */
  RowCursor records(Bytes log, long from, long to);

  /** As {@link #records}, for one who reads as with {@link #scanAhead}. */
  default RowCursor recordsAhead(Bytes log, long from, long to) {
    return records(log, from, to);
  }

  /** Every log that has a record, in order of their bytes. */
  List<Bytes> logs();

  /**
   * Writes rows in one atomic batch where {@link EngineCapabilities#atomicMultiKey} holds, else in
   * order.
   */
  void write(List<RowChange> changes, Durability durability);

  /**
   * Puts records where others lie that are damaged or missing, durably; the log's length stays. For
   * repair alone: of what the log's origin signed, and while nobody else uses the engine.
   *
   * @param records by index, each below {@link #head}
   * @throws RefusedException if the engine cannot
   */
  default void replaceRecords(Bytes log, SortedMap<Long, Bytes> records) {
    throw new RefusedException("this engine cannot put records in the place of others");
  }

  /** Makes everything written so far durable; if it only reads, what it shows. */
  void sync();

  /**
   * Figures about the engine's work, for people: by name, in lower case with dots; the same names
   * at every call. None unless the engine has some.
   */
  default SortedMap<String, Long> statistics() {
    return Collections.emptySortedMap();
  }

  /**
   * Gives the room of deleted and overwritten rows back to the medium, beside readers and writers;
   * may take long. An engine that has none to give does nothing.
   */
  default void reclaim() {}

  /**
   * Makes a copy of all that is written and acknowledged, durable, which an engine of the same kind
   * can be opened on. Reads and writes go on meanwhile; appends may have to wait.
   *
   * @param directory where; nothing may be there
   * @throws RefusedException if the engine keeps nothing in files
   * @throws dev.cairn.asl.error.UnavailableException if the copy cannot be written; what is there
   *     of it is of no use
   */
  default void copyTo(Path directory) {
    throw new RefusedException("this engine keeps nothing in files that could be copied");
  }

  /** Bytes that the engine takes on its medium, roughly. */
  long bytesOnDisk();

  /**
   * How many rows and records cursors have passed since this was opened, for who watches long work:
   * brought up to date every {@link #ROWS_COUNTED} rows and as cursors close. Stays 0 if an engine
   * does not count.
   */
  default long rowsRead() {
    return 0;
  }

  /**
   * About how many rows a table has, for who watches long work; costs little. 0 if an engine does
   * not tell.
   */
  default long rowsAbout(Table table) {
    return 0;
  }

  @Override
  void close();
}
