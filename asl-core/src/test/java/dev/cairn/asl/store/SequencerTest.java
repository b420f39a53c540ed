package dev.cairn.asl.store;

import static dev.cairn.asl.store.StoreFixture.key;
import static dev.cairn.asl.store.StoreFixture.open;
import static dev.cairn.asl.store.StoreFixture.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.StoreFailedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.TypeTag;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

/** Many callers, one writer: what one of them does wrong is not the others' misfortune. */
final class SequencerTest {
  private static final TypeTag TEXT = new TypeTag("text/plain");
  private static final int NARROW_BATCH_BYTES = 200_000;

  @Test
  void aDraftTooLargeForTheEngineIsRefusedAndTheStoreGoesOn() {
    MemoryEngine engine = StoreFixture.engine();
    try (Store store = open("a", new HookedEngine(engine).batchBytesMax(NARROW_BATCH_BYTES))) {
      put(store, "before");
      CommitDraft draft = largeDraft(store);
      assertThatThrownBy(() -> store.commit(draft)).isInstanceOf(RefusedException.class);
      put(store, "after");
      assertThat(store.heads().get(0).treeSize()).isEqualTo(2);
      assertThat(store.stateRoot()).isEqualTo(store.rebuiltStateRoot());
    }
  }

  @Test
  void aStretchTooLargeForTheEngineIsRefusedAndTheStoreGoesOn() {
    try (Store a = open("a");
        Store b =
            open("b", new HookedEngine(StoreFixture.engine()).batchBytesMax(NARROW_BATCH_BYTES))) {
      a.commit(largeDraft(a));
      Bytes note = a.signHead().orElseThrow();
      Stretch stretch = StoreFixture.stretch(a, a.origin(), 0, a.heads().get(0).treeSize(), note);
      assertThatThrownBy(() -> b.replicate(stretch)).isInstanceOf(RefusedException.class);
      assertThat(b.heads()).isEmpty();
      put(b, "after");
      assertThat(b.stateRoot()).isEqualTo(b.rebuiltStateRoot());
    }
  }

  @Test
  void draftsThatTogetherAreTooLargeForTheEngineAreWrittenApart() throws Exception {
    MemoryEngine engine = StoreFixture.engine();
    HookedEngine narrow = new HookedEngine(engine).batchBytesMax(NARROW_BATCH_BYTES);
    try (Store store = open("a", narrow)) {
      List<Future<CommitResult>> done =
          commitTogether(engine, store, 20, i -> new CommitDraft().put(large(store, i)));
      for (Future<CommitResult> one : done) {
        assertThat(one.get().written()).isEqualTo(1);
      }
      assertThat(store.heads().get(0).treeSize()).isEqualTo(21);
    }
  }

  @Test
  void aDraftThatAnIndexChokesOnFailsAloneAndLeavesNoTrace() throws Exception {
    Index choking = new ChokingIndex();
    MemoryEngine engine = new MemoryEngine(StoreConfig.tables(List.of(choking), List.of()));
    StoreConfig plain = StoreFixture.config("a");
    StoreConfig config =
        new StoreConfig("test", plain.key(), 1, List.of(choking), List.of(), plain.clock());
    try (Store store = Store.open(engine, config)) {
      List<Future<CommitResult>> done =
          commitTogether(
              engine,
              store,
              20,
              i -> {
                TypeTag tag = i % 5 == 0 ? ChokingIndex.POISON : TEXT;
                return new CommitDraft()
                    .put(store.prepare(TEXT, Bytes.utf8("neighbour " + i)))
                    .put(store.prepare(tag, Bytes.utf8("n" + i)));
              });
      for (int i = 0; i < done.size(); i++) {
        Future<CommitResult> one = done.get(i);
        if (i % 5 == 0) {
          assertThatThrownBy(one::get).hasRootCauseMessage("poison");
          assertThat(store.now().isLive(key("neighbour " + i))).isFalse();
        } else {
          assertThat(one.get().written()).isEqualTo(2);
          assertThat(store.now().isLive(key("neighbour " + i))).isTrue();
        }
      }
      assertThat(store.heads().get(0).treeSize()).isEqualTo(1 + 16 * 2);
      assertThat(store.stateRoot()).isEqualTo(store.rebuiltStateRoot());
    }
  }

  @Test
  void anIndexThatBreaksAnInvariantStopsTheStoreAndLeavesNobodyWaiting() throws Exception {
    Index choking = new ChokingIndex();
    MemoryEngine engine = new MemoryEngine(StoreConfig.tables(List.of(choking), List.of()));
    StoreConfig plain = StoreFixture.config("a");
    StoreConfig config =
        new StoreConfig("test", plain.key(), 1, List.of(choking), List.of(), plain.clock());
    try (Store store = Store.open(engine, config)) {
      List<Future<CommitResult>> done =
          commitTogether(
              engine,
              store,
              12,
              i -> {
                TypeTag tag = i == 7 ? ChokingIndex.BUG : TEXT;
                return new CommitDraft().put(store.prepare(tag, Bytes.utf8("n" + i)));
              });
      for (Future<CommitResult> one : done) {
        assertThatThrownBy(one::get)
            .isInstanceOf(ExecutionException.class)
            .cause()
            .isInstanceOfAny(StoreFailedException.class, AssertionError.class);
      }
      assertThatThrownBy(() -> put(store, "later")).isInstanceOf(StoreFailedException.class);
      assertThat(store.heads().get(0).treeSize()).isEqualTo(1);
    }
  }

  @Test
  void moreCallersThanTheQueueHoldsAreAllServed() throws Exception {
    MemoryEngine engine = StoreFixture.engine();
    try (Store store = open("a", engine)) {
      int callers = Sequencer.QUEUE_DRAFTS_MAX + 100;
      List<Future<CommitResult>> done =
          commitTogether(
              engine,
              store,
              callers,
              i -> new CommitDraft().put(store.prepare(TEXT, Bytes.utf8("n" + i))));
      for (Future<CommitResult> one : done) {
        assertThat(one.get().written()).isEqualTo(1);
      }
      assertThat(store.heads().get(0).treeSize()).isEqualTo(callers + 1);
    }
  }

  @Test
  void closingWhileManyWaitAnswersEveryoneAndWhatWasAcknowledgedIsThere() throws Exception {
    MemoryEngine engine = StoreFixture.engine();
    Store store = open("a", engine);
    engine.faults().holdWrites();
    ExecutorService pool = Executors.newCachedThreadPool();
    List<Future<ArtifactKey>> done = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      String text = "n" + i;
      done.add(pool.submit(() -> put(store, text)));
    }
    engine.faults().awaitHeldWrites(1);
    Future<?> closing = pool.submit(store::close);
    engine.faults().releaseWrites();
    closing.get(30, TimeUnit.SECONDS);
    List<ArtifactKey> acknowledged = new ArrayList<>();
    for (Future<ArtifactKey> one : done) {
      try {
        acknowledged.add(one.get(30, TimeUnit.SECONDS));
      } catch (ExecutionException e) {
        assertThat(e.getCause()).isInstanceOfAny(IllegalStateException.class, CairnException.class);
      }
    }
    pool.shutdown();
    try (Store again = open("a", engine.crash())) {
      assertThat(acknowledged).allMatch(again.now()::isLive);
    }
  }

  @Test
  void anInterruptedCallerIsServedAndStaysInterrupted() throws Exception {
    try (Store store = open("a")) {
      ExecutorService pool = Executors.newSingleThreadExecutor();
      Future<Boolean> interrupted =
          pool.submit(
              () -> {
                Thread.currentThread().interrupt();
                put(store, "x");
                return Thread.currentThread().isInterrupted();
              });
      assertThat(interrupted.get()).isTrue();
      assertThat(store.now().isLive(key("x"))).isTrue();
      pool.shutdown();
    }
  }

  @Test
  void aLogOfLargeCommitsIsSignedOftenEnoughToBeSent() {
    try (Store store = open("a")) {
      for (int i = 0; i < 24; i++) {
        CommitDraft draft = new CommitDraft();
        for (int j = 0; j < 50; j++) {
          draft.put(large(store, i * 50 + j));
        }
        store.commit(draft);
      }
      assertThat(store.checkpoints(store.origin(), 0, 10)).isNotEmpty();
    }
  }

  @Test
  void aSnapshotTakenWhileItIsDroppedIsKeptAndPinnedOrNeither() throws Exception {
    AtomicReference<Store> opened = new AtomicReference<>();
    List<Thread> takers = new ArrayList<>();
    HookedEngine engine =
        new HookedEngine(StoreFixture.engine()) {
          @Override
          public void write(List<RowChange> changes, Durability durability) {
            super.write(changes, durability);
            if (changes.get(0).table().equals(StoreTables.SNAPSHOT)
                && changes.get(0).value() == null) {
              Thread taker = new Thread(() -> opened.get().snapshot(null), "taker");
              takers.add(taker);
              taker.start();
              while (taker.getState() != Thread.State.TERMINATED
                  && taker.getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
              }
            }
          }
        };
    try (Store store = open("a", engine)) {
      opened.set(store);
      ArtifactKey shown = put(store, "x");
      SnapshotInfo info = store.snapshot(null);
      store.dropSnapshot(info.key());
      takers.get(0).join();
      assertThat(store.snapshots()).containsExactly(info);
      StoreFixture.remove(store, shown, true);
      assertThat(store.hasPayload(PayloadDigest.of(Bytes.utf8("x")))).isTrue();
    }
  }

  private static PreparedArtifact large(Store store, int seed) {
    byte[] bytes = new byte[Store.INLINE_BYTES_MAX];
    new Random(seed).nextBytes(bytes);
    return store.prepare(null, Bytes.wrap(bytes));
  }

  private static CommitDraft largeDraft(Store store) {
    CommitDraft draft = new CommitDraft();
    for (int i = 0; i < 10; i++) {
      draft.put(large(store, i));
    }
    return draft;
  }

  /** Commits all of them so that they wait together while a first one is being written. */
  private static List<Future<CommitResult>> commitTogether(
      MemoryEngine engine, Store store, int count, IntFunction<CommitDraft> drafts)
      throws Exception {
    List<CommitDraft> ready = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ready.add(drafts.apply(i));
    }
    engine.faults().holdWrites();
    ExecutorService pool = Executors.newCachedThreadPool();
    List<Thread> callers = java.util.Collections.synchronizedList(new ArrayList<>());
    Future<ArtifactKey> first = pool.submit(() -> put(store, "first"));
    engine.faults().awaitHeldWrites(1);
    List<Future<CommitResult>> done = new ArrayList<>();
    for (CommitDraft draft : ready) {
      Callable<CommitResult> caller =
          () -> {
            callers.add(Thread.currentThread());
            return store.commit(draft);
          };
      done.add(pool.submit(caller));
    }
    while (callers.size() < count
        || callers.stream().anyMatch(thread -> thread.getState() != Thread.State.WAITING)) {
      Thread.onSpinWait();
    }
    engine.faults().releaseWrites();
    first.get();
    pool.shutdown();
    assertThat(pool.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
    return done;
  }

  /** Throws at artifacts of two types, after it wrote a row. */
  private static final class ChokingIndex implements Index {
    static final TypeTag POISON = new TypeTag("test/poison");
    static final TypeTag BUG = new TypeTag("test/bug");
    private static final Table TABLE = new Table("test.choking", Table.Scope.DERIVED);

    @Override
    public String name() {
      return "test.choking";
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
      for (CommitView.Entry entry : commit.entries()) {
        rows.put(TABLE, entry.record().id().bytes(), Bytes.EMPTY);
        if (POISON.equals(entry.record().tag())) {
          throw new IllegalStateException("poison");
        }
        if (BUG.equals(entry.record().tag())) {
          throw new AssertionError("bug");
        }
      }
    }
  }
}
