package dev.cairn.asl.engine.rocksdb;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.DataLossException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.StoreFailedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.time.Ticker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The way to an open database, the same for every store: take the lock, read the mark, look at the
 * files, cut torn tails, and only then let RocksDB open, under a watchdog.
 *
 * <p>Whatever fails before RocksDB opens leaves every file of the database as it was. One owner.
 */
final class Opening {
  /** A reader tries so often to find the files of a busy writer at rest. */
  static final int READ_TRIES = 32;

  private static final long READ_PAUSE_NANOS = 20_000_000;

  private Opening() {}

  /**
   * An open database.
   *
   * @param acknowledged what the mark said
   * @param holder the lock; null for a reader beside a writer
   * @param acknowledger the mark; null for a reader
   * @param current what CURRENT said before: every opening for writing changes it
   */
  record Opened(
      RocksDatabase database,
      AcknowledgedState acknowledged,
      @Nullable StoreHolder holder,
      @Nullable Acknowledger acknowledger,
      String current) {}

  /**
   * Opens for writing and makes what is missing.
   *
   * @param headFamily see {@link Inspection#of}
   * @param afterLoss whether to open though an acknowledged tail is gone
   */
  static Opened forWriting(
      Path directory,
      Map<String, Table.Access> families,
      String headFamily,
      RocksOptions options,
      boolean afterLoss) {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new UnavailableException("cannot make the folder " + directory + ": " + e, e);
    }
    // An interrupt would close the files that are being looked at; it is put off.
    boolean interrupted = Thread.interrupted();
    try {
      return locked(directory, families, headFamily, options, afterLoss);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static Opened locked(
      Path directory,
      Map<String, Table.Access> families,
      String headFamily,
      RocksOptions options,
      boolean afterLoss) {
    StoreHolder holder = StoreHolder.take(directory);
    boolean keepLock = false;
    try {
      Opened opened = looked(directory, families, headFamily, options, afterLoss, holder);
      keepLock = true;
      return opened;
    } catch (StoreFailedException e) {
      keepLock = true; // The native call goes on.
      throw e;
    } finally {
      if (!keepLock) {
        holder.close();
      }
    }
  }

  /** See {@link RocksEngine#check}. */
  static List<String> check(Path directory, String headFamily) {
    try {
      AcknowledgedState acknowledged = AcknowledgedMark.read(directory);
      Inspection inspection = Inspection.of(directory, acknowledged, headFamily);
      refuse(directory, inspection.losses());
      return inspection.cuts().stream().map(Inspection.Cut::toString).toList();
    } catch (IOException e) {
      throw new UnavailableException("cannot look at the files of " + directory + ": " + e, e);
    }
  }

  private static Opened looked(
      Path directory,
      Map<String, Table.Access> families,
      String headFamily,
      RocksOptions options,
      boolean afterLoss,
      StoreHolder holder) {
    AcknowledgedState acknowledged =
        afterLoss ? AcknowledgedMark.readOrLost(directory) : AcknowledgedMark.read(directory);
    Map<String, Table.Access> all = new TreeMap<>(families);
    boolean withoutLogs = false;
    try {
      if (exists(directory)) {
        Inspection inspection = Inspection.of(directory, acknowledged, headFamily);
        if (!afterLoss) {
          refuse(directory, inspection.losses());
        }
        acknowledged = inspection.acknowledged();
        inspection.cut();
        if (inspection.losses().isEmpty()) {
          inspection.removeStrays();
        }
        inspection.families().forEach(name -> all.putIfAbsent(name, Table.Access.LOOKED_UP));
        withoutLogs = !inspection.hasLogs();
      } else {
        refuseRemains(directory);
      }
    } catch (IOException e) {
      throw new UnavailableException("cannot look at the files of " + directory + ": " + e, e);
    }
    boolean untrackedFirst = withoutLogs;
    AcknowledgedState told = acknowledged;
    RocksDatabase database =
        watched(
            directory,
            options,
            () -> {
              if (untrackedFirst) {
                RocksDatabase.openUntracked(directory, all, options).close();
              }
              return RocksDatabase.open(directory, all, options);
            },
            holder::close);
    boolean marked = false;
    try {
      AcknowledgedMark mark = AcknowledgedMark.open(directory, told, Ticker.system());
      try {
        database.require(AcknowledgedMark.FAMILY);
        Acknowledger acknowledger = new Acknowledger(directory, database.database(), mark);
        marked = true;
        return new Opened(database, told, holder, acknowledger, "");
      } finally {
        if (!marked) {
          mark.close();
        }
      }
    } catch (IOException e) {
      throw new UnavailableException("cannot close the mark of " + directory + ": " + e, e);
    } finally {
      if (!marked) {
        database.close();
      }
    }
  }

  /**
   * Opens for reading and keeps writers out meanwhile; nothing if a writer has to put in order
   * first what a crash left, or to make what is missing.
   *
   * @throws UnavailableException if it is open elsewhere
   */
  static Optional<Opened> atRest(
      Path directory, Map<String, Table.Access> families, String headFamily, RocksOptions options) {
    if (!exists(directory)) {
      return Optional.empty();
    }
    StoreHolder holder = StoreHolder.take(directory);
    boolean keepLock = false;
    try {
      AcknowledgedState acknowledged = AcknowledgedMark.read(directory);
      Inspection inspection = Inspection.of(directory, acknowledged, headFamily);
      refuse(directory, inspection.losses());
      Set<String> stored = new TreeSet<>();
      inspection.families().forEach(stored::add);
      if (!inspection.cuts().isEmpty()
          || !stored.containsAll(families.keySet())
          || RocksDatabase.logBytes(directory) > RocksEngine.LOG_BYTES_LEFT_MAX) {
        return Optional.empty();
      }
      // A process that was killed may have left what it never synced: what is shown stays.
      for (Path log : Inspection.neededLogs(directory)) {
        DurableFiles.sync(log);
      }
      RocksDatabase database =
          watched(
              directory,
              options,
              () -> RocksDatabase.openReadOnly(directory, families, options, false),
              holder::close);
      keepLock = true;
      return Optional.of(new Opened(database, acknowledged, holder, null, ""));
    } catch (StoreFailedException e) {
      keepLock = true; // The native call goes on.
      throw e;
    } catch (IOException e) {
      throw new UnavailableException("cannot look at the files of " + directory + ": " + e, e);
    } finally {
      if (!keepLock) {
        holder.close();
      }
    }
  }

  /**
   * Opens for reading; a writer may be at work. Its flushes and merges can take files away between
   * the look and the opening: then both are done again, a bounded number of times.
   */
  static Opened forReading(
      Path directory, Map<String, Table.Access> families, String headFamily, RocksOptions options) {
    CairnException last = null;
    for (int i = 0; i < READ_TRIES; i++) {
      if (!exists(directory)) {
        throw isMissing(directory);
      }
      try {
        // In this order: what the mark tells of is then already in the files.
        String current = Inspection.start(directory.resolve("CURRENT"));
        AcknowledgedState acknowledged = AcknowledgedMark.read(directory);
        Inspection inspection = Inspection.of(directory, acknowledged, headFamily);
        refuse(directory, inspection.losses());
        refuseTears(inspection);
        Map<String, Table.Access> there = new TreeMap<>(families);
        Set<String> stored = new TreeSet<>();
        inspection.families().forEach(stored::add);
        there.keySet().retainAll(stored);
        NavigableSet<Path> logs = Inspection.neededLogs(directory);
        RocksDatabase database =
            watched(
                directory,
                options,
                () -> RocksDatabase.openReadOnly(directory, there, options, true),
                () -> {});
        // RocksDB reads the MANIFEST, then the logs that are there. A writer that flushes in
        // between
        // takes away a log that this MANIFEST still counts on: what was in it would be missing
        // without an error. Whether any went is seen afterwards.
        if (logs.stream().allMatch(Files::exists)) {
          return new Opened(database, acknowledged, null, null, current);
        }
        database.close();
        last = new UnavailableException("the writer took a log away in " + directory);
        continue;
      } catch (DamagedException | DataLossException | UnavailableException e) {
        if (last != null && last.getClass() == e.getClass() && sameText(last, e)) {
          throw e; // Twice the same: no writer moves it.
        }
        last = e;
      } catch (IOException e) {
        last = new UnavailableException("cannot look at the files of " + directory + ": " + e, e);
      }
      LockSupport.parkNanos(READ_PAUSE_NANOS);
    }
    throw new UnavailableException(
        "store "
            + directory
            + " is being written too busily to be opened for reading: "
            + (last == null ? "" : last.getMessage()),
        last);
  }

  /**
   * Waits for a writer to acknowledge what a reader beside it shows: an append whose sync is still
   * under way may yet fail, and is then cut off.
   *
   * @param shown where each log ends that was not acknowledged when the reader opened
   * @param current see {@link Opened}
   * @throws UnavailableException if it does not within a bounded time, or was opened anew since
   */
  static void requireKept(
      Path directory, String headFamily, Map<Bytes, Long> shown, String current) {
    Exception last = null;
    for (int i = 0; i < READ_TRIES; i++) {
      try {
        if (isKept(directory, headFamily, shown, current)) {
          return;
        }
      } catch (DamagedException | DataLossException | UnavailableException | IOException e) {
        last = e; // The writer got in the way.
      }
      LockSupport.parkNanos(READ_PAUSE_NANOS);
    }
    throw new UnavailableException(
        "store "
            + directory
            + " shows what its writer has not acknowledged as durable: try again, or commit"
            + " something to the store first",
        last);
  }

  private static boolean isKept(
      Path directory, String headFamily, Map<Bytes, Long> shown, String current)
      throws IOException {
    // In this order: a writer that failed and ended before has told so in the mark.
    boolean free = StoreHolder.isFree(directory);
    AcknowledgedState acknowledged = AcknowledgedMark.read(directory);
    Inspection inspection = Inspection.of(directory, acknowledged, headFamily);
    for (Map.Entry<Bytes, Long> entry : shown.entrySet()) {
      boolean told = acknowledged.covers(entry.getKey(), entry.getValue());
      boolean whole = acknowledged.failedFrom() == 0;
      if (!told && !(whole && (free || !inspection.isPending(entry.getKey())))) {
        return false;
      }
    }
    return Inspection.start(directory.resolve("CURRENT")).equals(current);
  }

  /** Throws if anything is lost. */
  static void refuse(Path directory, List<LostTail> losses) {
    if (!losses.isEmpty()) {
      boolean known = losses.stream().allMatch(loss -> loss.acknowledged() >= 0);
      throw new DataLossException(
          "store "
              + directory
              + (known ? " has" : " may have")
              + " lost what it acknowledged as durable: "
              + losses.stream().map(LostTail::toString).collect(Collectors.joining("; ")));
    }
  }

  /** A reader cuts nothing, and RocksDB can hang at a tail that is more than cut short. */
  private static void refuseTears(Inspection inspection) {
    for (Inspection.Cut cut : inspection.cuts()) {
      if (!cut.simple()) {
        throw new UnavailableException(
            "a torn tail must be cut first, open the store for writing once: " + cut);
      }
    }
  }

  private static RocksDatabase watched(
      Path directory,
      RocksOptions options,
      java.util.concurrent.Callable<RocksDatabase> opening,
      Runnable tooLate) {
    try {
      // The first hash looks for who computes it, some milliseconds long; whoever opens a store
      // is going to hash.
      return OpenWatchdog.run(
          directory, options.openStallMillisMax(), opening, HashAlgorithm.SHA_256::hash, tooLate);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError("opening " + directory, e);
    }
  }

  private static boolean sameText(CairnException one, CairnException other) {
    return String.valueOf(one.getMessage()).equals(String.valueOf(other.getMessage()));
  }

  private static boolean exists(Path directory) {
    return Files.exists(directory.resolve("CURRENT"));
  }

  /** There is nothing, or what is left of something. */
  private static NotFoundException isMissing(Path directory) {
    try {
      if (Files.isDirectory(directory)) {
        refuseRemains(directory);
      }
    } catch (IOException e) {
      throw new UnavailableException("cannot look at the files of " + directory + ": " + e, e);
    }
    return new NotFoundException("there is no store in " + directory);
  }

  /**
   * Without a CURRENT file RocksDB would make a fresh database and delete the files of the old one.
   */
  private static void refuseRemains(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.sorted().toList()) {
        String name = file.getFileName().toString();
        boolean data = name.endsWith(".sst") || name.endsWith(".blob");
        boolean mark = name.equals(AcknowledgedMark.NAME);
        if (data || mark || (name.endsWith(".log") && Files.size(file) > 0)) {
          throw new DamagedException(
              "store " + directory + " has " + name + " but no CURRENT file to say what it holds");
        }
      }
    }
  }
}
