package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Row;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.TableReader;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A store's commits, page by page: all in the order in which they arrived here, or those of one
 * origin in the order of its log.
 *
 * <p>The order of arrival is this store's own and never changes behind a position; another store
 * may have taken the same commits in another order. Each page says why it ended and carries the
 * position to go on from. Nothing stays open between pages. Relaxed commits are given too; if one
 * is lost with the power, a position behind it is refused.
 *
 * <p>Safe for any thread. {@link #follow} blocks its caller and nobody else.
 */
public final class CommitLog {
  /** A page looks at no more commits than this for those within a cut. */
  static final int SCANNED_COMMITS_MAX = 1 << 16;

  private final TableReader rows;
  private final Logs logs;
  private final LogNews news;
  private final Bytes mark;

  CommitLog(TableReader rows, Logs logs, LogNews news, Bytes mark) {
    this.rows = rows;
    this.logs = logs;
    this.news = news;
    this.mark = mark;
  }

  /**
   * How many commits have arrived: for one who asks often whether anything is new, as it reads no
   * row.
   */
  public long arrivals() {
    return news.arrivals();
  }

  /**
   * Waits until more than {@code seen} commits have arrived, the store has closed, the time is over
   * or the thread is interrupted, which it stays: for one who wants to know that there is news, and
   * reads it elsewhere.
   *
   * @return how many have arrived
   */
  public long awaitArrivals(long seen, Duration timeout) {
    try {
      long ignored = news.await(seen, timeout.toNanos());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return news.arrivals();
  }

  /** Before the first commit, in the order of arrival. */
  public LogPosition start() {
    return new LogPosition(mark, null, 0, LogPosition.NO_TRAIL);
  }

  /** Before the first commit of one origin's log, held or not yet. */
  public LogPosition start(Origin origin) {
    return new LogPosition(mark, origin, 0, LogPosition.NO_TRAIL);
  }

  /** Behind the last commit that has arrived. */
  public LogPosition end() {
    Row last = rows.last(StoreTables.ARRIVAL, Bytes.EMPTY, Bytes.EMPTY);
    return last == null ? start() : at(null, Arrival.number(last.key()) + 1);
  }

  /** Behind the last commit held of one origin's log. */
  public LogPosition end(Origin origin) {
    return at(origin, logs.size(origin));
  }

  /**
   * The position that these bytes are, of this store and with its past still there.
   *
   * @throws dev.cairn.asl.error.MalformedException if they are no position
   * @throws RefusedException if it is of another store, or of what this one has lost
   */
  public LogPosition resume(Bytes position) {
    LogPosition resumed = LogPosition.fromBytes(position);
    check(resumed);
    return resumed;
  }

  /** The commits behind a position. */
  public LogPage read(LogPosition from, PageLimits limits) {
    return page(from, limits, null);
  }

  /** The commits behind a position that lie within a cut of what this store holds. */
  public LogPage read(LogPosition from, PageLimits limits, Cut until) {
    return page(from, limits, until);
  }

  /**
   * The commits behind a position, as soon as there is one.
   *
   * @param timeout how long to wait for it at most
   */
  public LogPage follow(LogPosition from, PageLimits limits, Duration timeout) {
    long nanosLeft = timeout.toNanos();
    LogPage nothing = new LogPage(List.of(), from, PageEnd.TIMED_OUT);
    while (!news.isClosed()) {
      long seen = news.arrivals();
      LogPage page;
      try {
        page = page(from, limits, null);
      } catch (IllegalStateException e) {
        if (news.isClosed()) {
          break;
        }
        throw e;
      }
      if (!page.commits().isEmpty()) {
        return page;
      }
      if (nanosLeft <= 0) {
        return nothing;
      }
      try {
        nanosLeft = news.await(seen, nanosLeft);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return nothing.because(PageEnd.INTERRUPTED);
      }
    }
    return nothing.because(PageEnd.CLOSED);
  }

  private LogPage page(LogPosition from, PageLimits limits, @Nullable Cut until) {
    check(from);
    Origin origin = from.origin();
    Filling page = new Filling(from, limits);
    return origin == null ? byArrival(page, until) : ofOneLog(page, origin, until);
  }

  private LogPage byArrival(Filling page, @Nullable Cut until) {
    Bytes first = Bytes.u64(page.next);
    int scanned = 0;
    try (RowCursor arrivals = rows.scan(StoreTables.ARRIVAL, first, Bytes.EMPTY)) {
      while (arrivals.next()) {
        if (scanned++ == SCANNED_COMMITS_MAX) {
          return page.end(PageEnd.LIMIT);
        }
        Arrival arrival = Arrival.read(arrivals.key(), arrivals.value());
        LogRecord head = logs.require(arrival.origin(), arrival.first());
        long behind = Arrival.number(arrivals.key()) + 1;
        if (until != null && !until.includes(arrival.origin(), head.logseq())) {
          page.pass(behind);
        } else if (!page.add(arrival, behind)) {
          return page.end(PageEnd.LIMIT);
        }
      }
    }
    return page.end(until == null ? PageEnd.END_OF_LOG : PageEnd.CUT);
  }

  private LogPage ofOneLog(Filling page, Origin origin, @Nullable Cut until) {
    PageEnd atEnd = until == null ? PageEnd.END_OF_LOG : PageEnd.CUT;
    List<LogRecord> commit = new ArrayList<>();
    long size = logs.size(origin);
    long commitsEnd = page.next;
    try (RecordCursor records = logs.cursor(origin, page.next, size)) {
      boolean more = records.next();
      while (more) {
        LogRecord record = records.record();
        if (until != null && !until.includes(origin, record.logseq())) {
          return page.end(PageEnd.CUT);
        }
        commit.clear();
        Encoded last = new Encoded();
        long logseq = record.logseq();
        while (more && record.logseq() == logseq) {
          commit.add(record);
          last.take(records.encoded());
          more = records.next();
          record = more ? records.record() : record;
        }
        commitsEnd += commit.size();
        if (!page.add(new LogCommit(origin, logseq, commit), last, commitsEnd)) {
          return page.end(PageEnd.LIMIT);
        }
      }
    }
    return page.end(atEnd);
  }

  private LogPosition at(@Nullable Origin origin, long next) {
    return new LogPosition(mark, origin, next, trailBefore(origin, next));
  }

  /** Trail of the last record before a place; none equals it if that record is not held. */
  private Bytes trailBefore(@Nullable Origin origin, long next) {
    if (next == 0) {
      return LogPosition.NO_TRAIL;
    }
    if (origin != null) {
      return LogPosition.trail(origin, logs.encoded(origin, next - 1).orElse(Bytes.EMPTY));
    }
    Bytes key = Bytes.u64(next - 1);
    Bytes row = rows.get(StoreTables.ARRIVAL, key);
    if (row == null) {
      return Bytes.EMPTY;
    }
    Arrival arrival = Arrival.read(key, row);
    long last = arrival.first() + arrival.count() - 1;
    return LogPosition.trail(
        arrival.origin(), logs.encoded(arrival.origin(), last).orElse(Bytes.EMPTY));
  }

  private void check(LogPosition position) {
    if (!position.store().equals(mark)) {
      throw new RefusedException("log position: it is of another store");
    }
    if (!trailBefore(position.origin(), position.next()).equals(position.trail())) {
      throw new RefusedException(
          "log position: what lay before it, up to "
              + position.next()
              + ", is not what this store holds: begin again from an earlier one");
    }
  }

  /** Size of a commit's encoded records, and the last of them. */
  private static final class Encoded {
    private Bytes last = Bytes.EMPTY;
    private long bytes;

    void take(Bytes encoded) {
      last = encoded;
      bytes += encoded.length();
    }
  }

  /** A page that is being filled. One owner. */
  private final class Filling {
    private final LogPosition from;
    private final PageLimits limits;
    private final List<LogCommit> commits = new ArrayList<>();
    private long records;
    private long bytes;
    private long next;
    private @Nullable Bytes trail;

    Filling(LogPosition from, PageLimits limits) {
      this.from = from;
      this.limits = limits;
      this.next = from.next();
      this.trail = from.trail();
    }

    /** Goes past a commit without giving it. */
    void pass(long behind) {
      next = behind;
      trail = null;
    }

    /** Takes a commit unless it is one too many. */
    boolean add(Arrival arrival, long behind) {
      List<LogRecord> commit = new ArrayList<>();
      Encoded encoded = new Encoded();
      long end = arrival.first() + arrival.count();
      try (RecordCursor cursor = logs.cursor(arrival.origin(), arrival.first(), end)) {
        while (cursor.next()) {
          commit.add(cursor.record());
          encoded.take(cursor.encoded());
        }
      }
      if (commit.size() != arrival.count()) {
        throw new DamagedException(
            "log " + arrival.origin() + ": records are missing before " + end);
      }
      return add(new LogCommit(arrival.origin(), commit.get(0).logseq(), commit), encoded, behind);
    }

    boolean add(LogCommit commit, Encoded encoded, long behind) {
      boolean full =
          records + commit.records().size() > limits.recordsMax()
              || bytes + encoded.bytes > limits.bytesMax();
      if (full && !commits.isEmpty()) {
        return false;
      }
      commits.add(commit);
      records += commit.records().size();
      bytes += encoded.bytes;
      next = behind;
      trail = LogPosition.trail(commit.origin(), encoded.last);
      return true;
    }

    LogPage end(PageEnd reason) {
      Bytes known = trail;
      return new LogPage(
          commits,
          new LogPosition(
              mark, from.origin(), next, known != null ? known : trailBefore(from.origin(), next)),
          reason);
    }
  }
}
