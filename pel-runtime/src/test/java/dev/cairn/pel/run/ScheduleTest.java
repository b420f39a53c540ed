package dev.cairn.pel.run;

import static dev.cairn.pel.run.RunFixture.inputs;
import static dev.cairn.pel.run.RunFixture.program;
import static dev.cairn.pel.run.RunFixture.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.store.Store;
import dev.cairn.pel.index.Ledger;
import dev.cairn.pel.index.Receipts;
import dev.cairn.pel.model.Invocation;
import dev.cairn.pel.model.OperatorId;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.model.RunStatus;
import dev.cairn.pel.operator.Operator;
import dev.cairn.pel.operator.OperatorContext;
import dev.cairn.pel.operator.OperatorFailure;
import dev.cairn.pel.operator.OperatorOutput;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.operator.OperatorSpec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tries, limits and what the ledger gets of them. */
class ScheduleTest {
  private static final RunOptions OPTIONS =
      RunOptions.defaults().withThreads(2).withRetry(new RetryPolicy(3, 1, 4));
  private static final Program PROGRAM =
      program(
          "{'program':1,'nodes':{'a':{'operator':'test/custom@1'},"
              + "'b':{'operator':'bytes/concat@1','inputs':['a']}},'outputs':{'o':'b'}}");

  private final Store store = RunFixture.open("here");
  private final AtomicInteger calls = new AtomicInteger();

  ScheduleTest() {
    put(store, "x");
  }

  @AfterEach
  void close() {
    store.close();
  }

  private interface Body {
    OperatorOutput run(OperatorContext context) throws IOException;
  }

  private Executor with(Body body) {
    Operator custom =
        new Operator() {
          @Override
          public OperatorId id() {
            return new OperatorId("test/custom", 1);
          }

          @Override
          public OperatorSpec spec() {
            return new OperatorSpec("A test's.", 0, OperatorSpec.ANY_NUMBER, List.of());
          }

          @Override
          public OperatorOutput run(OperatorContext context) throws IOException {
            calls.incrementAndGet();
            return body.run(context);
          }
        };
    List<Operator> all = new ArrayList<>(OperatorRegistry.builtIn().operators().values());
    all.add(custom);
    return new Executor(store, OperatorRegistry.of(all));
  }

  private static OperatorOutput output() {
    return OperatorOutput.of(null, Bytes.utf8("out"));
  }

  private long records() {
    return store.head(store.origin()).orElseThrow().treeSize();
  }

  @Test
  void whatTheMachineFailedIsTriedAgainAndThePausesGrow() {
    List<String> told = new ArrayList<>();
    Executor flaky =
        with(
            context -> {
              if (calls.get() < 3) {
                throw new IOException("not yet");
              }
              return output();
            });

    RunResult result =
        flaky.run(
            PROGRAM,
            inputs(),
            OPTIONS.withListener(
                new RunListener() {
                  @Override
                  public void triesAgain(
                      String node, int tries, long delayMillis, RuntimeException failure) {
                    told.add(node + " " + tries + " " + delayMillis);
                  }

                  @Override
                  public void begins(int nodes) {
                    told.add("begins " + nodes);
                  }

                  @Override
                  public void ended(String node, boolean executed) {
                    told.add("ended " + node + " " + executed);
                  }
                }));

    assertThat(result.status()).isEqualTo(RunStatus.SUCCEEDED);
    assertThat(calls).hasValue(3);
    assertThat(told).containsExactly("begins 2", "a 1 1", "a 2 2", "ended a true", "ended b true");
    assertThat(result.key())
        .isEqualTo(with(context -> output()).run(PROGRAM, inputs(), OPTIONS.withForce(true)).key());
  }

  @Test
  void triesEndAndNothingIsWritten() {
    long before = records();
    Executor broken =
        with(
            context -> {
              throw new IOException("never");
            });

    assertThatThrownBy(() -> broken.run(PROGRAM, inputs(), OPTIONS))
        .isInstanceOf(UnavailableException.class);
    assertThat(calls).hasValue(3);
    assertThat(records()).isEqualTo(before);
  }

  @Test
  void aRefusalIsNotTriedAgainNeitherInTheRunNorInTheNextOne() {
    Executor refusing =
        with(
            context -> {
              throw new OperatorFailure("no", "never");
            });

    RunResult first = refusing.run(PROGRAM, inputs(), OPTIONS);
    RunResult second = refusing.run(PROGRAM, inputs(), OPTIONS);

    assertThat(calls).hasValue(1);
    assertThat(first.status()).isEqualTo(RunStatus.FAILED_PERMANENT);
    assertThat(second.receipt()).isEqualTo(first.receipt());
    assertThat(second.executed()).isZero();
  }

  @Test
  void pausesDoubleUpToTheirBound() {
    RetryPolicy policy = new RetryPolicy(100, 3, 20);
    assertThat(List.of(policy.delayMillis(1), policy.delayMillis(2), policy.delayMillis(3)))
        .containsExactly(3L, 6L, 12L);
    assertThat(policy.delayMillis(4)).isEqualTo(20);
    assertThat(policy.delayMillis(99)).isEqualTo(20);
    assertThat(new RetryPolicy(100, Long.MAX_VALUE / 3, Long.MAX_VALUE / 2).delayMillis(99))
        .isPositive();
  }

  @Test
  void aStepThatTakesTooLongIsInterruptedAndNamed() {
    CountDownLatch never = new CountDownLatch(1);
    long before = records();
    Executor slow =
        with(
            context -> {
              try {
                never.await();
              } catch (InterruptedException e) {
                throw new IOException(e);
              }
              return output();
            });

    assertThatThrownBy(
            () ->
                slow.run(
                    PROGRAM, inputs(), OPTIONS.withLimits(RunLimits.DEFAULT.withStepMillisMax(30))))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("node a took longer than the 30 ms")
        .hasMessageContaining("step-millis");
    assertThatThrownBy(
            () ->
                slow.run(
                    PROGRAM, inputs(), OPTIONS.withLimits(RunLimits.DEFAULT.withRunMillisMax(30))))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("run-millis")
        .hasMessageContaining("0 of 2 nodes had ended");
    assertThat(calls).as("a limit is not tried again").hasValue(2);
    assertThat(records()).isEqualTo(before);
  }

  @Test
  void allOutputsTogetherAreLimited() {
    Executor executor = with(context -> output());

    assertThatThrownBy(
            () ->
                executor.run(
                    PROGRAM,
                    inputs(),
                    OPTIONS.withLimits(RunLimits.DEFAULT.withRunOutputBytesMax(2))))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("run-output-bytes");
  }

  @Test
  void aLackOfStackIsAnErrorOfItsOwnKind() {
    Executor deep =
        with(
            context -> {
              throw new StackOverflowError();
            });
    assertThatThrownBy(() -> deep.run(PROGRAM, inputs(), OPTIONS))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("node a (test/custom@1): not enough stack");
    assertThat(calls).hasValue(1);
  }

  @Test
  void aFullHeapIsTriedAgainLikeAnyFailureOfTheMachine() {
    Executor greedy =
        with(
            context -> {
              throw new OutOfMemoryError("a test's");
            });
    assertThatThrownBy(() -> greedy.run(PROGRAM, inputs(), OPTIONS))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("node a (test/custom@1): not enough memory");
    assertThat(calls).hasValue(3);
  }

  @Test
  void stepsThatFindTheHeapFullBesideEachOtherAreTriedAgainOneByOne() {
    AtomicInteger running = new AtomicInteger();
    AtomicInteger failed = new AtomicInteger();
    CountDownLatch together = new CountDownLatch(3);
    Executor greedy =
        with(
            context -> {
              int beside = running.incrementAndGet();
              try {
                together.countDown();
                together.await();
                if (failed.get() < 3) {
                  failed.incrementAndGet();
                  throw new OutOfMemoryError("a test's");
                }
                assertThat(beside).as("nothing else runs").isEqualTo(1);
              } catch (InterruptedException e) {
                throw new IOException(e);
              } finally {
                running.decrementAndGet();
              }
              return output();
            });
    Program three =
        program(
            "{'program':1,'inputs':['x'],'nodes':{'a':{'operator':'test/custom@1','inputs':['x']},"
                + "'b':{'operator':'test/custom@1','inputs':['x','x']},"
                + "'c':{'operator':'test/custom@1','inputs':['x','x','x']},"
                + "'d':{'operator':'bytes/concat@1','inputs':['a','b','c']}},'outputs':{'o':'d'}}");

    RunResult result = greedy.run(three, inputs("x", put(store, "x")), OPTIONS.withThreads(3));

    assertThat(result.status()).isEqualTo(RunStatus.SUCCEEDED);
    assertThat(calls).hasValue(6);
  }

  @Test
  void theLedgerGetsWhatIsAskedAndOnlyRises() {
    Ledger ledger = new Ledger(store);
    Invocation invocation = new Invocation(PROGRAM.key(), inputs());
    Executor broken =
        with(
            context -> {
              throw new IOException("never");
            });
    assertThatThrownBy(() -> broken.run(PROGRAM, inputs(), OPTIONS))
        .isInstanceOf(UnavailableException.class);
    assertThat(ledger.status(invocation)).isEmpty();

    assertThatThrownBy(() -> broken.run(PROGRAM, inputs(), OPTIONS.withRecordsRetryable(true)))
        .isInstanceOf(UnavailableException.class);
    assertThat(ledger.status(invocation)).contains(RunStatus.FAILED_RETRYABLE);

    Executor good = with(context -> output());
    good.skip(PROGRAM, inputs());
    assertThat(ledger.status(invocation)).contains(RunStatus.SKIPPED);

    RunResult result = good.run(PROGRAM, inputs(), OPTIONS);
    assertThat(result.executed()).as("neither claims an outcome").isEqualTo(2);
    assertThat(result.disputed()).isFalse();
    assertThat(ledger.status(invocation)).contains(RunStatus.SUCCEEDED);

    good.skip(PROGRAM, inputs());
    store.tombstone(result.key(), "gone");
    assertThat(ledger.status(invocation)).contains(RunStatus.SUCCEEDED);
    List<Ledger.Entry> lines = new ArrayList<>();
    ledger.forEach(
        entry -> {
          lines.add(entry);
          return false;
        });
    assertThat(lines)
        .containsExactly(
            new Ledger.Entry(
                invocation.digest(), PROGRAM.key(), RunStatus.SUCCEEDED, result.key(), 3));
    assertThat(new Receipts(store, store.now()).of(invocation)).hasSize(2);
  }
}
