package dev.cairn.cli.command;

import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.CommitLog;
import dev.cairn.asl.store.LogCommit;
import dev.cairn.asl.store.LogPage;
import dev.cairn.asl.store.LogPosition;
import dev.cairn.asl.store.PageEnd;
import dev.cairn.asl.store.PageLimits;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.time.Ticker;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.StopSignal;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.node.StoreDirectory;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Tells of the commits that arrive in a store while other processes write to it.
 *
 * <p>A store has one writer, and a view for reading only does not move: so this looks, now and
 * then, whether the store's files have changed, and if so opens it anew for reading only and reads
 * on from where it was. Nobody is kept from writing, and a store that rests is not opened. One
 * owner.
 */
final class LogFollower {
  /** How often it is looked whether anything was written. */
  static final long LOOK_MILLIS = 250;

  /** Opening and reading take at most one part in so many of the time. */
  private static final int REST_FACTOR = 4;

  /** How often in a row a writer may get in the way of opening. */
  private static final int UNAVAILABLE_MAX = 60;

  private final LogCommand asked;
  private final CairnCommand cairn;
  private final Console console;
  private final StopSignal stop;
  private final Path directory;
  private final Ticker ticker;

  private String seen = "";
  private @Nullable List<Origin> first;
  private @Nullable LogPosition at;
  private int unavailable;

  LogFollower(LogCommand asked, CairnCommand cairn, Console console, StopSignal stop) {
    this.asked = asked;
    this.cairn = cairn;
    this.console = console;
    this.stop = stop;
    this.directory = cairn.storeDirectory();
    this.ticker = cairn.environment().ticker();
  }

  /** Returns when it is time to stop, or when nobody reads any more. */
  void run() {
    long restMillis = 0;
    while (!stop.await(restMillis)) {
      long start = ticker.nanos();
      String now = StoreDirectory.writtenMark(directory);
      if (!now.equals(seen) && look()) {
        seen = now;
      }
      if (!console.isRead()) {
        return;
      }
      long tookMillis = TimeUnit.NANOSECONDS.toMillis(ticker.nanos() - start);
      restMillis = Math.max(LOOK_MILLIS, REST_FACTOR * tookMillis);
    }
  }

  /** Tells what is new; false if the writer got in the way. */
  private boolean look() {
    try (CairnNode node = open()) {
      unavailable = 0;
      readOn(node.store());
      return true;
    } catch (UnavailableException e) {
      if (stop.isTold() || ++unavailable < UNAVAILABLE_MAX) {
        return false;
      }
      throw e;
    }
  }

  private CairnNode open() {
    try {
      return StoreDirectory.openReadOnly(directory, cairn.environment().clock());
    } catch (RefusedException e) {
      // What an earlier version left is brought up to date, as every command does.
      cairn.open().close();
      return StoreDirectory.openReadOnly(directory, cairn.environment().clock());
    }
  }

  private void readOn(Store store) {
    CommitLog log = store.log();
    LogPosition from = at;
    if (from == null) {
      first = asked.origins(store);
      LogPosition end = log.end();
      asked.list(store, console, this::isEnded);
      at = end;
      return;
    }
    LogPage page;
    do {
      page = log.read(from, PageLimits.DEFAULT);
      page.commits().forEach(commit -> tell(store, commit));
      from = page.next();
      at = from;
    } while (page.end() == PageEnd.LIMIT && !isEnded());
  }

  private boolean isEnded() {
    return stop.isTold();
  }

  private void tell(Store store, LogCommit commit) {
    if (isAskedFor(commit.origin())) {
      for (LogRecord record : commit.records()) {
        if (asked.isWithin(record)) {
          LogCommand.tell(store, commit.origin(), record, false, console);
        }
      }
    }
  }

  /** Later epochs of a node are the node's too, unless one epoch was asked for. */
  private boolean isAskedFor(Origin origin) {
    String only = asked.onlyOrigin();
    List<Origin> found = first;
    return only == null
        || found == null
        || found.contains(origin)
        || (only.indexOf('/') < 0 && found.get(0).node().equals(origin.node()));
  }
}
