package dev.cairn.pel.distributed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.time.Ticker;
import dev.cairn.pel.index.Receipts;
import dev.cairn.pel.model.OperatorId;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.operator.Operator;
import dev.cairn.pel.operator.OperatorContext;
import dev.cairn.pel.operator.OperatorOutput;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.operator.OperatorSpec;
import dev.cairn.pel.run.Executor;
import dev.cairn.pel.run.RunFixture;
import dev.cairn.pel.run.RunOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a coordinator begins is done by several threads at once. */
@Timeout(120)
class WorkPoolTest {
  private static final int STEPS = 8;
  private static final int PATIENCE_SECONDS = 60;

  private final Store store = RunFixture.open("here");
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicInteger runningMost = new AtomicInteger();
  private final AtomicInteger runs = new AtomicInteger();
  private volatile CountDownLatch together = new CountDownLatch(0);

  @AfterEach
  void close() {
    store.close();
  }

  /** Ends once enough others have begun. */
  private final class Meeting implements Operator {
    @Override
    public OperatorId id() {
      return new OperatorId("test/meeting", 1);
    }

    @Override
    public OperatorSpec spec() {
      return new OperatorSpec(
          "Meets others.",
          0,
          OperatorSpec.ANY_NUMBER,
          List.of(new OperatorSpec.Parameter("n", OperatorSpec.Kind.INTEGER, true, "any")));
    }

    @Override
    public OperatorOutput run(OperatorContext context) throws IOException {
      runs.incrementAndGet();
      runningMost.accumulateAndGet(running.incrementAndGet(), Math::max);
      together.countDown();
      try {
        if (!together.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
          throw new AssertionError("nobody came");
        }
      } catch (InterruptedException e) {
        throw new IOException("interrupted", e);
      } finally {
        running.decrementAndGet();
      }
      return OperatorOutput.of(null, Bytes.utf8("n" + context.parameters().integer("n", 0)));
    }
  }

  private OperatorRegistry operators() {
    List<Operator> all = new ArrayList<>(OperatorRegistry.builtIn().operators().values());
    all.add(new Meeting());
    return OperatorRegistry.of(all);
  }

  /** Steps that need nothing of each other, two of them the same, and one that needs all. */
  private static Program program() {
    StringBuilder nodes = new StringBuilder();
    StringBuilder names = new StringBuilder();
    for (int i = 0; i < STEPS; i++) {
      nodes.append(
          "'n%d': {'operator': 'test/meeting@1', 'parameters': {'n': %d}},"
              .formatted(i, i % (STEPS - 1)));
      names.append(i == 0 ? "" : ",").append("'n").append(i).append('\'');
    }
    return RunFixture.program(
        "{'program': 1, 'nodes': {"
            + nodes
            + "'all': {'operator': 'bytes/concat@1', 'inputs': ["
            + names
            + "]}}, 'outputs': {'o': 'all'}}");
  }

  private Coordinator coordinator() {
    return new Coordinator(
        store, operators(), TreeSet::new, CoordinatorOptions.defaults(), Ticker.system());
  }

  private static void work(Coordinator coordinator, WorkPool pool) throws InterruptedException {
    Look look = coordinator.step(0);
    for (long now = 1; look.open() > 0; now++) {
      pool.begin(look.begun());
      for (Work.Ended ended : pool.take(PATIENCE_SECONDS * 1_000L)) {
        look = coordinator.ended(ended, now);
        pool.begin(look.begun());
      }
      look = coordinator.step(now);
    }
    assertThat(pool.isIdle()).isTrue();
  }

  @Test
  void independentStepsOfOneNodeRunAtOnceAndNoMoreThanThereAreThreads()
      throws InterruptedException {
    together = new CountDownLatch(3);
    ArtifactKey request = Coordinator.request(store, program(), new TreeMap<>());
    try (WorkPool pool = new WorkPool(3)) {
      work(coordinator(), pool);
    }
    assertThat(runningMost.get()).isEqualTo(3);
    assertThat(runs.get()).as("the step that stands twice runs once").isEqualTo(STEPS - 1);
    try (Store apart = RunFixture.open("apart")) {
      ArtifactKey alone =
          new Executor(apart, operators())
              .run(program(), new TreeMap<>(), RunOptions.defaults().withThreads(1))
              .key();
      Receipts receipts = new Receipts(store, store.now());
      assertThat(receipts.of(receipts.request(request).invocation())).containsExactly(alone);
    }
  }

  @Test
  void closingInterruptsWhatIsBeingDoneAndLeavesNothingOfIt() throws InterruptedException {
    together = new CountDownLatch(STEPS);
    Coordinator.request(store, program(), new TreeMap<>());
    long records = records();
    WorkPool pool = new WorkPool(2);
    pool.begin(coordinator().step(0).begun());
    assertThat(pool.hasRoom()).isFalse();
    assertThat(pool.take(50)).isEmpty();
    pool.close();
    assertThat(running.get()).isZero();
    assertThat(records()).isEqualTo(records);
  }

  private long records() {
    return store.head(store.origin()).orElseThrow().treeSize();
  }

  @Test
  void aBrokenOperatorIsNotSwallowed() {
    Coordinator.request(
        store,
        RunFixture.program(
            "{'program': 1, 'nodes': {'n': {'operator': 'test/broken@1'}}, 'outputs': {'o': 'n'}}"),
        new TreeMap<>());
    Operator broken =
        new Operator() {
          @Override
          public OperatorId id() {
            return new OperatorId("test/broken", 1);
          }

          @Override
          public OperatorSpec spec() {
            return new OperatorSpec("Breaks.", 0, 0, List.of());
          }

          @Override
          public OperatorOutput run(OperatorContext context) {
            throw new IllegalStateException("a mistake");
          }
        };
    Coordinator coordinator =
        new Coordinator(
            store,
            OperatorRegistry.of(List.of(broken)),
            TreeSet::new,
            CoordinatorOptions.defaults(),
            Ticker.system());
    try (WorkPool pool = new WorkPool(1)) {
      pool.begin(coordinator.step(0).begun());
      assertThatThrownBy(() -> pool.take(PATIENCE_SECONDS * 1_000L))
          .isInstanceOf(AssertionError.class)
          .hasRootCauseMessage("a mistake");
    }
  }
}
