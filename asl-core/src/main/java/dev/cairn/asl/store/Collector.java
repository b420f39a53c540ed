package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.time.HybridClock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Takes away payloads that nothing needs any more, beside writers and readers.
 *
 * <p>It looks for candidates without a lock, a window at a time, and decides each again under the
 * sequencer's lock in the write that removes it: so a payload that was put again, shown by a new
 * snapshot, leased or opened meanwhile stays. What goes:
 *
 * <ul>
 *   <li>payloads of artifacts that are removed: no artifact with the same payload is live, no kept
 *       snapshot shows one, no lease or root names one, nobody reads or awaits it, no index is
 *       folded from it, and every removal is older than the grace;
 *   <li>payloads and chunks that came for a commit which did not follow within the grace, are not
 *       arriving still, and are not all there is of a payload that something needs.
 * </ul>
 *
 * <p>Records, digests and notes stay, so that every proof still verifies. One collection at a time;
 * used once.
 */
final class Collector {
  /** Candidates that are decided in one write. */
  private static final int WINDOW_ROWS = 256;

  /** Who watches is told of so many rows at once. */
  private static final int ROWS_TOLD = 1_024;

  private final StorageEngine engine;
  private final RowSource stored;
  private final Sequencer sequencer;
  private final LogWriter writer;
  private final PayloadStore payloads;
  private final Structures structures;
  private final Logs logs;
  private final KeptSnapshots snapshots;
  private final Views views;
  private final Leases leases;
  private final CollectOptions options;
  private final LongConsumer progress;
  private final long nowMillis;
  private final Set<PayloadDigest> decided = new HashSet<>();
  private long removed;
  private long removedBytes;
  private long arrivals;
  private long kept;

  Collector(
      StorageEngine engine,
      Sequencer sequencer,
      LogWriter writer,
      PayloadStore payloads,
      Structures structures,
      Logs logs,
      KeptSnapshots snapshots,
      Views views,
      Leases leases,
      CollectOptions options,
      LongConsumer progress,
      long nowMillis) {
    this.engine = engine;
    this.stored = RowSource.of(engine);
    this.sequencer = sequencer;
    this.writer = writer;
    this.payloads = payloads;
    this.structures = structures;
    this.logs = logs;
    this.snapshots = snapshots;
    this.views = views;
    this.leases = leases;
    this.options = options;
    this.progress = progress;
    this.nowMillis = nowMillis;
  }

  /** See {@link Store#rowsToCollect}. */
  static long rowsAbout(StorageEngine engine) {
    long rows = 0;
    for (Table table : List.of(StoreTables.LIVE, StoreTables.ARRIVED, StoreTables.CHUNK_USE)) {
      rows += rowsAbout(engine, table);
    }
    return rows;
  }

  /** All keys begin with digests, so how far apart the first ones lie says how many there are. */
  private static long rowsAbout(StorageEngine engine, Table table) {
    try (RowCursor rows = engine.scan(table, Bytes.EMPTY, Bytes.EMPTY)) {
      for (int i = 0; i < ROWS_TOLD; i++) {
        if (!rows.next()) {
          return i;
        }
      }
      if (rows.key().length() < Long.BYTES) {
        return ROWS_TOLD;
      }
      double share = (rows.key().u64At(0) >>> 1) / (double) Long.MAX_VALUE;
      return Math.max(ROWS_TOLD, Math.min((long) (ROWS_TOLD / share), Long.MAX_VALUE >>> 8));
    }
  }

  CollectResult run() {
    sweep(StoreTables.LIVE, this::isRemoved, this::removePayloads);
    sweep(StoreTables.ARRIVED, this::isStaleArrival, this::removeArrival);
    sweep(StoreTables.CHUNK_USE, this::isStaleToken, this::removeToken);
    return new CollectResult(removed, removedBytes, arrivals, kept);
  }

  /** Whether a row is worth a closer look. */
  @FunctionalInterface
  private interface Candidate {
    boolean test(Bytes key, Bytes value);
  }

  /**
   * Walks a table in windows; {@code removal} says of each candidate whether it changed the batch.
   */
  private void sweep(Table table, Candidate candidate, BiFunction<Batch, Bytes, Boolean> removal) {
    Bytes from = Bytes.EMPTY;
    long looked = 0;
    List<Bytes> window = new ArrayList<>();
    do {
      window.clear();
      try (RowCursor rows = engine.scan(table, from, Bytes.EMPTY)) {
        while (window.size() < WINDOW_ROWS && rows.next()) {
          if (candidate.test(rows.key(), rows.value())) {
            window.add(rows.key());
          }
          looked++;
          if (looked % ROWS_TOLD == 0) {
            progress.accept(ROWS_TOLD);
          }
        }
      }
      if (!window.isEmpty()) {
        settle(window, removal);
        from = window.get(window.size() - 1).plus(Bytes.wrap(new byte[1]));
      }
      decided.clear();
    } while (window.size() == WINDOW_ROWS);
    progress.accept(looked % ROWS_TOLD);
  }

  private void settle(List<Bytes> window, BiFunction<Batch, Bytes, Boolean> removal) {
    sequencer.change(
        () -> {
          Batch batch = new Batch(engine);
          payloads.beginRemovals();
          try {
            boolean changed = false;
            for (Bytes key : window) {
              changed |= removal.apply(batch, key);
            }
            if (changed && !options.dryRun()) {
              writer.writeRows(batch);
            }
          } finally {
            payloads.endRemovals();
          }
          return null;
        });
  }

  // ---- payloads of removed artifacts

  private boolean isRemoved(Bytes path, Bytes value) {
    LiveRow row = LiveRow.read(path, value);
    return row.put() != null
        && !row.isLive()
        && PayloadStore.holding(stored, Paths.key(path), row).stream()
            .anyMatch(put -> !structures.isStructured(put.tag()));
  }

  private boolean removePayloads(Batch batch, Bytes path) {
    ArtifactKey id = Paths.key(path);
    boolean any = false;
    for (Fact.Put put : PayloadStore.holding(batch, id, Facts.row(batch, id))) {
      any |= !structures.isStructured(put.tag()) && removePayload(batch, put);
    }
    return any;
  }

  private boolean removePayload(Batch batch, Fact.Put put) {
    PayloadDigest digest = put.payloadDigest();
    if (!decided.add(digest)) {
      return false;
    }
    if (isNeeded(batch, digest)) {
      kept++;
      return false;
    }
    removed++;
    removedBytes += put.payloadLength();
    payloads.remove(batch, digest);
    return true;
  }

  private boolean isNeeded(Batch batch, PayloadDigest digest) {
    for (ArtifactKey sharer : Facts.sharers(batch, digest)) {
      LiveRow row = Facts.row(batch, sharer);
      if (PayloadStore.holdsOther(batch, sharer, row, digest)) {
        continue;
      }
      boolean needed =
          row.isLive()
              || structures.needs(batch, sharer, row, digest)
              || options.roots().contains(sharer)
              || isYoung(row.tombstone())
              || leases.protects(sharer, nowMillis)
              || snapshots.anyPinnedShows(sharer, views);
      if (needed) {
        return true;
      }
    }
    return payloads.isHeldBack(digest);
  }

  private boolean isYoung(Fact.@Nullable Tombstone tombstone) {
    if (tombstone == null) {
      return false;
    }
    Place place = tombstone.place();
    long hlc = logs.require(place.origin(), place.index()).hlc();
    return isYoung(HybridClock.millisOf(hlc));
  }

  /** A time before 1970 counts as 0, as the present does. */
  private boolean isYoung(long sinceMillis) {
    return options.graceMillis() > 0
        && Math.max(0, sinceMillis) > nowMillis - options.graceMillis();
  }

  // ---- what came and was not committed

  private boolean isStaleArrival(Bytes digest, Bytes value) {
    return !isYoung(PayloadStore.arrivedMillis(value));
  }

  private boolean removeArrival(Batch batch, Bytes key) {
    PayloadDigest digest = new PayloadDigest(key);
    Bytes row = batch.get(StoreTables.ARRIVED, key);
    if (row == null || !isStaleArrival(key, row) || payloads.isHeldBack(digest)) {
      return false;
    }
    // Its record may have come without it: then this is the only copy of what is shown.
    if (!PayloadStore.isPlaced(batch, digest) && isNeeded(batch, digest)) {
      kept++;
      return false;
    }
    arrivals++;
    payloads.removeArrived(batch, digest);
    return true;
  }

  private boolean isStaleToken(Bytes use, Bytes value) {
    return ArrivingPayload.isToken(ArrivingPayload.user(use))
        && !payloads.isArriving(ArrivingPayload.number(use))
        && !isYoung(ArrivingPayload.sinceMillis(value));
  }

  private boolean removeToken(Batch batch, Bytes use) {
    Bytes value = batch.get(StoreTables.CHUNK_USE, use);
    if (value == null || !isStaleToken(use, value)) {
      return false;
    }
    arrivals++;
    payloads.removeUse(batch, use);
    return true;
  }
}
