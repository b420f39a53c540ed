package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborReader;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.TableReader;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.MisbehaviourException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.evidence.Evidence;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * The logs that are frozen, each with the evidence against it: rows of {@link
 * StoreTables#EVIDENCE}.
 *
 * <pre>
 *   origin -> [1, noticed at, evidence]
 * </pre>
 *
 * <p>One evidence a log is kept, the first: one is enough. So those of logs that are held are
 * bounded by the logs, as are those that the finder says he holds in part; of others there are at
 * most {@link #STRANGERS_MAX}. Read by any thread, changed under the sequencer's lock.
 */
final class EvidenceShelf {
  /** Most logs that are frozen here though none of their records is held. */
  static final int STRANGERS_MAX = 4_096;

  private static final int VERSION = 1;
  private static final int FIELDS = 3;

  private final TableReader rows;
  private final NavigableMap<Origin, String> frozen = new ConcurrentSkipListMap<>();
  private final NavigableMap<Origin, LogRecord> closings = new ConcurrentSkipListMap<>();

  EvidenceShelf(TableReader rows) {
    this.rows = rows;
    try (RowCursor all = rows.scan(StoreTables.EVIDENCE, Bytes.EMPTY, Bytes.EMPTY)) {
      while (all.next()) {
        freeze(read(all.key(), all.value()).evidence());
      }
    }
  }

  boolean isFrozen(Origin origin) {
    return frozen.containsKey(origin);
  }

  /** Refuses whatever is of a log that is frozen. */
  void checkNotFrozen(Origin origin) {
    String id = frozen.get(origin);
    if (id != null) {
      throw new MisbehaviourException(
          "log "
              + origin
              + " is frozen: evidence "
              + id
              + " proves that its node broke the rules, nothing more of it is taken",
          id);
    }
  }

  Set<Origin> origins() {
    return Collections.unmodifiableSet(frozen.keySet());
  }

  Optional<HeldEvidence> find(Origin origin) {
    @Nullable Bytes row = rows.get(StoreTables.EVIDENCE, origin.bytes());
    return row == null ? Optional.empty() : Optional.of(read(origin.bytes(), row));
  }

  List<HeldEvidence> all() {
    List<HeldEvidence> all = new ArrayList<>();
    try (RowCursor cursor = rows.scan(StoreTables.EVIDENCE, Bytes.EMPTY, Bytes.EMPTY)) {
      while (cursor.next()) {
        all.add(read(cursor.key(), cursor.value()));
      }
    }
    return Collections.unmodifiableList(all);
  }

  /**
   * The row that keeps evidence; null if its log is frozen already.
   *
   * @param here whether something of the log is held elsewhere than in {@code held}
   * @param held logs of which records are held
   * @throws RefusedException if there is no room for it
   */
  @Nullable Bytes row(Evidence evidence, boolean here, Set<Origin> held, long nowMillis) {
    Origin origin = evidence.origin();
    if (isFrozen(origin)) {
      return null;
    }
    if (!here
        && !held.contains(origin)
        && frozen.keySet().stream().filter(known -> !held.contains(known)).count()
            >= STRANGERS_MAX) {
      throw new RefusedException(
          "evidence against "
              + origin
              + ": evidence against "
              + STRANGERS_MAX
              + " logs that are not held here is kept already");
    }
    return new CborWriter()
        .array(FIELDS)
        .uint(VERSION)
        .uint(Math.max(0, nowMillis))
        .bytes(evidence.encoded())
        .toBytes();
  }

  /** Once the row is durable. */
  void freeze(Evidence evidence) {
    frozen.put(evidence.origin(), evidence.id().toHex());
    evidence.closing().ifPresent(record -> closings.put(evidence.origin(), record));
  }

  /** The records, held or not, that are proven to close their logs. */
  Map<Origin, LogRecord> closings() {
    return Collections.unmodifiableMap(closings);
  }

  /** Reads a row; a {@link DamagedException} if it is no evidence against the log of its key. */
  static void check(Bytes key, Bytes row) {
    var unused = read(key, row);
  }

  private static HeldEvidence read(Bytes key, Bytes row) {
    return StoreTables.EVIDENCE.read(key, row, EvidenceShelf::decode);
  }

  private static HeldEvidence decode(Bytes key, Bytes row) {
    CborReader in = new CborReader("row of " + StoreTables.EVIDENCE.name(), row);
    in.structure(VERSION, FIELDS);
    long noticed = in.uint();
    Evidence evidence = Evidence.decode(in.bytes());
    in.end();
    if (!evidence.origin().bytes().equals(key)) {
      throw in.malformed("it is about another log than its key says");
    }
    return new HeldEvidence(evidence, noticed);
  }
}
