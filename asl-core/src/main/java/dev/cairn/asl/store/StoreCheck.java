package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Row;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.TableReader;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Checks all that a store keeps, and mends what it can.
 *
 * <p>Checked are every log (dense, canonical, in order, as its checkpoints sign it), every payload
 * and chunk with its uses, every note, and the rows that can be read for themselves: order of
 * arrival, snapshots, waiting erasures. Every derived row, of every index, of the logs' trees and
 * of the state tree, is compared byte for byte with what folding the log anew gives. The order is
 * fixed, so the same damage is told in the same order.
 *
 * <p>What is due is written to a scratch engine that the caller opens, as large as the derived rows
 * and 80 bytes a chunk; memory does not grow with the store. Time: payloads and chunks are read
 * once, chunks twice, the log three times and once more for each index.
 *
 * <p>Works on an engine that nobody else writes to and no {@link Store} is open on: what is damaged
 * may keep a store from opening. One owner at a time.
 */
public final class StoreCheck {
  /** Most damages told one by one; all are counted. */
  public static final int DAMAGES_KEPT_MAX = 10_000;

  /** A repair that takes away what is damaged shows more that is, but not for ever. */
  static final int ROUNDS_MAX = 5;

  /** Rows that are written, or lists that are kept, at once. */
  static final int ROWS_AT_ONCE = 65_536;

  private final StorageEngine engine;
  private final StoreConfig config;
  private final Supplier<StorageEngine> scratch;
  private final LongConsumer progress;
  private final List<Index> indexes = new ArrayList<>();
  private final List<LocalRows> localRows = new ArrayList<>();

  /**
   * A check.
   *
   * @param engine what a store would be opened on; stays open
   * @param config what it would be opened with
   * @param scratch opens an empty engine with the same tables; at most two are open at a time, and
   *     each is closed
   * @param progress told, now and then, how many things more were looked at
   */
  public StoreCheck(
      StorageEngine engine,
      StoreConfig config,
      Supplier<StorageEngine> scratch,
      LongConsumer progress) {
    this(engine, config, scratch, progress, List.of());
  }

  /**
   * The same with further tables.
   *
   * @param more local tables of the caller's, of which single rows can be judged
   */
  public StoreCheck(
      StorageEngine engine,
      StoreConfig config,
      Supplier<StorageEngine> scratch,
      LongConsumer progress,
      List<LocalRows> more) {
    this.engine = engine;
    this.config = config;
    this.scratch = scratch;
    this.progress = progress;
    this.indexes.add(new LivenessIndex());
    this.indexes.addAll(config.indexes());
    this.localRows.addAll(LocalRows.own(engine, config));
    this.localRows.addAll(more);
  }

  /** Looks, and changes nothing. */
  public CheckReport check() {
    CheckFindings findings = new CheckFindings(progress);
    check(findings, null);
    return findings.report(findings);
  }

  /**
   * As {@link #repairFrom}.
   *
   * @param source where to get what is missing; null to repair from nothing but the store itself
   */
  public CheckReport repair(@Nullable RepairSource source) {
    return repairFrom(source == null ? List.of() : List.of(source));
  }

  /**
   * Looks, and makes anew what follows from what is whole: indexes, trees, uses of chunks, the
   * order of arrival. Records that are not what their log's origin signed are replaced first, if a
   * source has them. Payloads that do not verify are set aside, so that the right bytes can take
   * their place. Then looks again, and goes on while that helps. May be cut short at any moment and
   * begun again.
   *
   * @param sources where to get what is missing, asked in this order
   */
  public CheckReport repairFrom(List<? extends RepairSource> sources) {
    CheckFindings first = new CheckFindings(progress);
    Repair repair = new Repair(List.copyOf(sources));
    boolean changed = check(first, repair);
    CheckFindings last = first;
    for (int round = 1; changed; round++) {
      last = new CheckFindings(progress);
      changed = check(last, round < ROUNDS_MAX ? repair : null);
    }
    return first.report(last);
  }

  /** That it shall be mended, too. */
  private record Repair(List<RepairSource> sources) {}

  /** One look at all; true if something was changed. */
  private boolean check(CheckFindings findings, @Nullable Repair repair) {
    try (StorageEngine rows = scratch.get()) {
      Scratch due = new Scratch(rows);
      for (Bytes log : engine.logs()) {
        String where = "log " + log.toHex();
        findings.attempt(null, where, () -> LogCheck.run(engine, config, due, findings, log));
      }
      FoldCheck fold = new FoldCheck(engine, indexes, due, scratch, findings);
      fold.run();
      RowSource folded = RowSource.of(fold.folded());
      boolean livenessKnown = findings.isFolded(indexes.get(0));
      new PayloadCheck(engine, folded, new Structures(indexes), due, findings, livenessKnown).run();
      LocalCheck local = new LocalCheck(engine, config, due, findings);
      local.run();
      localRows.forEach(local::rows);
      if (livenessKnown) {
        local.quarantine(folded);
      }
      boolean anything = findings.found() > 0 || findings.unneededCount() > 0;
      return repair != null
          && anything
          && new StoreMend(engine, config, indexes, localRows, due, findings, repair.sources).run();
    }
  }

  /** Number of the next commit to arrive, whatever stands behind all numbers. */
  static long arrivals(TableReader rows) {
    Row last = rows.last(StoreTables.ARRIVAL, Bytes.EMPTY, Bytes.u64(Long.MIN_VALUE));
    return last == null || last.key().length() != Long.BYTES ? 0 : last.key().u64At(0) + 1;
  }
}
