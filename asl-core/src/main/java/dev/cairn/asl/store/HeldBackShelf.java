package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborReader;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.engine.Row;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.TableReader;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.time.WallClock;
import java.util.List;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The logs that are held back, and those that a person admitted: rows of {@link
 * StoreTables#HELD_BACK}.
 *
 * <pre>
 *   0 | origin -> [1, from index, clock ahead ms, logseq leap, last logseq, noticed at]
 *   1 | origin -> [1, clock ahead ms that is allowed, logseq up to which all is allowed]
 * </pre>
 *
 * <p>At most {@link #ROWS_MAX} logs are listed; one beyond that is held back all the same. Read by
 * any thread, changed under the sequencer's lock.
 */
final class HeldBackShelf {
  /** Most logs that are listed. */
  static final int ROWS_MAX = 4_096;

  /** What lies behind a greater logseq nobody can admit: every node would go on from there. */
  static final long LOGSEQ_ADMITTED_MAX = 1L << 62;

  private static final int HELD = 0;
  private static final int ADMITTED = 1;
  private static final int VERSION = 1;
  private static final int HELD_FIELDS = 6;
  private static final int ADMITTED_FIELDS = 3;

  private final Plausibility plausible;
  private final WallClock wall;
  private final NavigableMap<Origin, HeldBack> held = new ConcurrentSkipListMap<>();
  private final NavigableMap<Origin, Admission> admitted = new ConcurrentSkipListMap<>();

  /** What a person lets pass. */
  private record Admission(long clockAheadMillis, long logseq) {}

  private static final Admission NOTHING = new Admission(0, 0);

  HeldBackShelf(TableReader rows, Plausibility plausible, WallClock wall) {
    this.plausible = plausible;
    this.wall = wall;
    try (RowCursor all = rows.scan(StoreTables.HELD_BACK, Bytes.EMPTY, Bytes.EMPTY)) {
      while (all.next()) {
        load(new Row(all.key(), all.value()));
      }
    }
  }

  private void load(Row row) {
    Origin origin = originOf(row.key());
    if (row.key().at(0) == HELD) {
      held.put(
          origin,
          StoreTables.HELD_BACK.read(
              row.key(), row.value(), (key, value) -> held(origin, reader(value))));
    } else {
      admitted.put(
          origin,
          StoreTables.HELD_BACK.read(
              row.key(), row.value(), (k, value) -> admission(reader(value))));
    }
  }

  /** Reads a row; a {@link DamagedException} if it says nothing. */
  static void check(Bytes key, Bytes row) {
    Origin origin = originOf(key);
    Object unused =
        StoreTables.HELD_BACK.read(
            key,
            row,
            (of, value) ->
                of.at(0) == HELD ? held(origin, reader(value)) : admission(reader(value)));
  }

  private static CborReader reader(Bytes row) {
    return new CborReader("row of " + StoreTables.HELD_BACK.name(), row);
  }

  private static Origin originOf(Bytes key) {
    if (key.isEmpty() || key.at(0) > ADMITTED) {
      throw StoreTables.HELD_BACK.damaged(key, null);
    }
    return StoreTables.HELD_BACK.read(
        key, Bytes.EMPTY, (row, value) -> Origin.fromBytes(row.slice(1)));
  }

  private static HeldBack held(Origin origin, CborReader in) {
    in.structure(VERSION, HELD_FIELDS);
    HeldBack read = new HeldBack(origin, in.uint(), in.uint(), in.uint(), in.uint(), in.uint());
    in.end();
    return read;
  }

  private static Admission admission(CborReader in) {
    in.structure(VERSION, ADMITTED_FIELDS);
    Admission read = new Admission(in.uint(), in.uint());
    in.end();
    return read;
  }

  /** The logs that are held back, in order of origins. */
  List<HeldBack> all() {
    return List.copyOf(held.values());
  }

  /**
   * What is implausible about the end of a stretch; null if nothing is.
   *
   * @param fromIndex the first record that would be new
   * @param last the last record of the stretch
   * @param greatestLogseq held so far
   */
  @Nullable HeldBack judge(Origin origin, long fromIndex, LogRecord last, long greatestLogseq) {
    Admission allowed = admitted.getOrDefault(origin, NOTHING);
    long ahead = Plausibility.aheadMillis(last.hlc(), wall);
    long leap = Math.max(0, last.logseq() - greatestLogseq);
    boolean late = ahead > Math.max(plausible.clockAheadMillisMax(), allowed.clockAheadMillis);
    boolean leaps = leap > plausible.logseqLeapMax() && last.logseq() > allowed.logseq;
    return late || leaps
        ? new HeldBack(
            origin,
            fromIndex,
            late ? ahead : 0,
            leaps ? leap : 0,
            last.logseq(),
            Math.max(0, wall.millis()))
        : null;
  }

  /**
   * What is to be listed of a log, after {@link #hold}; null if that is listed or there is no room.
   */
  @Nullable HeldBack news(HeldBack found) {
    HeldBack before = held.get(found.origin());
    if (before == null && held.size() >= ROWS_MAX) {
      return null;
    }
    HeldBack now = before == null ? found : before.again(found);
    return now.equals(before) ? null : now;
  }

  RowChange row(HeldBack now) {
    return RowChange.put(
        StoreTables.HELD_BACK,
        key(HELD, now.origin()),
        new CborWriter()
            .array(HELD_FIELDS)
            .uint(VERSION)
            .uint(now.fromIndex())
            .uint(now.clockAheadMillis())
            .uint(now.logseqLeap())
            .uint(now.lastLogseq())
            .uint(now.noticedMillis())
            .toBytes());
  }

  /** Once the row is durable. */
  void hold(HeldBack now) {
    held.put(now.origin(), now);
  }

  /** More of a log is about to be taken: it is not held back any more. */
  void release(Origin origin, RowWriter rows) {
    if (held.containsKey(origin)) {
      rows.delete(StoreTables.HELD_BACK, key(HELD, origin));
    }
  }

  /** Once that is durable. */
  void released(Origin origin) {
    held.remove(origin);
  }

  /**
   * Lets a log in as it was seen: its clock may go on being as far ahead. Counts once {@code write}
   * has made its rows durable.
   *
   * @throws NotFoundException if it is not held back
   * @throws RefusedException if too few logseqs would be left behind it
   */
  HeldBack admit(Origin origin, Consumer<List<RowChange>> write) {
    HeldBack found = held.get(origin);
    if (found == null) {
      throw new NotFoundException("log " + origin + " is not held back");
    }
    Admission before = admitted.getOrDefault(origin, NOTHING);
    Admission now =
        new Admission(
            Math.max(before.clockAheadMillis, clockAllowed(found)),
            Math.max(before.logseq, logseqAllowed(found)));
    Bytes row =
        new CborWriter()
            .array(ADMITTED_FIELDS)
            .uint(VERSION)
            .uint(now.clockAheadMillis)
            .uint(now.logseq)
            .toBytes();
    write.accept(
        List.of(
            RowChange.put(StoreTables.HELD_BACK, key(ADMITTED, origin), row),
            RowChange.delete(StoreTables.HELD_BACK, key(HELD, origin))));
    admitted.put(origin, now);
    held.remove(origin);
    return found;
  }

  private static long clockAllowed(HeldBack found) {
    return found.clockAheadMillis() == 0
        ? 0
        : found.clockAheadMillis() + Plausibility.DEFAULT.clockAheadMillisMax();
  }

  /** Numbers go on behind the greatest that was seen: it may have grown meanwhile. */
  private static long logseqAllowed(HeldBack found) {
    if (found.logseqLeap() == 0) {
      return 0;
    }
    if (found.lastLogseq() > LOGSEQ_ADMITTED_MAX) {
      throw new RefusedException(
          "log "
              + found.origin()
              + ": behind logseq "
              + found.lastLogseq()
              + " the whole federation would soon be out of numbers: it cannot be admitted, its"
              + " node must begin another log");
    }
    return found.lastLogseq() + Plausibility.DEFAULT.logseqLeapMax();
  }

  private static Bytes key(int kind, Origin origin) {
    return Bytes.wrap(new byte[] {(byte) kind}).plus(origin.bytes());
  }
}
