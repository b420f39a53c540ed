package dev.cairn.federation.audit;

import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.federation.audit.AuditFinding.Kind;
import dev.cairn.federation.audit.AuditFinding.Place;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * What is known to be wrong with the logs of one source, until all that can name it was read; and
 * so that what merely follows from it is not told as well. One owner.
 */
final class LogDamage {
  /** Most misfits, and most suspect tiles, remembered of one log. */
  static final int KEPT_MAX = 1_000;

  /** Most erased payloads remembered of all logs, in at most 16 MiB. */
  static final int ERASED_MAX = 1_000_000;

  private final Map<Origin, Log> logs = new TreeMap<>();
  private final Map<Origin, Indexes> erased = new TreeMap<>();
  private final List<Runnable> later = new ArrayList<>();
  private int erasedLeft;
  private boolean allErased = true;

  LogDamage() {
    this(ERASED_MAX);
  }

  /** One that remembers so many erased payloads. */
  LogDamage(int erasedMax) {
    this.erasedLeft = erasedMax;
  }

  /** Numbers that are added in order, 8 bytes each. */
  private static final class Indexes {
    private long[] kept = new long[16];
    private int count;

    void add(long index) {
      if (count == kept.length) {
        kept = Arrays.copyOf(kept, 2 * count);
      }
      kept[count++] = index;
    }

    LongStream stream() {
      return Arrays.stream(kept, 0, count);
    }
  }

  private static final class Log {
    private final List<Misfit> misfits = new ArrayList<>();
    private final TreeMap<Long, Misfit> byIndex = new TreeMap<>();
    private final TreeMap<Long, LiveEntry> names = new TreeMap<>();
    private final TreeMap<Long, Long> shifts = new TreeMap<>();
    private final TreeSet<Long> tiles = new TreeSet<>();
    private long dropped;
  }

  /** How a log differs from what its tree and its derived rows were made of. */
  enum Form {
    /** A record says something else. */
    ALTERED(Kind.ALTERED, "records are not the ones that were signed and applied"),
    /** A record is not there. */
    MISSING(Kind.MISSING, "records that were signed and applied are not there"),
    /** A record is there that does not belong there. */
    EXTRA(Kind.EXTRA, "records are there that were neither signed nor applied"),
    /** Two records have changed places. */
    ORDER(Kind.ORDER, "records have changed places");

    private final Kind kind;
    private final String message;

    Form(Kind kind, String message) {
      this.kind = kind;
      this.message = message;
    }
  }

  /**
   * One such difference.
   *
   * @param form what it is
   * @param row where in the log as it is read
   * @param index where in the log as it should be
   * @param record what stands there; null if nothing or nothing readable does
   * @param more how many more behind it are only counted
   */
  record Misfit(Form form, long row, long index, @Nullable LogRecord record, long more) {
    Misfit(Form form, long row, long index, @Nullable LogRecord record) {
      this(form, row, index, record, 0);
    }

    /** The same with so many more counted behind it. */
    Misfit withMore(long count) {
      return new Misfit(form, row, index, record, more + count);
    }
  }

  private Log log(Origin origin) {
    return logs.computeIfAbsent(origin, each -> new Log());
  }

  /** Remembers a misfit, which {@link #tell} will tell. */
  void add(Origin origin, Misfit misfit) {
    Log log = log(origin);
    log.dropped += misfit.more();
    if (log.misfits.size() >= KEPT_MAX) {
      log.dropped++;
      return;
    }
    log.misfits.add(misfit);
    if (misfit.form() != Form.EXTRA) {
      log.byIndex.put(misfit.index(), misfit);
    }
    if (misfit.form() == Form.ORDER) {
      log.byIndex.put(misfit.index() + 1, misfit);
    }
  }

  /** From an index on, records stand so many rows before it. */
  void shifted(Origin origin, long index, long by) {
    log(origin).shifts.put(index, by);
  }

  /** The payload of a record is erased: no damage, but what another source may not have done. */
  void erased(Origin origin, LogRecord record) {
    if (erasedLeft == 0) {
      allErased = false;
    } else {
      erasedLeft--;
      erased.computeIfAbsent(origin, each -> new Indexes()).add(record.index());
    }
  }

  /** Indexes of records of a log whose payloads are erased, in order. */
  LongStream erased(Origin origin) {
    Indexes indexes = erased.get(origin);
    return indexes == null ? LongStream.empty() : indexes.stream();
  }

  /** False if there were more of them, in all logs together, than are remembered. */
  boolean knowsAllErased() {
    return allErased;
  }

  /** Takes over which payloads another reading of the same logs found erased. */
  void takeErased(LogDamage read) {
    erased.putAll(read.erased);
    allErased &= read.allErased;
  }

  /** A tile is not what was signed. */
  void suspect(Origin origin, long tile) {
    TreeSet<Long> tiles = log(origin).tiles;
    if (tiles.size() < KEPT_MAX) {
      tiles.add(tile);
    }
  }

  /** The tiles that are not what was signed, in order. */
  NavigableSet<Long> suspects(Origin origin) {
    Log log = logs.get(origin);
    return log == null
        ? Collections.emptyNavigableSet()
        : Collections.unmodifiableNavigableSet(log.tiles);
  }

  /** True if something is wrong with any log. */
  boolean isAny() {
    return !logs.isEmpty();
  }

  /** True if something is wrong with a log. */
  boolean isDamaged(Origin origin) {
    return logs.containsKey(origin);
  }

  /** Where in the log as it is read the record of an index stands. */
  long rowOf(Origin origin, long index) {
    Log log = logs.get(origin);
    Map.Entry<Long, Long> shift = log == null ? null : log.shifts.floorEntry(index);
    return shift == null ? index : index - shift.getValue();
  }

  /** True if an entry is shown as live by a record that a misfit is about; it names that record. */
  boolean names(LiveEntry entry) {
    Log log = logs.get(entry.origin());
    if (log == null || !log.byIndex.containsKey(entry.index())) {
      return false;
    }
    log.names.put(entry.index(), entry);
    return true;
  }

  /** Looks at something once all logs were read; at once if too much waits. */
  void later(Runnable look) {
    if (later.size() < KEPT_MAX) {
      later.add(look);
    } else {
      look.run();
    }
  }

  /** Looks at what waited for all logs to be read. */
  void allRead() {
    later.forEach(Runnable::run);
    later.clear();
  }

  /** Tells every misfit, by the name of the record that should be there if it is known. */
  void tell(CheckLedger ledger) {
    logs.forEach(
        (origin, log) -> {
          log.misfits.forEach(misfit -> tell(ledger, origin, log, misfit));
          if (log.dropped > 0) {
            ledger.add(
                AuditCheck.RECORDS,
                Kind.MORE,
                origin.toString(),
                "more records of a log are wrong than are told",
                Place.in(ledger.source(), origin, "log " + origin).with(log.dropped + " more"));
          }
        });
  }

  private static void tell(CheckLedger ledger, Origin origin, Log log, Misfit misfit) {
    LogRecord record = misfit.record();
    if (misfit.form() == Form.ALTERED && record == null) {
      // Told as a record that cannot be read.
      return;
    }
    LiveEntry due = misfit.form() == Form.EXTRA ? null : log.names.get(misfit.index());
    String there =
        record == null
            ? "nothing stands there"
            : record.id() + " stands there at logseq " + record.logseq();
    Place place =
        due != null
            ? new Place(
                ledger.source(),
                origin,
                due.logseq(),
                due.key(),
                "record " + misfit.index() + " of " + origin,
                there)
            : unnamed(ledger, origin, misfit).with(there);
    ledger.add(
        AuditCheck.RECORDS, misfit.form().kind, origin.toString(), misfit.form().message, place);
  }

  private static Place unnamed(CheckLedger ledger, Origin origin, Misfit misfit) {
    LogRecord record = misfit.record();
    long at = misfit.form() == Form.EXTRA ? misfit.row() : misfit.index();
    return record == null
        ? Place.of(ledger.source(), origin, at)
        : Place.of(ledger.source(), origin, at, record);
  }
}
