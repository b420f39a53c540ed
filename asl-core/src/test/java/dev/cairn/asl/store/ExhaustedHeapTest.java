package dev.cairn.asl.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.AppendOutcome;
import dev.cairn.asl.engine.AppendRequest;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.ForwardingEngine;
import dev.cairn.asl.engine.Row;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.error.StoreFailedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.TypeTag;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The heap is exhausted at every single call of the engine and of an index that a store's work
 * makes, once before the call did anything and once after it did all: what was acknowledged stays,
 * what was not is there as a whole or not at all, and a store that cannot know refuses to write.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class ExhaustedHeapTest {
  private static final Bytes LARGE = large();

  private static final PutQueueOptions SHORT =
      new PutQueueOptions(
          100, 1 << 20, 10, 20_000, 20_000, PutQueueOptions.Hashing.IN_CALLER, Durability.SYNCED);

  private static Bytes large() {
    byte[] bytes = new byte[200_000];
    new Random(6).nextBytes(bytes);
    return Bytes.wrap(bytes);
  }

  /** An engine that fails one call, counted from when it is armed. */
  private static final class Heap extends ForwardingEngine {
    private int left;
    private boolean afterwards;
    private int calls;
    private @Nullable OutOfMemoryError thrown;

    Heap(StorageEngine engine) {
      super(engine);
    }

    void arm(int call, boolean after) {
      left = call;
      afterwards = after;
    }

    boolean hasThrown() {
      return thrown != null;
    }

    private <T> T call(Supplier<T> work) {
      calls++;
      boolean fails = --left == 0;
      if (fails && !afterwards) {
        throw exhausted();
      }
      T result = work.get();
      if (fails) {
        throw exhausted();
      }
      return result;
    }

    private OutOfMemoryError exhausted() {
      thrown = new OutOfMemoryError("planted");
      return thrown;
    }

    @Override
    public AppendOutcome append(AppendRequest request) {
      return call(() -> super.append(request));
    }

    @Override
    public void write(List<RowChange> changes, Durability durability) {
      call(
          () -> {
            super.write(changes, durability);
            return true;
          });
    }

    @Override
    public void sync() {
      call(
          () -> {
            super.sync();
            return true;
          });
    }

    @Override
    public long head(Bytes log) {
      return call(() -> super.head(log));
    }

    @Override
    public @Nullable Bytes get(Table table, Bytes key) {
      List<Bytes> found = new ArrayList<>();
      call(
          () -> {
            Bytes value = super.get(table, key);
            return value == null || found.add(value);
          });
      return found.isEmpty() ? null : found.get(0);
    }

    @Override
    public List<@Nullable Bytes> multiGet(Table table, List<Bytes> keys) {
      return call(() -> super.multiGet(table, keys));
    }

    @Override
    public @Nullable Row last(Table table, Bytes from, Bytes to) {
      List<Row> found = new ArrayList<>();
      call(
          () -> {
            Row row = super.last(table, from, to);
            return row == null || found.add(row);
          });
      return found.isEmpty() ? null : found.get(0);
    }

    @Override
    public RowCursor scan(Table table, Bytes from, Bytes to) {
      return new Steps(super.scan(table, from, to));
    }

    @Override
    public RowCursor records(Bytes log, long from, long to) {
      return new Steps(super.records(log, from, to));
    }

    private final class Steps implements RowCursor {
      private final RowCursor rows;

      Steps(RowCursor rows) {
        this.rows = rows;
      }

      @Override
      public boolean next() {
        return call(rows::next);
      }

      @Override
      public void seek(Bytes key) {
        rows.seek(key);
      }

      @Override
      public Bytes key() {
        return rows.key();
      }

      @Override
      public Bytes value() {
        return rows.value();
      }

      @Override
      public void close() {
        rows.close();
      }
    }
  }

  /** What a caller does, and how to see that all of it happened, or nothing. */
  private record Deed(Doing doing, Predicate<Store> isDone, Predicate<Store> isNotDone) {}

  @FunctionalInterface
  private interface Doing {
    void with(Store store);
  }

  /** Stores to begin from: one that writes, and a stretch of another one's log. */
  private static final class Ground {
    final MemoryEngine engine = StoreFixture.engine();
    final Stretch stretch;
    final Map<String, Deed> deeds = new LinkedHashMap<>();

    Ground() {
      Store other = StoreFixture.open("other");
      for (String text : List.of("theirs 1", "theirs 2", "theirs 3")) {
        StoreFixture.put(other, text);
      }
      Bytes note = other.signHead().orElseThrow();
      stretch = StoreFixture.stretch(other, other.origin(), 0, 3, note);
      Store store = StoreFixture.open("a", engine);
      for (String text : List.of("removed", "erased", "kept", "dropped", "collected", "stays")) {
        StoreFixture.put(store, text);
      }
      ArtifactKey pinned = store.snapshot("pinned").key();
      StoreFixture.remove(store, StoreFixture.key("kept"), true);
      StoreFixture.put(store, "more");
      ArtifactKey second = store.snapshot("second").key();
      StoreFixture.remove(store, StoreFixture.key("collected"), false);
      store.unpin(second);
      store.close();
      define(pinned, second);
    }

    private void define(ArtifactKey pinned, ArtifactKey second) {
      List<String> batch = List.of("batch 1", "batch 2", "batch 3");
      deed(
          "commit of three",
          store -> {
            CommitDraft draft = new CommitDraft();
            batch.forEach(
                text -> draft.put(store.prepare(new TypeTag("text/plain"), Bytes.utf8(text))));
            store.commit(draft);
          },
          store -> batch.stream().allMatch(text -> isReadable(store, text)),
          store -> batch.stream().noneMatch(text -> isLive(store, text)));
      deed(
          "large put",
          store -> store.put(null, LARGE),
          store ->
              store.now().isLive(ArtifactKey.of(LARGE, null))
                  && store.payload(PayloadDigest.of(LARGE), LARGE.length()).equals(LARGE),
          store -> !store.now().isLive(ArtifactKey.of(LARGE, null)));
      deed(
          "tombstone",
          store -> store.tombstone(StoreFixture.key("removed"), null),
          store -> !isLive(store, "removed"),
          store -> isReadable(store, "removed"));
      deed(
          "stretch of another log",
          store -> store.replicate(stretch),
          store ->
              store.head(stretch.origin()).map(LogHead::treeSize).orElse(0L) == 3
                  && isReadable(store, "theirs 1")
                  && isReadable(store, "theirs 3"),
          store -> store.head(stretch.origin()).isEmpty() && !isLive(store, "theirs 1"));
      deed(
          "unpin",
          store -> store.unpin(pinned),
          store -> !isPinned(store, pinned) && !store.hasPayload(digest("kept")),
          store -> isPinned(store, pinned) && store.hasPayload(digest("kept")));
      deed(
          "erasure",
          store -> store.erase(StoreFixture.key("erased"), null),
          store -> !isLive(store, "erased") && !store.hasPayload(digest("erased")),
          store -> isReadable(store, "erased"));
      deed(
          "drop",
          store -> store.dropSnapshot(second),
          store -> store.snapshots().stream().noneMatch(one -> one.key().equals(second)),
          store -> store.snapshots().stream().anyMatch(one -> one.key().equals(second)));
      deed(
          "collection",
          store -> store.collect(new CollectOptions(0, Set.of(), false)),
          store -> !store.hasPayload(digest("collected")),
          store -> store.hasPayload(digest("collected")));
      deed(
          "snapshot",
          store -> store.snapshot("new"),
          store -> hasLabel(store, "new"),
          store -> !hasLabel(store, "new"));
      deed(
          "lease",
          store -> store.lease(new Lease("lease", Long.MAX_VALUE, Set.of(pinned))),
          store -> store.leases().size() == 1,
          store -> store.leases().isEmpty());
      deed(
          "relaxed commit and sync",
          store -> {
            store.commit(
                new CommitDraft()
                    .put(store.prepare(new TypeTag("text/plain"), Bytes.utf8("relaxed"))),
                Durability.RELAXED);
            store.sync();
          },
          store -> isReadable(store, "relaxed"),
          store -> !isLive(store, "relaxed"));
      deed(
          "last put",
          store -> StoreFixture.put(store, "last"),
          store -> isReadable(store, "last"),
          store -> !isLive(store, "last"));
    }

    private void deed(
        String name, Doing doing, Predicate<Store> isDone, Predicate<Store> isNotDone) {
      deeds.put(name, new Deed(doing, isDone, isNotDone));
    }
  }

  private static PayloadDigest digest(String text) {
    return PayloadDigest.of(Bytes.utf8(text));
  }

  private static boolean isLive(Store store, String text) {
    return store.now().isLive(StoreFixture.key(text));
  }

  private static boolean isReadable(Store store, String text) {
    return isLive(store, text)
        && store.reader().get(StoreFixture.key(text), 100).equals(Bytes.utf8(text));
  }

  private static boolean isPinned(Store store, ArtifactKey snapshot) {
    return store.snapshots().stream()
        .filter(one -> one.key().equals(snapshot))
        .allMatch(SnapshotInfo::pinned);
  }

  private static boolean hasLabel(Store store, String label) {
    return store.snapshots().stream().anyMatch(one -> label.equals(one.label()));
  }

  @Test
  void atEveryCallOfTheEngineAStoreDoesAllOrNothingAndLosesNothingAcknowledged() {
    Ground ground = new Ground();
    Set<String> hit = new LinkedHashSet<>();
    int calls = run(ground, Integer.MAX_VALUE, false, hit);
    assertThat(hit).isEmpty();
    assertThat(calls).isGreaterThan(200);
    for (boolean after : new boolean[] {false, true}) {
      for (int call = 1; call <= calls; call++) {
        try {
          run(ground, call, after, hit);
        } catch (RuntimeException | AssertionError e) {
          throw new AssertionError(
              "exhausted " + (after ? "after" : "before") + " call " + call, e);
        }
      }
    }
    assertThat(hit).as("deeds that were hit").containsAll(ground.deeds.keySet());
  }

  /** Does all deeds while one call fails; the number of calls made. */
  private static int run(Ground ground, int call, boolean after, Set<String> hit) {
    MemoryEngine medium = ground.engine.copy();
    Heap heap = new Heap(medium);
    Store store = StoreFixture.open("a", heap);
    Set<String> acknowledged = new LinkedHashSet<>();
    heap.calls = 0;
    heap.arm(call, after);
    ground.deeds.forEach(
        (name, deed) -> {
          boolean before = heap.hasThrown();
          try {
            deed.doing().with(store);
            acknowledged.add(name);
          } catch (OutOfMemoryError e) {
            assertThat(e).isSameAs(heap.thrown);
            assertThat(before).as("thrown once").isFalse();
          } catch (StoreFailedException e) {
            assertThat(heap.hasThrown()).isTrue();
          }
          if (!before && heap.hasThrown()) {
            hit.add(name);
          }
        });
    int calls = heap.calls;
    heap.arm(0, false);
    acknowledged.forEach(
        name -> assertThat(ground.deeds.get(name).isDone().test(store)).as(name).isTrue());
    MemoryEngine left = call % 2 == 0 ? medium.crash() : medium.reopen();
    checkReopened(ground, left, acknowledged);
    return calls;
  }

  private static void checkReopened(Ground ground, MemoryEngine left, Set<String> acknowledged) {
    try (Store again = StoreFixture.open("a", left)) {
      ground.deeds.forEach(
          (name, deed) -> {
            boolean done = deed.isDone().test(again);
            assertThat(done || deed.isNotDone().test(again)).as("half of " + name).isTrue();
            assertThat(done || !acknowledged.contains(name)).as("lost: " + name).isTrue();
          });
      assertThat(isReadable(again, "stays")).isTrue();
      assertThat(again.stateRoot()).isEqualTo(again.rebuiltStateRoot());
      StoreFixture.put(again, "goes on");
      assertDense(again);
    }
    CheckReport report =
        new StoreCheck(left.reopen(), StoreFixture.config("a"), StoreFixture::engine, count -> {})
            .check();
    assertThat(report.damaged()).isEmpty();
  }

  /** Every commit has one place in the order of arrival, and logseqs rise. */
  private static void assertDense(Store store) {
    long records = 0;
    LogPage page = store.log().read(store.log().start(), new PageLimits(1000, 1 << 20));
    for (LogCommit commit : page.commits()) {
      records += commit.records().size();
    }
    assertThat(records).isEqualTo(store.heads().stream().mapToLong(LogHead::treeSize).sum());
    for (LogHead head : store.heads()) {
      long last = 0;
      try (RecordCursor cursor = store.records(head.origin(), 0, head.treeSize())) {
        while (cursor.next()) {
          assertThat(cursor.record().logseq()).isGreaterThanOrEqualTo(last);
          last = cursor.record().logseq();
        }
      }
    }
  }

  /** An index for which the heap does not suffice, at one commit. */
  private static final class Greedy implements Index {
    static final Table TABLE = new Table("test.greedy", Table.Scope.DERIVED);
    private int left;

    @Override
    public String name() {
      return "test.greedy";
    }

    @Override
    public int version() {
      return 1;
    }

    @Override
    public List<Table> tables() {
      return List.of(TABLE);
    }

    @Override
    public void apply(CommitView commit, RowWriter rows) {
      rows.put(TABLE, Bytes.u64(commit.logseq()), Bytes.EMPTY);
      if (--left == 0) {
        throw new OutOfMemoryError("planted");
      }
    }
  }

  @Test
  void anIndexThatExhaustsTheHeapLeavesNothingOfTheCommitsItFolded() {
    for (int commit = 1; commit <= 4; commit++) {
      Greedy greedy = new Greedy();
      StoreConfig plain = StoreFixture.config("a");
      StoreConfig config =
          new StoreConfig("test", plain.key(), 1, List.of(greedy), List.of(), plain.clock());
      MemoryEngine medium = new MemoryEngine(StoreConfig.tables(List.of(greedy), List.of()));
      Store store = Store.open(medium, config);
      StoreFixture.put(store, "before");
      Stretch stretch = new Ground().stretch;
      greedy.left = commit;
      // Of the stretch's three commits the second and the third fold after others of the same
      // write.
      boolean own = commit == 4;
      greedy.left = own ? 1 : commit;
      assertThatThrownBy(
              () -> {
                if (own) {
                  StoreFixture.put(store, "own");
                } else {
                  store.replicate(stretch);
                }
              })
          .isInstanceOf(OutOfMemoryError.class);
      assertThatThrownBy(() -> StoreFixture.put(store, "later"))
          .isInstanceOf(StoreFailedException.class)
          .hasMessageContaining("reopen");
      assertThat(isReadable(store, "before")).isTrue();
      store.close();
      try (Store again = Store.open(medium.reopen(), config)) {
        assertThat(again.heads()).hasSize(1);
        assertThat(again.heads().get(0).treeSize()).isEqualTo(1);
        assertThat(StoreFixture.rows(again, Greedy.TABLE)).hasSize(1);
        again.replicate(stretch);
        assertThat(StoreFixture.rows(again, Greedy.TABLE)).hasSizeGreaterThan(1);
      }
    }
  }

  @Test
  void thoseWhoWaitedInTheGroupAreToldThatTheStoreFailed() throws Exception {
    MemoryEngine medium = StoreFixture.engine();
    Heap heap = new Heap(medium);
    Store store = StoreFixture.open("a", heap);
    StoreFixture.put(store, "first");
    medium.faults().holdWrites(1);
    ExecutorService threads = Executors.newCachedThreadPool();
    try {
      List<CompletableFuture<ArtifactKey>> puts = new ArrayList<>();
      puts.add(CompletableFuture.supplyAsync(() -> StoreFixture.put(store, "held"), threads));
      medium.faults().awaitHeldWrites(1);
      for (int i = 0; i < 8; i++) {
        String text = "waits " + i;
        puts.add(CompletableFuture.supplyAsync(() -> StoreFixture.put(store, text), threads));
      }
      // The held append is under way; the calls of the next group come after it.
      heap.arm(2, false);
      medium.faults().releaseWrites();
      int errors = 0;
      for (CompletableFuture<ArtifactKey> put : puts.subList(1, puts.size())) {
        try {
          put.get(60, TimeUnit.SECONDS);
        } catch (java.util.concurrent.ExecutionException e) {
          errors++;
          assertThat(e.getCause())
              .isInstanceOfAny(OutOfMemoryError.class, StoreFailedException.class);
        }
      }
      assertThat(errors).isPositive();
    } finally {
      threads.shutdownNow();
    }
    assertThatThrownBy(() -> StoreFixture.put(store, "more"))
        .isInstanceOf(StoreFailedException.class);
  }

  @Test
  void aPutQueueLeavesNobodyWaitingWhenTheHeapOrTheThreadsAreExhausted() throws Exception {
    for (int call = 1; call < 12; call++) {
      Heap heap = new Heap(StoreFixture.engine());
      Store store = StoreFixture.open("a", heap);
      ExecutorService threads = Executors.newFixedThreadPool(2);
      try (PutQueue queue = new PutQueue(store, threads, SHORT)) {
        heap.arm(call, call % 2 == 0);
        List<CompletableFuture<ArtifactKey>> puts = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
          puts.add(queue.put(null, Bytes.utf8("n" + i)));
        }
        for (CompletableFuture<ArtifactKey> put : puts) {
          assertEnds(put);
        }
        assertThat(queue.underWay()).isZero();
      } finally {
        threads.shutdownNow();
      }
    }
    for (PutQueueOptions.Hashing hashing : PutQueueOptions.Hashing.values()) {
      AtomicInteger refused = new AtomicInteger();
      Executor noThreads =
          work -> {
            if (refused.getAndIncrement() < 2) {
              throw new OutOfMemoryError("unable to create native thread");
            }
            work.run();
          };
      try (Store store = StoreFixture.open("a");
          PutQueue queue = new PutQueue(store, noThreads, SHORT.withHashing(hashing))) {
        for (int i = 0; i < 2; i++) {
          Bytes payload = Bytes.utf8("refused " + i);
          assertThatThrownBy(() -> queue.put(null, payload)).isInstanceOf(OutOfMemoryError.class);
          assertThat(queue.underWay()).isZero();
        }
        assertThat(queue.put(null, Bytes.utf8("goes on")).get(60, TimeUnit.SECONDS))
            .isEqualTo(ArtifactKey.of(Bytes.utf8("goes on"), null));
      }
    }
  }

  private static void assertEnds(CompletableFuture<ArtifactKey> put) throws Exception {
    try {
      put.get(60, TimeUnit.SECONDS);
    } catch (java.util.concurrent.ExecutionException | CompletionException e) {
      assertThat(e.getCause()).isInstanceOfAny(OutOfMemoryError.class, StoreFailedException.class);
    }
  }
}
