package dev.cairn.asl.store;

import dev.cairn.asl.engine.Table;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.StoreFailedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Origin;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** What a check has found so far: all of it counted, the first of it kept. One owner at a time. */
final class CheckFindings {
  private final LongConsumer progress;
  private final List<Damage> kept = new ArrayList<>();
  private final Set<Table> tables = new TreeSet<>();
  private final Set<String> foldedIndexes = new TreeSet<>();
  private final SortedSet<String> outdatedIndexes = new TreeSet<>();
  private final Set<Origin> unreadable = new TreeSet<>();
  private final Set<Origin> altered = new TreeSet<>();
  private final Map<Origin, Long> signed = new TreeMap<>();
  private long found;
  private long checked;
  private long unneeded;
  private boolean payloadDamaged;

  /** Work that ends with an exception if what it looks at is damaged. */
  @FunctionalInterface
  interface Check {
    void run();
  }

  /**
   * Nothing found yet.
   *
   * @param progress told how many things more were looked at
   */
  CheckFindings(LongConsumer progress) {
    this.progress = progress;
  }

  void checked(long count) {
    checked += count;
    progress.accept(count);
  }

  void unneeded() {
    unneeded++;
  }

  void add(@Nullable ArtifactKey key, String where, String error) {
    found++;
    if (kept.size() < StoreCheck.DAMAGES_KEPT_MAX) {
      kept.add(new Damage(key, where, error));
    }
  }

  /** As {@link #add}, of a row of a table that can be made anew. */
  void addRow(Table table, @Nullable ArtifactKey key, String where, String error) {
    tables.add(table);
    add(key, where, error);
  }

  /** Does some of the check; false, with a finding, if that met damage. */
  boolean attempt(@Nullable ArtifactKey key, String where, Check check) {
    try {
      check.run();
      return true;
    } catch (CairnException | IndexOutOfBoundsException e) {
      add(key, where, describe(e));
      return false;
    }
  }

  /** What damage says of itself; what is no damage is thrown on. */
  static String describe(RuntimeException error) {
    if (error instanceof UnavailableException || error instanceof StoreFailedException) {
      throw error;
    }
    return error instanceof CairnException
        ? String.valueOf(error.getMessage())
        : "too short to be what it should be";
  }

  /** Not every record of a log can be read: nothing can be folded. */
  void unreadable(Origin origin) {
    unreadable.add(origin);
  }

  /** Some record of a log is not as its origin signed it. */
  void altered(Origin origin) {
    altered.add(origin);
  }

  /** Logs with records that are damaged, missing, or not what was signed; in order. */
  SortedSet<Origin> damagedLogs() {
    SortedSet<Origin> logs = new TreeSet<>(unreadable);
    logs.addAll(altered);
    return logs;
  }

  boolean isUnreadable(Origin origin) {
    return unreadable.contains(origin);
  }

  boolean areLogsReadable() {
    return unreadable.isEmpty();
  }

  /** A log is up to {@code treeSize} what its origin signed. */
  void signed(Origin origin, long treeSize) {
    signed.put(origin, treeSize);
  }

  /** The greatest size at which a log is known to be what its origin signed. */
  long signedSize(Origin origin) {
    return signed.getOrDefault(origin, 0L);
  }

  /** The rows of an index were folded from the log without fail. */
  void folded(Index index) {
    foldedIndexes.add(index.name());
  }

  boolean isFolded(Index index) {
    return foldedIndexes.contains(index.name());
  }

  /** An earlier program left the index; its rows are not looked at. */
  void outdated(Index index) {
    outdatedIndexes.add(index.name());
  }

  boolean isOutdated(Index index) {
    return outdatedIndexes.contains(index.name());
  }

  /** Some rows of a table cannot be read. */
  void unreadableTable(Table table) {
    tables.add(table);
  }

  boolean isDamaged(Table table) {
    return tables.contains(table);
  }

  /** Some payload's row does not say which chunks it has. */
  void payloadDamaged() {
    payloadDamaged = true;
  }

  boolean isPayloadDamaged() {
    return payloadDamaged;
  }

  long found() {
    return found;
  }

  long unneededCount() {
    return unneeded;
  }

  /**
   * What was found.
   *
   * @param last what the last look found, which may be this one
   */
  CheckReport report(CheckFindings last) {
    return new CheckReport(
        checked, found, kept, unneeded, last.found, last.kept, List.copyOf(outdatedIndexes));
  }
}
