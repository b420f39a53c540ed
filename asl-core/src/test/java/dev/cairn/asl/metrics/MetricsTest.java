package dev.cairn.asl.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.engine.rocksdb.RocksEngine;
import dev.cairn.asl.engine.rocksdb.RocksOptions;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.metrics.micrometer.MicrometerMetrics;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.PutQueue;
import dev.cairn.asl.store.PutQueueOptions;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.asl.time.Ticker;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a store tells about its work, and that listening costs it nothing. */
class MetricsTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final AtomicLong nanos = new AtomicLong();
  private final MemoryEngine engine = new MemoryEngine(StoreConfig.tables(List.of(), List.of()));

  private static StoreConfig config() {
    return new StoreConfig(
        "test",
        SigningKey.fromSeed(Bytes.wrap(new byte[32])),
        1,
        List.of(),
        List.of(),
        () -> 1_000_000);
  }

  private Store open() {
    return Store.open(
        engine, config().withMetrics(new MicrometerMetrics(registry, "one", nanos::get)));
  }

  private double count(String name, String... tags) {
    return registry.get(name).tag("store", "one").tags(tags).counter().count();
  }

  @Test
  void putsTombstonesAndTheirBytesAreCounted() {
    try (Store store = open()) {
      CommitDraft draft = new CommitDraft();
      for (String text : List.of("a", "bb", "ccc")) {
        draft.put(store.prepare(null, Bytes.utf8(text)));
      }
      store.commit(draft);
      ArtifactKey known = store.put(null, Bytes.utf8("bb"));
      store.tombstone(known, null);
      store.tombstone(known, null);
    }
    assertThat(count("cairn.puts", "outcome", "written")).isEqualTo(3);
    assertThat(count("cairn.puts", "outcome", "known")).isEqualTo(1);
    assertThat(count("cairn.tombstones")).isEqualTo(1);
    assertThat(count("cairn.put.bytes")).isEqualTo(6);
    assertThat(registry.get("cairn.group.puts").summary().max()).isEqualTo(3);
    assertThat(registry.get("cairn.group.drafts").summary().count()).isEqualTo(4);
    assertThat(registry.get("cairn.append.records").summary().totalAmount()).isEqualTo(4);
    assertThat(registry.get("cairn.append.rows").summary().totalAmount()).isGreaterThan(4);
  }

  @Test
  void appendsSyncsAndWaitsAreTimed() throws Exception {
    try (Store store = open()) {
      engine.faults().holdWrites(1);
      CompletableFuture<ArtifactKey> first =
          CompletableFuture.supplyAsync(() -> store.put(null, Bytes.utf8("first")));
      engine.faults().awaitHeldWrites(1);
      nanos.addAndGet(5_000_000);
      engine.faults().releaseWrites();
      first.get(10, TimeUnit.SECONDS);
      assertThat(millis("cairn.append", "durability", "synced")).isEqualTo(5);
      assertThat(millis("cairn.append", "durability", "relaxed")).isZero();
      assertThat(registry.get("cairn.commit.wait").timer().count()).isEqualTo(1);

      store.commit(
          new CommitDraft().put(store.prepare(null, Bytes.utf8("relaxed"))), Durability.RELAXED);
      assertThat(registry.get("cairn.append").tag("durability", "relaxed").timer().count())
          .isEqualTo(1);
      store.sync();
      assertThat(registry.get("cairn.sync").timer().count()).isEqualTo(1);
      store.sync();
      assertThat(registry.get("cairn.sync").timer().count()).as("nothing to sync").isEqualTo(1);
    }
  }

  @Test
  void aStalledPutIsTimedEvenIfItIsRefused() {
    ExecutorService threads = Executors.newCachedThreadPool();
    try (Store store = open()) {
      engine.faults().holdWrites();
      PutQueueOptions options = PutQueueOptions.DEFAULT.withRoom(1, 100).withWaitMillisMax(0);
      try (PutQueue queue = new PutQueue(store, threads, options)) {
        CompletableFuture<ArtifactKey> put = queue.put(null, Bytes.utf8("under way"));
        assertThatThrownBy(() -> queue.put(null, Bytes.utf8("no room")))
            .isInstanceOf(UnavailableException.class);
        engine.faults().releaseWrites();
        put.join();
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(registry.get("cairn.put.stall").timer().count()).isEqualTo(1);
  }

  @Test
  void aListenerThatThrowsCostsNoCommit() {
    StoreMetrics broken =
        new StoreMetrics() {
          @Override
          public void draftWaited(long ignored) {
            throw new IllegalStateException("broken");
          }

          @Override
          public void committed(int drafts, long written, long known, long gone, long bytes) {
            throw new IllegalStateException("broken");
          }

          @Override
          public void appended(int records, int rows, Durability durability, long took) {
            throw new IllegalStateException("broken");
          }
        };
    try (Store store = Store.open(engine, config().withMetrics(broken))) {
      ArtifactKey key = store.put(null, Bytes.utf8("kept"));
      assertThat(store.now().isLive(key)).isTrue();
      store.put(null, Bytes.utf8("and on"));
    }
  }

  @Test
  void aStoreWithoutAListenerReadsNoClock() {
    assertThat(StoreMetrics.NONE.ticker().nanos()).isZero();
    try (Store store = Store.open(engine, config())) {
      store.put(null, Bytes.utf8("silent"));
    }
  }

  @Test
  void theEnginesFiguresAreGaugesAndAClosedEngineShowsNone(@TempDir Path folder) {
    MicrometerMetrics metrics = new MicrometerMetrics(registry, "one", Ticker.system());
    Set<String> names = new TreeSet<>();
    try (RocksEngine rocks =
        RocksEngine.open(
            folder.resolve("db"), StoreConfig.tables(List.of(), List.of()), RocksOptions.DEFAULT)) {
      metrics.watch(rocks);
      Store store = Store.open(rocks, config().withMetrics(metrics));
      for (int i = 0; i < 100; i++) {
        store.put(null, Bytes.utf8("n" + i));
      }
      registry.getMeters().stream().map(Meter::getId).forEach(id -> names.add(id.getName()));
      assertThat(names)
          .contains(
              "cairn.engine.cache.bytes",
              "cairn.engine.cache.bytes.max",
              "cairn.engine.buffers.bytes",
              "cairn.engine.stalls.slowed",
              "cairn.engine.stalls.stopped",
              "cairn.engine.writes.stopped");
      assertThat(gauge("cairn.engine.cache.bytes.max"))
          .isEqualTo((double) RocksOptions.DEFAULT.cacheBytes());
      assertThat(gauge("cairn.engine.buffers.bytes")).isPositive();
      assertThat(gauge("cairn.engine.cache.bytes"))
          .isPositive()
          .isLessThanOrEqualTo(gauge("cairn.engine.cache.bytes.max"));
      store.close();
    }
    assertThat(gauge("cairn.engine.cache.bytes")).isNaN();
    assertThat(engine.statistics()).isEmpty();
  }

  @Test
  void whatTheCacheGivesAndLacksIsCountedWhenAskedFor(@TempDir Path folder) {
    Set<Table> tables = StoreConfig.tables(List.of(), List.of());
    List<ArtifactKey> keys = new ArrayList<>();
    try (Store store =
        Store.open(RocksEngine.open(folder, tables, RocksOptions.DEFAULT), config())) {
      for (int i = 0; i < 500; i++) {
        keys.add(store.put(null, Bytes.utf8("n" + i)));
      }
      store.reclaim();
    }
    RocksOptions counting = RocksOptions.DEFAULT.withCacheCounts(true);
    try (RocksEngine rocks = RocksEngine.open(folder, tables, counting);
        Store store = Store.open(rocks, config())) {
      SortedMap<String, Long> fresh = rocks.statistics();
      keys.forEach(key -> store.reader().get(key, 100));
      SortedMap<String, Long> first = rocks.statistics();
      assertThat(first.get("cache.misses")).isGreaterThan(fresh.get("cache.misses"));
      assertThat(first.get("cache.bytes.added")).isGreaterThan(fresh.get("cache.bytes.added"));
      keys.forEach(key -> store.reader().get(key, 100));
      SortedMap<String, Long> second = rocks.statistics();
      assertThat(second.get("cache.misses"))
          .as("all is there")
          .isEqualTo(first.get("cache.misses"));
      assertThat(second.get("cache.bytes.added")).isEqualTo(first.get("cache.bytes.added"));
      assertThat(second.get("cache.hits"))
          .isGreaterThanOrEqualTo(first.get("cache.hits") + keys.size());
      assertThat(second.get("cache.bytes.read")).isGreaterThan(first.get("cache.bytes.read"));
      assertThat(second.keySet()).isEqualTo(fresh.keySet());
      new MicrometerMetrics(registry, "one", Ticker.system()).watch(rocks);
      assertThat(gauge("cairn.engine.cache.hits")).isEqualTo((double) second.get("cache.hits"));
    }
    try (RocksEngine silent = RocksEngine.openReadOnly(folder, tables, RocksOptions.DEFAULT)) {
      assertThat(silent.statistics()).containsKey("cache.bytes").doesNotContainKey("cache.hits");
    }
    try (RocksEngine reader = RocksEngine.openReadOnly(folder, tables, counting)) {
      assertThat(reader.statistics()).containsKey("cache.hits");
    }
  }

  private double gauge(String name) {
    Gauge gauge = registry.get(name).gauge();
    return gauge.value();
  }

  private double millis(String name, String... tags) {
    return registry.get(name).tags(tags).timer().totalTime(TimeUnit.MILLISECONDS);
  }
}
