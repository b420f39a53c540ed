package dev.cairn.tgk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.Index;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.tgk.index.GraphIndex;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import dev.cairn.tgk.segment.SegmentFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a keeper does for a graph, beside those who ask and those who write. */
@Timeout(120)
class GraphKeeperTest {
  private static final List<Index> INDEXES = List.of(new GraphIndex());
  private static final int NODES = 600;
  private static final long STEPS_MAX = 10_000;

  @TempDir Path folder;

  private final Random random = new Random(11);
  private Store store;
  private Graph rows;
  private Graph graph;
  private SegmentFiles files;

  @BeforeEach
  void openStore() {
    store =
        Store.open(
            new MemoryEngine(StoreConfig.tables(INDEXES, List.of())),
            new StoreConfig(
                "test",
                SigningKey.fromSeed(Bytes.wrap(new byte[SigningKey.SEED_BYTES])),
                1,
                INDEXES,
                List.of(),
                () -> 1_000_000));
    rows = Graph.overRows(store);
    files = new SegmentFiles(folder);
    graph = new Graph(store, folder);
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  @Test
  void aSnapshotThatMuchCameBeforeIsSealedAndThenEachThatMuchHasComeSince() {
    try (GraphKeeper keeper = graph.keeper(64, 256)) {
      put(200);
      Snapshot few = store.snapshot(null).snapshot();
      idle(keeper);
      assertThat(graph.sealed(few.key())).isEmpty();
      put(200);
      Snapshot first = store.snapshot(null).snapshot();
      idle(keeper);
      assertThat(graph.sealed(first.key())).isPresent();
      put(60);
      Snapshot near = store.snapshot(null).snapshot();
      idle(keeper);
      assertThat(graph.sealed(near.key())).isEmpty();
      put(300);
      Snapshot second = store.snapshot(null).snapshot();
      idle(keeper);
      assertThat(graph.sealed(second.key())).isPresent();
      assertThat(graph.sealed(few.key())).isEmpty();
      assertSame();
    }
  }

  @Test
  void questionsNeverWalkRowsOnceSomethingIsSealedAndKept() {
    try (GraphKeeper keeper = graph.keeper(64, 256)) {
      put(400);
      Snapshot unused = store.snapshot(null).snapshot();
      put(150);
      idle(keeper);
      assertThat(graph.isFast(store.now())).isTrue();
      for (int i = 0; i < 8; i++) {
        put(200);
        assertThat(graph.isFast(store.now())).as("too far to follow for nothing").isFalse();
        idle(keeper);
        assertThat(graph.isFast(store.now())).isTrue();
        assertSame();
      }
    }
  }

  @Test
  void aSegmentThatAnotherSealedIsTakenUpWithoutOpeningAnything() {
    put(1_200);
    Graph other = new Graph(store, folder);
    graph = new Graph(store, folder);
    put(150);
    assertThat(graph.isFast(store.now())).isFalse();
    Snapshot snapshot = store.snapshot(null).snapshot();
    other.seal(snapshot);
    put(50);
    assertThat(graph.isFast(store.now())).as("near enough for a question").isTrue();
    put(150);
    assertThat(graph.isFast(store.now())).isFalse();
    try (GraphKeeper keeper = graph.keeper(64, 256)) {
      other.seal(store.snapshot(null).snapshot());
      put(150);
      idle(keeper);
      assertThat(graph.isFast(store.now())).isTrue();
    }
    assertSame();
  }

  @Test
  void withoutASegmentOneIsGatheredOnceRowsWereWalkedAndNotBefore() {
    graph = new Graph(store);
    put(1_200);
    try (GraphKeeper keeper = graph.keeper(64, 256)) {
      assertThat(keeper.step()).isFalse();
      assertThat(graph.isFast(store.now())).isFalse();
      assertThat(ask(graph, NODES - 1)).isEqualTo(ask(rows, NODES - 1));
      assertThat(ask(graph, NODES - 2)).isEqualTo(ask(rows, NODES - 2));
      idle(keeper);
      assertThat(graph.isFast(store.now())).isTrue();
      assertSame();
    }
  }

  @Test
  void aDamagedFileIsSealedAgainWhoeverDamagedIt() throws IOException {
    put(500);
    Snapshot snapshot = store.snapshot(null).snapshot();
    try (GraphKeeper keeper = graph.keeper(64, 256)) {
      idle(keeper);
      Path file = files.file(snapshot.key());
      byte[] whole = Files.readAllBytes(file);
      for (int round = 0; round < 24; round++) {
        byte[] damaged = whole.clone();
        damaged[random.nextInt(damaged.length - 32)] ^= (byte) (1 + random.nextInt(255));
        if (round % 2 == 0) {
          Files.write(folder.resolve("other"), damaged);
          Files.move(folder.resolve("other"), file, StandardCopyOption.ATOMIC_MOVE);
        } else {
          Files.write(file, damaged);
        }
        if (round % 4 == 0) {
          graph = new Graph(store, folder);
          assertThat(graph.sealed(snapshot.key())).isEmpty();
          try (GraphKeeper other = graph.keeper(64, 256)) {
            idle(other);
          }
        }
        idle(keeper);
        assertThat(Files.readAllBytes(file)).as("round " + round).isEqualTo(whole);
        assertSame();
      }
    }
  }

  @Test
  void questionsAreRightWhileSegmentsAreMadeDamagedAndMadeAgain() throws Exception {
    put(500);
    Snapshot snapshot = store.snapshot(null).snapshot();
    ExecutorService threads = Executors.newFixedThreadPool(3);
    AtomicBoolean stop = new AtomicBoolean();
    List<Future<Integer>> askers = new ArrayList<>();
    try (GraphKeeperThread keeper = GraphKeeperThread.start(graph.keeper(64, 256))) {
      for (int i = 0; i < 3; i++) {
        askers.add(threads.submit(asker(snapshot, i, stop)));
      }
      Path file = files.file(snapshot.key());
      for (int round = 0; round < 12; round++) {
        await(() -> graph.sealed(snapshot.key()).isPresent());
        put(200);
        byte[] damaged = Files.readAllBytes(file);
        damaged[random.nextInt(damaged.length - 32)] ^= 0x10;
        Files.write(folder.resolve("other"), damaged);
        Files.move(folder.resolve("other"), file, StandardCopyOption.ATOMIC_MOVE);
      }
      await(() -> graph.sealed(snapshot.key()).isPresent());
      stop.set(true);
      assertThat(keeper.isKeeping()).isTrue();
      for (Future<Integer> asker : askers) {
        assertThat(asker.get()).isPositive();
      }
    } finally {
      stop.set(true);
      threads.shutdown();
      assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    }
    assertSame();
  }

  /** Asks about a snapshot, whose answers never change, until it is told to stop. */
  private Callable<Integer> asker(Snapshot snapshot, int seed, AtomicBoolean stop) {
    List<LineageCounts> answers = new ArrayList<>();
    for (int node = 0; node < 20; node++) {
      answers.add(
          rows.count(
              List.of(key(node * 29)), Direction.UP, LineageOptions.ALL, store.at(snapshot.cut())));
    }
    Random chance = new Random(seed);
    return () -> {
      int asked = 0;
      while (!stop.get()) {
        int node = chance.nextInt(answers.size());
        Graph asking = chance.nextInt(50) == 0 ? new Graph(store, folder) : graph;
        assertThat(
                asking.count(
                    List.of(key(node * 29)),
                    Direction.UP,
                    LineageOptions.ALL,
                    store.at(snapshot.cut())))
            .isEqualTo(answers.get(node));
        assertThat(ask(asking, node * 29).nodes())
            .isGreaterThanOrEqualTo(answers.get(node).nodes());
        asked++;
      }
      return asked;
    };
  }

  @Test
  void aFileThatIsWrittenOverInPlaceWhileItIsWalkedNeverStopsAQuestion() throws IOException {
    put(500);
    Snapshot snapshot = store.snapshot(null).snapshot();
    graph.seal(snapshot);
    assertThat(graph.isFast(store.now())).isTrue();
    Path file = files.file(snapshot.key());
    byte[] noise = new byte[(int) Files.size(file) - 600];
    random.nextBytes(noise);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(noise), 500);
    }
    assertThat(ask(graph, 7).nodes()).isPositive();
    try (GraphKeeper keeper = graph.keeper(64, 256)) {
      idle(keeper);
    }
    assertSame();
  }

  @Test
  void aKeeperThatIsClosedDoesNothingMore() {
    GraphKeeper keeper = graph.keeper(64, 256);
    keeper.close();
    assertThatThrownBy(keeper::step).isInstanceOf(IllegalStateException.class);
  }

  // ---- what there is

  private void idle(GraphKeeper keeper) {
    for (long step = 0; keeper.step(); step++) {
      assertThat(step).as("steps").isLessThan(STEPS_MAX);
    }
  }

  private static void await(Callable<Boolean> holds) throws Exception {
    while (!holds.call()) {
      Thread.onSpinWait();
    }
  }

  private void assertSame() {
    for (int i = 0; i < 12; i++) {
      int node = random.nextInt(NODES);
      assertThat(ask(graph, node)).isEqualTo(ask(rows, node));
    }
  }

  private LineageCounts ask(Graph asked, int node) {
    return asked.count(List.of(key(node)), Direction.UP, LineageOptions.ALL, store.now());
  }

  private static ArtifactKey key(int node) {
    return FakeStore.artifact("node " + node);
  }

  private void put(int edges) {
    for (int left = edges; left > 0; left -= 100) {
      CommitDraft draft = new CommitDraft();
      for (int i = 0; i < Math.min(left, 100); i++) {
        int effect = 1 + random.nextInt(NODES - 1);
        Edge edge =
            new Edge(
                new EdgeType("x:y"),
                List.of(new Endpoint(key(random.nextInt(effect)), "" + random.nextLong())),
                List.of(Endpoint.of(key(effect))),
                null);
        draft.put(store.prepare(TypeTag.EDGE, edge.encode()));
      }
      store.commit(draft);
    }
  }
}
