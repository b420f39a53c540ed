package dev.cairn.pel.distributed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.UnavailableException;
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
import dev.cairn.pel.run.RunFixture;
import dev.cairn.pel.run.RunListener;
import dev.cairn.pel.run.RunOptions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a coordinator begins, looked at piece by piece in one thread. */
class CoordinatorTest {
  private static final long RETRY_MILLIS = CoordinatorOptions.defaults().retryMillis();

  private final Store store = RunFixture.open("here");
  private final List<Long> ran = new ArrayList<>();
  private final Queue<Error> failures = new ArrayDeque<>();
  private final Coordinator coordinator = coordinator(CoordinatorOptions.defaults());

  @AfterEach
  void close() {
    store.close();
  }

  private Coordinator coordinator(CoordinatorOptions options) {
    List<Operator> operators = new ArrayList<>(OperatorRegistry.builtIn().operators().values());
    operators.add(new Numbered());
    return new Coordinator(
        store, OperatorRegistry.of(operators), TreeSet::new, options, Ticker.system());
  }

  /** Gives its number, unless it is to fail. */
  private final class Numbered implements Operator {
    @Override
    public OperatorId id() {
      return new OperatorId("test/numbered", 1);
    }

    @Override
    public OperatorSpec spec() {
      return new OperatorSpec(
          "Gives its number.",
          0,
          OperatorSpec.ANY_NUMBER,
          List.of(new OperatorSpec.Parameter("n", OperatorSpec.Kind.INTEGER, true, "any")));
    }

    @Override
    public OperatorOutput run(OperatorContext context) {
      Error failure = failures.poll();
      if (failure != null) {
        throw failure;
      }
      ran.add(context.parameters().integer("n", 0));
      return OperatorOutput.of(null, Bytes.utf8("n" + context.parameters().integer("n", 0)));
    }
  }

  /** Nodes {@code n0}, {@code n1} and so on with these numbers, and {@code all} that joins them. */
  private static Program program(int... numbers) {
    StringBuilder nodes = new StringBuilder();
    StringBuilder names = new StringBuilder();
    for (int i = 0; i < numbers.length; i++) {
      nodes.append(
          "'n%d': {'operator': 'test/numbered@1', 'parameters': {'n': %d}},"
              .formatted(i, numbers[i]));
      names.append(i == 0 ? "" : ",").append("'n").append(i).append('\'');
    }
    return RunFixture.program(
        "{'program': 1, 'nodes': {"
            + nodes
            + "'all': {'operator': 'bytes/concat@1', 'inputs': ["
            + names
            + "]}}, 'outputs': {'o': 'all'}}");
  }

  private ArtifactKey request(int... numbers) {
    return Coordinator.request(store, program(numbers), new TreeMap<>());
  }

  private Look end(Work work, long nowMillis) {
    return coordinator.ended(work.run(), nowMillis);
  }

  /** Works until nothing is begun at once; the requests that were fulfilled. */
  private List<ArtifactKey> work(Look first, long nowMillis) {
    List<ArtifactKey> finished = new ArrayList<>(first.finished());
    Queue<Work> works = new ArrayDeque<>(first.begun());
    while (!works.isEmpty()) {
      Look look = end(works.remove(), nowMillis);
      works.addAll(look.begun());
      finished.addAll(look.finished());
    }
    return finished;
  }

  @Test
  void nodesThatAreTheSameStepGoOnTogetherWithoutALook() {
    ArtifactKey request = request(7, 7, 7);
    Look look = coordinator.step(0);
    assertThat(look.begun()).hasSize(1);
    assertThat(work(look, 0)).as("the steps, what joins them, the whole").containsExactly(request);
    assertThat(ran).containsExactly(7L);
  }

  @Test
  void requestsThatShareAStepGoOnTogetherWithoutALook() {
    ArtifactKey one = request(1, 2);
    ArtifactKey other = request(2, 3);
    Look look = coordinator.step(0);
    assertThat(look.begun()).hasSize(3);
    assertThat(work(look, 0)).containsExactlyInAnyOrder(one, other);
    assertThat(ran).containsExactlyInAnyOrder(1L, 2L, 3L);
  }

  @Test
  void whatFailedForOneOfSeveralEqualNodesWaitsForAllOfThem() {
    request(7, 7);
    failures.add(new StackOverflowError());
    assertThat(end(coordinator.step(0).begun().get(0), 0).begun()).isEmpty();
    assertThat(coordinator.step(1_000_000).begun())
        .as("this machine cannot do the step, whichever node wants it")
        .isEmpty();
  }

  @Test
  void whatFoundTheHeapFullBeginsAgainWhenNothingElseIsAtWorkAndThenAlone() {
    ArtifactKey request = request(1, 2, 3);
    List<Work> begun = coordinator.step(0).begun();
    assertThat(begun).hasSize(3);
    failures.add(new OutOfMemoryError("a test's"));
    failures.add(new OutOfMemoryError("a test's"));
    assertThat(end(begun.get(0), 0).begun()).isEmpty();
    assertThat(end(begun.get(1), 0).begun()).isEmpty();
    assertThat(coordinator.step(RETRY_MILLIS - 1).begun()).as("not before the pause").isEmpty();

    Look beside = coordinator.step(RETRY_MILLIS);
    assertThat(beside.begun()).as("one is at work still").isEmpty();
    assertThat(beside.more()).isTrue();
    end(begun.get(2), RETRY_MILLIS);
    List<Work> again = coordinator.step(RETRY_MILLIS).begun();
    assertThat(again).as("by itself").hasSize(1);
    Look other = coordinator.step(RETRY_MILLIS);
    assertThat(other.begun()).isEmpty();
    assertThat(other.more()).isTrue();
    end(again.get(0), RETRY_MILLIS);
    assertThat(work(coordinator.step(RETRY_MILLIS), RETRY_MILLIS)).containsExactly(request);
    assertThat(ran).containsExactly(3L, 1L, 2L);
  }

  @Test
  void aFullHeapIsNoReasonToGiveAStepUp() {
    ArtifactKey request = request(1);
    long now = 0;
    for (int i = 0; i < 5; i++) {
      failures.add(new OutOfMemoryError("a test's"));
      List<Work> begun = coordinator.step(now).begun();
      assertThat(begun).hasSize(1);
      end(begun.get(0), now);
      now += CoordinatorOptions.defaults().takeOverMillis();
    }
    assertThat(work(coordinator.step(now), now)).containsExactly(request);
    Receipts receipts = new Receipts(store, store.now());
    assertThat(receipts.of(receipts.request(request).invocation())).hasSize(1);
  }

  @Test
  void aFullHeapOutsideOfOperatorsIsAFailureOfTheMachineToo() {
    ArtifactKey request = request(1);
    RunListener full =
        new RunListener() {
          @Override
          public void begins(int nodes) {
            throw new OutOfMemoryError("a test's");
          }
        };
    RunOptions run = CoordinatorOptions.defaults().run().withListener(full);
    Work work = coordinator(CoordinatorOptions.defaults().withRun(run)).step(0).begun().get(0);
    Work.Ended ended = work.run();
    assertThat(ended.result()).isNull();
    assertThat(ended.failure()).isInstanceOf(UnavailableException.class);
    assertThat(work(coordinator.step(0), 0)).containsExactly(request);
  }

  @Test
  void ofARequestThatIsWithdrawnNothingMoreBegins() {
    ArtifactKey request = request(1, 2);
    List<Work> begun = coordinator.step(0).begun();
    store.tombstone(request, "not wanted");

    Look look = end(begun.get(0), 0);
    assertThat(look.begun()).isEmpty();
    assertThat(look.finished()).isEmpty();
    look = end(begun.get(1), 0);
    assertThat(look.begun()).as("what joins them is not begun").isEmpty();
    assertThat(coordinator.step(1_000).begun()).isEmpty();
    assertThat(coordinator.step(1_000).open()).isZero();
  }

  @Test
  void aRequestThatIsWithdrawnLeavesTheStepsThatOthersWant() {
    ArtifactKey withdrawn = request(1, 2);
    ArtifactKey other = request(2, 3);
    Look look = coordinator.step(0);
    store.tombstone(withdrawn, "not wanted");
    assertThat(work(look, 0)).containsExactly(other);
  }

  @Test
  void aRequestThatIsAskedForAgainIsFulfilled() {
    ArtifactKey request = request(1, 2);
    Look look = coordinator.step(0);
    store.tombstone(request, "not wanted");
    work(look, 0);
    assertThat(coordinator.step(1).open()).isZero();

    request(1, 2);
    assertThat(work(coordinator.step(2), 2)).containsExactly(request);
    assertThat(ran).containsExactly(1L, 2L);
  }
}
