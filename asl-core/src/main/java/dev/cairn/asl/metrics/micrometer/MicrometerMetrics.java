package dev.cairn.asl.metrics.micrometer;

import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.metrics.StoreMetrics;
import dev.cairn.asl.time.Ticker;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;

/**
 * Counts a store's work in a Micrometer registry, each meter tagged with {@code store}.
 *
 * <pre>
 *   cairn.puts{outcome=written|known}            puts that wrote a record; of what was live already
 *   cairn.tombstones                             tombstones that wrote a record
 *   cairn.put.bytes                              payload bytes of the puts that wrote a record
 *   cairn.group.drafts, cairn.group.puts         what shared one append: commits, puts
 *   cairn.append{durability=synced|relaxed}      time of an append; a synced one with its sync
 *   cairn.append.records, cairn.append.rows      what an append held
 *   cairn.sync                                   time of a sync without an append
 *   cairn.commit.wait                            time that a draft waited for its group
 *   cairn.put.stall                              time that a put waited for room in a full queue
 *   cairn.conflicts{kind}                        what came from peers and does not fit
 *   cairn.engine.NAME                            gauges: what the engine tells, see watch
 * </pre>
 *
 * <p>Safe for any thread. Holds the registry's meters and no store.
 */
public final class MicrometerMetrics implements StoreMetrics {
  private static final String BYTES = "bytes";

  private final MeterRegistry registry;
  private final Tags tags;
  private final Ticker ticker;
  private final Counter putsWritten;
  private final Counter putsKnown;
  private final Counter tombstones;
  private final Counter putBytes;
  private final DistributionSummary groupDrafts;
  private final DistributionSummary groupPuts;
  private final DistributionSummary appendRecords;
  private final DistributionSummary appendRows;
  private final Timer appendSynced;
  private final Timer appendRelaxed;
  private final Timer sync;
  private final Timer commitWait;
  private final Timer putStall;

  /**
   * Meters for one store.
   *
   * @param store value of the tag {@code store}: tells several stores of a process apart
   */
  @SuppressWarnings("exports") // Whoever calls it has Micrometer; nobody else needs it.
  public MicrometerMetrics(MeterRegistry registry, String store, Ticker ticker) {
    this.registry = registry;
    this.tags = Tags.of("store", store);
    this.ticker = ticker;
    this.putsWritten = registry.counter("cairn.puts", tags.and("outcome", "written"));
    this.putsKnown = registry.counter("cairn.puts", tags.and("outcome", "known"));
    this.tombstones = registry.counter("cairn.tombstones", tags);
    this.putBytes =
        Counter.builder("cairn.put.bytes").baseUnit(BYTES).tags(tags).register(registry);
    this.groupDrafts = registry.summary("cairn.group.drafts", tags);
    this.groupPuts = registry.summary("cairn.group.puts", tags);
    this.appendRecords = registry.summary("cairn.append.records", tags);
    this.appendRows = registry.summary("cairn.append.rows", tags);
    this.appendSynced = registry.timer("cairn.append", tags.and("durability", "synced"));
    this.appendRelaxed = registry.timer("cairn.append", tags.and("durability", "relaxed"));
    this.sync = registry.timer("cairn.sync", tags);
    this.commitWait = registry.timer("cairn.commit.wait", tags);
    this.putStall = registry.timer("cairn.put.stall", tags);
  }

  /**
   * Adds a gauge for each of the engine's {@link StorageEngine#statistics}: for RocksDB its cache,
   * its write buffers and its stalls. A gauge of a closed engine shows no number.
   */
  public void watch(StorageEngine engine) {
    for (String name : engine.statistics().keySet()) {
      Gauge.builder(
              "cairn.engine." + name,
              engine,
              watched -> watched.statistics().getOrDefault(name, 0L).doubleValue())
          .tags(tags)
          .register(registry);
    }
  }

  @Override
  public Ticker ticker() {
    return ticker;
  }

  @Override
  public void draftWaited(long nanos) {
    commitWait.record(nanos, TimeUnit.NANOSECONDS);
  }

  @Override
  public void committed(
      int drafts, long written, long known, long tombstonesWritten, long payloadBytes) {
    groupDrafts.record(drafts);
    groupPuts.record((double) written + known);
    putsWritten.increment((double) written);
    putsKnown.increment((double) known);
    tombstones.increment((double) tombstonesWritten);
    putBytes.increment((double) payloadBytes);
  }

  @Override
  public void appended(int records, int rows, Durability durability, long nanos) {
    appendRecords.record(records);
    appendRows.record(rows);
    Timer timer = durability == Durability.SYNCED ? appendSynced : appendRelaxed;
    timer.record(nanos, TimeUnit.NANOSECONDS);
  }

  @Override
  public void synced(long nanos) {
    sync.record(nanos, TimeUnit.NANOSECONDS);
  }

  @Override
  public void conflict(String kind) {
    registry.counter("cairn.conflicts", tags.and("kind", kind)).increment();
  }

  @Override
  public void putStalled(long nanos) {
    putStall.record(nanos, TimeUnit.NANOSECONDS);
  }
}
