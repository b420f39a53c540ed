package dev.cairn.federation.audit;

import dev.cairn.asl.model.LogRecord;
import dev.cairn.federation.audit.LogDamage.Form;
import dev.cairn.federation.audit.LogDamage.Misfit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Lays a log as it is read beside the log as its derived rows know it, and says where they part.
 *
 * <p>Of each record read, the derived rows tell the index under which it was applied, or nothing.
 * One record of look-ahead tells what happened:
 *
 * <pre>
 *   expected 7:   ?  8        record 7 was altered        8  9        record 7 is missing
 *                 ?  7        what stands at 7 is extra   8  7        7 and 8 changed places
 *                 6           a copy of 6 is extra
 * </pre>
 *
 * <p>Which of the two lies is not decided here: signatures do that. One owner, one log.
 */
final class LogAlignment {
  private final Consumer<Misfit> found;
  private long expected;
  private long shift;
  private @Nullable Pending pending;

  /** A record whose place the next one decides; {@code ahead}: it should come one later. */
  private record Pending(boolean ahead, long row, @Nullable LogRecord record) {}

  LogAlignment(Consumer<Misfit> found) {
    this.found = found;
  }

  /** How many rows later the last record that is known should stand. */
  long shift() {
    return shift;
  }

  /** A record that derived rows do not know. */
  void unknown(long row, @Nullable LogRecord record) {
    settle(-1);
    pending = new Pending(false, row, record);
  }

  /**
   * A record that derived rows know.
   *
   * @param index under which they know it
   * @param same whether they state the same of it
   */
  void known(long row, LogRecord record, long index, boolean same) {
    if (settle(index)) {
      return;
    }
    if (index == expected + 1) {
      pending = new Pending(true, row, record);
    } else if (index >= expected) {
      missing(row, index);
      expected = index + 1;
      shift = index - row;
      if (!same) {
        found.accept(new Misfit(Form.ALTERED, row, index, record));
      }
    } else {
      found.accept(new Misfit(Form.EXTRA, row, index, record));
    }
  }

  /**
   * Passes over records that derived rows know to stand where they do.
   *
   * @param from index of the first
   * @param to behind the last
   * @return false, and nothing is passed over, if those before them did not stand so
   */
  boolean skip(long from, long to) {
    if (pending != null || shift != 0 || expected != from) {
      return false;
    }
    expected = to;
    return true;
  }

  /** Decides what waits for the next record without one: it is not the one that should come. */
  void decide() {
    settle(-1);
  }

  /** Rows that are not there, up to a record that says which it is. */
  void gap(long row, long index) {
    settle(-1);
    missing(row, index);
  }

  /** The log ends; what stands behind its signed part is extra. */
  void end(long signed) {
    Pending last = pending;
    if (last != null && !last.ahead && last.row >= signed) {
      pending = null;
      found.accept(new Misfit(Form.EXTRA, last.row, expected, last.record));
    }
    settle(-1);
  }

  private void missing(long row, long upTo) {
    long last = Math.min(upTo, expected + LogDamage.KEPT_MAX);
    for (long index = expected; index < last; index++) {
      Misfit misfit = new Misfit(Form.MISSING, row, index, null);
      found.accept(index == last - 1 ? misfit.withMore(upTo - last) : misfit);
    }
    expected = Math.max(expected, upTo);
  }

  /** Decides what waits by the next record's index; true if that settles the next one too. */
  private boolean settle(long next) {
    Pending waits = pending;
    pending = null;
    if (waits == null) {
      return false;
    }
    if (waits.ahead) {
      if (next == expected) {
        found.accept(new Misfit(Form.ORDER, waits.row, expected, waits.record));
        expected += 2;
        return true;
      }
      missing(waits.row, expected + 1);
      expected++;
    } else if (next == expected) {
      found.accept(new Misfit(Form.EXTRA, waits.row, expected, waits.record));
    } else {
      found.accept(new Misfit(Form.ALTERED, waits.row, expected, waits.record));
      expected++;
    }
    return false;
  }
}
