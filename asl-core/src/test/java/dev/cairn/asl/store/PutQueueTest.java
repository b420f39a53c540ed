package dev.cairn.asl.store;

import static dev.cairn.asl.store.StoreFixture.open;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.StoreFailedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.PutQueueOptions.Hashing;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Puts that do not wait: their bounds, their outcomes, their end. */
class PutQueueTest {
  @TempDir Path folder;
  private final MemoryEngine engine = StoreFixture.engine();
  private final Store store = open("a", engine);
  private final ExecutorService threads = Executors.newFixedThreadPool(3);
  private final ExecutorService callers = Executors.newCachedThreadPool();

  @AfterEach
  void end() {
    engine.faults().releaseWrites();
    threads.shutdownNow();
    callers.shutdownNow();
  }

  private PutQueue queue(PutQueueOptions options) {
    return new PutQueue(store, threads, options);
  }

  private static CompletableFuture<ArtifactKey> put(PutQueue queue, String text) {
    return queue.put(null, Bytes.utf8(text));
  }

  private static <T> T get(CompletableFuture<T> future) throws Exception {
    return future.get(30, TimeUnit.SECONDS);
  }

  @ParameterizedTest
  @EnumSource(Hashing.class)
  void everythingPutIsDurableWhenItsFutureCompletes(Hashing hashing) throws Exception {
    List<CompletableFuture<ArtifactKey>> puts = new ArrayList<>();
    try (PutQueue queue = queue(PutQueueOptions.DEFAULT.withHashing(hashing))) {
      for (int i = 0; i < 500; i++) {
        puts.add(put(queue, "n" + i));
      }
      Path file = Files.write(folder.resolve("file"), new byte[200_000]);
      puts.add(queue.put(null, file));
      for (CompletableFuture<ArtifactKey> put : puts) {
        get(put);
      }
    }
    try (Store after = open("a", engine.crash())) {
      for (CompletableFuture<ArtifactKey> put : puts) {
        assertThat(after.now().isLive(get(put))).isTrue();
      }
      assertThat(after.reader().get(get(puts.get(500)), 200_000))
          .isEqualTo(Bytes.wrap(new byte[200_000]));
    }
  }

  @Test
  void whatWaitsWhileACommitIsUnderWayGoesIntoOneCommit() throws Exception {
    engine.faults().holdWrites(1);
    try (PutQueue queue = queue(PutQueueOptions.DEFAULT)) {
      CompletableFuture<ArtifactKey> first = put(queue, "first");
      engine.faults().awaitHeldWrites(1);
      for (int i = 0; i < 100; i++) {
        assertThat(put(queue, "n" + i)).isNotDone();
      }
      assertThat(queue.underWay()).isEqualTo(101);
      engine.faults().releaseWrites();
      get(first);
    }
    LogHead head = store.heads().get(0);
    assertThat(head.treeSize()).isEqualTo(101);
    assertThat(head.lastLogseq()).isEqualTo(2);
  }

  @Test
  void aPutWithoutRoomIsRefusedAtOnceIfAskedSo() throws Exception {
    engine.faults().holdWrites();
    PutQueueOptions options = PutQueueOptions.DEFAULT.withWaitMillisMax(0);
    try (PutQueue queue = queue(options.withRoom(3, 1000))) {
      List<CompletableFuture<ArtifactKey>> puts = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        puts.add(put(queue, "n" + i));
      }
      assertThatThrownBy(() -> put(queue, "one too many"))
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("3 puts with 6 bytes");
      engine.faults().releaseWrites();
      for (CompletableFuture<ArtifactKey> put : puts) {
        get(put);
      }
      get(put(queue, "now there is room"));
    }
    assertThat(store.heads().get(0).treeSize()).isEqualTo(4);
  }

  @Test
  void bytesBoundTheRoomTooAndWhatIsLargerThanAllOfItGoesAlone() throws Exception {
    engine.faults().holdWrites();
    PutQueueOptions options = PutQueueOptions.DEFAULT.withWaitMillisMax(0);
    try (PutQueue queue = queue(options.withRoom(100, 10))) {
      CompletableFuture<ArtifactKey> large = put(queue, "more than ten bytes");
      assertThatThrownBy(() -> put(queue, "")).isInstanceOf(UnavailableException.class);
      engine.faults().releaseWrites();
      get(large);
      engine.faults().holdWrites();
      CompletableFuture<ArtifactKey> half = put(queue, "12345");
      CompletableFuture<ArtifactKey> whole = put(queue, "67890");
      assertThatThrownBy(() -> put(queue, "x")).isInstanceOf(UnavailableException.class);
      engine.faults().releaseWrites();
      get(half);
      get(whole);
    }
    assertThat(store.heads().get(0).treeSize()).isEqualTo(3);
  }

  @Test
  void aPutWaitsForRoomUntilThereIsSome() throws Exception {
    engine.faults().holdWrites();
    try (PutQueue queue = queue(PutQueueOptions.DEFAULT.withRoom(1, 1000))) {
      CompletableFuture<ArtifactKey> first = put(queue, "first");
      CompletableFuture<ArtifactKey> waiting =
          CompletableFuture.supplyAsync(() -> put(queue, "second").join(), callers);
      engine.faults().awaitHeldWrites(1);
      assertThat(first).isNotDone();
      assertThat(waiting).isNotDone();
      engine.faults().releaseWrites();
      get(first);
      get(waiting);
    }
    assertThat(store.heads().get(0).treeSize()).isEqualTo(2);
  }

  @Test
  void aPutThatGoesWrongFailsAlone() throws Exception {
    Store narrow = open("b", new HookedEngine(StoreFixture.engine()).batchBytesMax(50_000));
    CompletableFuture<ArtifactKey> tooLarge;
    List<CompletableFuture<ArtifactKey>> good = new ArrayList<>();
    try (PutQueue queue = new PutQueue(narrow, threads, PutQueueOptions.DEFAULT)) {
      CompletableFuture<ArtifactKey> missing = queue.put(null, folder.resolve("none"));
      assertThatThrownBy(() -> get(missing)).hasCauseInstanceOf(NoSuchFileException.class);
      good.add(put(queue, "before"));
      tooLarge = queue.put(null, Bytes.wrap(new byte[60_000]));
      for (int i = 0; i < 20; i++) {
        good.add(put(queue, "n" + i));
      }
    }
    assertThatThrownBy(() -> get(tooLarge)).hasCauseInstanceOf(RefusedException.class);
    for (CompletableFuture<ArtifactKey> put : good) {
      assertThat(narrow.now().isLive(get(put))).isTrue();
    }
    assertThat(narrow.heads().get(0).treeSize()).isEqualTo(21);
  }

  @Test
  void aFailedStoreFailsEveryPutAndLeavesTheQueueEmpty() {
    engine.faults().failCommits(1);
    List<CompletableFuture<ArtifactKey>> puts = new ArrayList<>();
    PutQueue queue = queue(PutQueueOptions.DEFAULT.withRoom(2, 1000));
    for (int i = 0; i < 20; i++) {
      puts.add(put(queue, "n" + i));
    }
    queue.close();
    assertThat(queue.underWay()).isZero();
    for (CompletableFuture<ArtifactKey> put : puts) {
      assertThatThrownBy(() -> get(put))
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(StoreFailedException.class);
    }
  }

  @Test
  void closingWaitsForAllAndThenNothingIsTaken() throws Exception {
    engine.faults().holdWrites();
    PutQueue queue = queue(PutQueueOptions.DEFAULT);
    CompletableFuture<ArtifactKey> put = put(queue, "under way");
    engine.faults().awaitHeldWrites(1);
    CompletableFuture<Void> closing = CompletableFuture.runAsync(queue::close, callers);
    assertThat(closing).isNotDone();
    engine.faults().releaseWrites();
    get(closing);
    assertThat(put).isCompleted();
    assertThatThrownBy(() -> put(queue, "late")).isInstanceOf(IllegalStateException.class);
    queue.close();
  }

  @Test
  void closingEndsTheWaitForRoom() throws Exception {
    engine.faults().holdWrites();
    PutQueue queue = queue(PutQueueOptions.DEFAULT.withRoom(1, 1000));
    CompletableFuture<ArtifactKey> put = put(queue, "under way");
    engine.faults().awaitHeldWrites(1);
    CompletableFuture<ArtifactKey> waiting =
        CompletableFuture.supplyAsync(() -> put(queue, "no room").join(), callers);
    CompletableFuture<Void> closing = CompletableFuture.runAsync(queue::close, callers);
    assertThatThrownBy(() -> get(waiting)).hasCauseInstanceOf(IllegalStateException.class);
    engine.faults().releaseWrites();
    get(closing);
    assertThat(put).isCompleted();
  }

  @Test
  void anExecutorThatDropsItsWorkCannotHoldTheCloseForEver() {
    PutQueueOptions options =
        new PutQueueOptions(10, 1000, 10, 0, 20, Hashing.IN_CALLER, Durability.SYNCED);
    PutQueue queue = new PutQueue(store, task -> {}, options);
    CompletableFuture<ArtifactKey> put = put(queue, "dropped");
    assertThatThrownBy(queue::close)
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("1 puts are still under way");
    assertThat(put).isNotDone();
  }

  @ParameterizedTest
  @EnumSource(Hashing.class)
  void anExecutorThatIsShutDownFailsThePuts(Hashing hashing) {
    threads.shutdown();
    try (PutQueue queue = queue(PutQueueOptions.DEFAULT.withHashing(hashing))) {
      CompletableFuture<ArtifactKey> put = put(queue, "nobody works");
      assertThatThrownBy(() -> get(put)).hasCauseInstanceOf(UnavailableException.class);
    }
    assertThat(store.heads()).isEmpty();
  }

  @Test
  void anExecutorThatRunsInTheCallerWorksToo() throws Exception {
    try (PutQueue queue = new PutQueue(store, Runnable::run, PutQueueOptions.DEFAULT)) {
      CompletableFuture<ArtifactKey> put = put(queue, "at once");
      assertThat(put).isCompleted();
      assertThat(store.now().isLive(get(put))).isTrue();
    }
  }

  @Test
  void relaxedPutsAreDurableOnceTheQueueIsClosed() throws Exception {
    CompletableFuture<ArtifactKey> put;
    try (PutQueue queue = queue(PutQueueOptions.DEFAULT.withDurability(Durability.RELAXED))) {
      put = put(queue, "relaxed");
      get(put);
      assertThat(store.durableHeads()).isEmpty();
    }
    try (Store after = open("a", engine.crash())) {
      assertThat(after.now().isLive(get(put))).isTrue();
    }
  }

  @Test
  void aPutThatFollowsAPutFindsItsRoom() throws Exception {
    try (PutQueue queue = queue(PutQueueOptions.DEFAULT.withRoom(1, 1000).withWaitMillisMax(0))) {
      CompletableFuture<ArtifactKey> chain = put(queue, "link 0");
      for (int i = 1; i < 20; i++) {
        String text = "link " + i;
        chain = chain.thenCompose(key -> put(queue, text));
      }
      get(chain);
    }
    assertThat(store.heads().get(0).treeSize()).isEqualTo(20);
  }

  @Test
  void manyCallersWithLittleRoomAllGetTheirKeys() throws Exception {
    List<CompletableFuture<List<ArtifactKey>>> putting = new ArrayList<>();
    try (PutQueue queue = queue(PutQueueOptions.DEFAULT.withRoom(5, 60))) {
      for (int c = 0; c < 6; c++) {
        String name = "c" + c + "/";
        putting.add(
            CompletableFuture.supplyAsync(
                () -> {
                  List<CompletableFuture<ArtifactKey>> puts = new ArrayList<>();
                  for (int i = 0; i < 100; i++) {
                    puts.add(put(queue, name + i));
                  }
                  return puts.stream().map(CompletableFuture::join).toList();
                },
                callers));
      }
      for (CompletableFuture<List<ArtifactKey>> caller : putting) {
        assertThat(get(caller)).hasSize(100).allMatch(key -> store.now().isLive(key));
      }
    }
    assertThat(store.heads().get(0).treeSize()).isEqualTo(600);
  }
}
