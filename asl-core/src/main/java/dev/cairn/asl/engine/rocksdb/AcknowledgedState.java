package dev.cairn.asl.engine.rocksdb;

import dev.cairn.asl.bytes.Bytes;
import java.util.Collections;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * What a store has acknowledged as durable, as far as its {@link AcknowledgedMark} tells.
 *
 * @param heads of each log
 * @param sequence of the last change
 * @param syncedLog number of a write-ahead log in which a sync has succeeded, so that every one
 *     before it was synced to its end
 * @param manifest number of the MANIFEST then in use
 * @param manifestBytes that were synced of it
 * @param failedFrom first sequence of a write that failed; 0 if none did
 * @param lost whether an earlier mark is gone or damaged, so that nobody knows what it told
 */
record AcknowledgedState(
    NavigableMap<Bytes, Head> heads,
    long sequence,
    long syncedLog,
    long manifest,
    long manifestBytes,
    long failedFrom,
    boolean lost) {
  /** Nothing was acknowledged, or nothing is known of it. */
  static final AcknowledgedState NONE =
      new AcknowledgedState(new TreeMap<>(), 0, 0, 0, 0, 0, false);

  /** There was a mark, and it is gone or damaged. */
  static final AcknowledgedState LOST = new AcknowledgedState(new TreeMap<>(), 0, 0, 0, 0, 0, true);

  AcknowledgedState {
    heads = Collections.unmodifiableNavigableMap(new TreeMap<>(heads));
  }

  /** True if a log's first {@code records} records were told of. */
  boolean covers(Bytes log, long records) {
    Head head = heads.get(log);
    return head != null && head.records() >= records;
  }

  /**
   * A log's end.
   *
   * @param records in it
   * @param log number of a write-ahead log; the last append is in it or, if a new one began just
   *     then, in the next
   */
  record Head(long records, long log) {}
}
