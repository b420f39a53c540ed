package dev.cairn.pel.run;

import static dev.cairn.pel.run.RunFixture.inputs;
import static dev.cairn.pel.run.RunFixture.payload;
import static dev.cairn.pel.run.RunFixture.program;
import static dev.cairn.pel.run.RunFixture.put;
import static dev.cairn.pel.run.RunFixture.putList;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.ErasedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.Store;
import dev.cairn.pel.index.Receipts;
import dev.cairn.pel.model.OperatorId;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.model.Receipt.Failure;
import dev.cairn.pel.model.RunStatus;
import dev.cairn.pel.operator.Operator;
import dev.cairn.pel.operator.OperatorContext;
import dev.cairn.pel.operator.OperatorFailure;
import dev.cairn.pel.operator.OperatorOutput;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.operator.OperatorSpec;
import dev.cairn.tgk.model.Edge;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ExecutorTest {
  private static final RunOptions OPTIONS = RunOptions.defaults().withThreads(4);

  /** Two independent branches that meet, and a digest behind. */
  static final String STATS =
      "{'program': 1, 'inputs': ['java', 'text'],"
          + "'nodes': {"
          + "'a': {'operator': 'text/stats@1', 'inputs': ['java']},"
          + "'b': {'operator': 'text/stats@1', 'inputs': ['text']},"
          + "'all': {'operator': 'json/merge@1', 'inputs': ['a', 'b'],"
          + "        'parameters': {'max': ['longestLine']}},"
          + "'sum': {'operator': 'digest/sha256@1', 'inputs': ['all']}},"
          + "'outputs': {'stats': 'all', 'digest': 'sum'}}";

  private final Store store = RunFixture.open("a");
  private final Executor executor = RunFixture.executor(store);

  @AfterEach
  void close() {
    store.close();
  }

  private SortedMap<String, ArtifactKey> sources() {
    ArtifactKey first = put(store, "one two\n\nthree\n");
    ArtifactKey second = put(store, "four");
    return inputs("java", putList(store, first, second), "text", put(store, "a b c\n"));
  }

  private RunResult run(String program, SortedMap<String, ArtifactKey> inputs) {
    return executor.run(program(program), inputs, OPTIONS);
  }

  private long records() {
    return store.head(store.origin()).orElseThrow().treeSize();
  }

  private void remove(ArtifactKey key) {
    store.commit(new CommitDraft().tombstone(key, new TombstoneNote(false, null)));
  }

  @Test
  void aRunGivesItsOutputsAndASecondOneExecutesNothing() {
    SortedMap<String, ArtifactKey> sources = sources();

    RunResult first = run(STATS, sources);

    assertThat(first.status()).isEqualTo(RunStatus.SUCCEEDED);
    assertThat(first.executed()).isEqualTo(4);
    assertThat(first.reused()).isZero();
    assertThat(payload(store, first.outputs().get("stats")).toUtf8())
        .isEqualTo(
            "{\"binaryFiles\":0,\"blankLines\":1,\"bytes\":25,\"files\":3,"
                + "\"lines\":4,\"longestLine\":7,\"words\":7}");

    long records = records();
    RunResult second = run(STATS, sources);

    assertThat(second.key()).isEqualTo(first.key());
    assertThat(second.receipt()).isEqualTo(first.receipt());
    assertThat(second.executed()).isZero();
    assertThat(second.reused()).isEqualTo(4);
    assertThat(records()).isEqualTo(records);
  }

  @Test
  void aRunIsOneCommitOfOutputsProgramReceiptAndEdge() {
    SortedMap<String, ArtifactKey> sources = sources();
    long before = records();
    long logseq = store.head(store.origin()).orElseThrow().lastLogseq();

    RunResult result = run(STATS, sources);

    assertThat(records() - before).isEqualTo(4 + 3);
    assertThat(store.head(store.origin()).orElseThrow().lastLogseq()).isEqualTo(logseq + 1);
    Edge edge = RunEdge.of(result.key(), result.receipt());
    assertThat(store.now().isLive(edge.key())).isTrue();
    assertThat(Edge.decode(payload(store, edge.key()))).isEqualTo(edge);
    assertThat(edge.from())
        .extracting(end -> end.role() + "=" + end.key())
        .containsExactlyInAnyOrder(
            "program=" + program(STATS).key(),
            "input java=" + sources.get("java"),
            "input text=" + sources.get("text"));
    assertThat(edge.to())
        .extracting(end -> end.role() + "=" + end.key())
        .containsExactlyInAnyOrder(
            "receipt=" + result.key(),
            "output stats=" + result.outputs().get("stats"),
            "output digest=" + result.outputs().get("digest"));
  }

  @Test
  void aChangedNodeRunsAgainWithThoseBehindItAndNoOthers() {
    SortedMap<String, ArtifactKey> sources = sources();
    run(STATS, sources);

    RunResult changed = run(STATS.replace("['longestLine']", "['lines']"), sources);

    assertThat(changed.executed()).isEqualTo(2);
    assertThat(changed.reused()).isEqualTo(2);
  }

  @Test
  void aChangedInputRunsOnlyWhatDependsOnIt() {
    SortedMap<String, ArtifactKey> sources = sources();
    run(STATS, sources);
    sources.put("text", put(store, "other"));

    RunResult changed = run(STATS, sources);

    assertThat(changed.executed()).isEqualTo(3);
    assertThat(changed.reused()).isEqualTo(1);
  }

  @Test
  void aNodeThatGivesTheSameBytesAsBeforeSparesThoseBehindIt() {
    SortedMap<String, ArtifactKey> sources = sources();
    run(STATS, sources);
    sources.put("text", put(store, "x y z\n"));

    RunResult changed = run(STATS, sources);

    assertThat(changed.executed()).isEqualTo(1);
    assertThat(changed.reused()).isEqualTo(3);
  }

  @Test
  void renamedNodesAreReusedAndTheNewReceiptIsWritten() {
    SortedMap<String, ArtifactKey> sources = sources();
    RunResult first = run(STATS, sources);

    RunResult renamed = run(STATS.replace("'sum'", "'digest'"), sources);

    assertThat(renamed.executed()).isZero();
    assertThat(renamed.reused()).isEqualTo(4);
    assertThat(renamed.key()).isNotEqualTo(first.key());
    assertThat(renamed.outputs()).isEqualTo(first.outputs());
    assertThat(store.now().isLive(renamed.key())).isTrue();
  }

  @Test
  void forceRunsEverythingAndRecordsTheReceiptAgain() {
    SortedMap<String, ArtifactKey> sources = sources();
    RunResult first = run(STATS, sources);
    long before = records();

    RunResult forced = executor.run(program(STATS), sources, OPTIONS.withForce(true));

    assertThat(forced.executed()).isEqualTo(4);
    assertThat(forced.key()).isEqualTo(first.key());
    assertThat(records() - before).isEqualTo(1);
    assertThat(store.history(first.key())).hasSize(2);
  }

  @Test
  void theReceiptIsTheSameForAnyNumberOfThreadsAndWhateverWasReused() {
    List<Bytes> receipts = new ArrayList<>();
    for (int threads : new int[] {1, 2, 4, 32}) {
      try (Store fresh = RunFixture.open("node" + threads)) {
        ArtifactKey first = put(fresh, "one two\n\nthree\n");
        ArtifactKey second = put(fresh, "four");
        SortedMap<String, ArtifactKey> given =
            inputs("java", putList(fresh, first, second), "text", put(fresh, "a b c\n"));
        Executor other = RunFixture.executor(fresh);
        if (threads == 4) {
          other.run(program(STATS.replace("['longestLine']", "['lines']")), given, OPTIONS);
        }
        RunResult result = other.run(program(STATS), given, OPTIONS.withThreads(threads));
        receipts.add(payload(fresh, result.key()));
      }
    }

    assertThat(receipts).allMatch(receipts.get(0)::equals);
  }

  @Test
  void anOutputThatIsNoLongerLiveIsMadeAgain() {
    SortedMap<String, ArtifactKey> sources = sources();
    RunResult first = run(STATS, sources);
    remove(first.outputs().get("stats"));

    RunResult again = run(STATS, sources);

    assertThat(again.key()).isEqualTo(first.key());
    assertThat(again.executed()).isEqualTo(1);
    assertThat(store.now().isLive(first.outputs().get("stats"))).isTrue();
  }

  @Test
  void aReceiptThatIsNoLongerLiveIsNotReused() {
    SortedMap<String, ArtifactKey> sources = sources();
    RunResult first = run(STATS, sources);
    remove(first.key());

    RunResult again = run(STATS, sources);

    assertThat(again.executed()).isEqualTo(4);
    assertThat(again.key()).isEqualTo(first.key());
  }

  @Test
  void aRefusalByAnOperatorIsRecordedAndWhatDoesNotNeedItStillRuns() {
    String program =
        "{'program': 1, 'inputs': ['i'], 'nodes': {"
            + "'bad': {'operator': 'bytes/slice@1', 'inputs': ['i'], 'parameters': {'to': 9}},"
            + "'worse': {'operator': 'json/canonical@1', 'inputs': ['i']},"
            + "'behind': {'operator': 'digest/sha256@1', 'inputs': ['bad']},"
            + "'good': {'operator': 'digest/sha256@1', 'inputs': ['i']}},"
            + "'outputs': {'o': 'behind', 'g': 'good'}}";
    SortedMap<String, ArtifactKey> given = inputs("i", put(store, "hello"));
    Receipt first = null;
    for (int threads : new int[] {1, 4}) {
      RunResult result =
          executor.run(program(program), given, OPTIONS.withThreads(threads).withForce(true));

      assertThat(result.status()).isEqualTo(RunStatus.FAILED_PERMANENT);
      assertThat(result.outputs()).isEmpty();
      assertThat(result.executed()).isEqualTo(3);
      assertThat(result.receipt().steps()).containsOnlyKeys("good");
      assertThat(result.receipt().failures())
          .containsExactly(
              Map.entry("bad", new Failure("out-of-range", "from 0 to 9 of 5 bytes")),
              Map.entry("worse", new Failure("bad-json", "input 0: not JSON")));
      assertThat(first == null || result.receipt().equals(first)).isTrue();
      first = result.receipt();
    }

    RunResult again = run(program, given);
    assertThat(again.executed()).isZero();
    assertThat(again.reused()).isEqualTo(3);
    assertThat(again.receipt()).isEqualTo(first);
    assertThat(new Receipts(store, store.now()).list(null))
        .singleElement()
        .satisfies(summary -> assertThat(summary.status()).isEqualTo(RunStatus.FAILED_PERMANENT));
  }

  @Test
  void wrongInputsAreRefusedAndNothingIsWritten() {
    SortedMap<String, ArtifactKey> sources = sources();
    long before = records();

    assertThatThrownBy(() -> run(STATS, inputs("java", sources.get("java"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("input 'text' is not given");
    SortedMap<String, ArtifactKey> more = new TreeMap<>(sources);
    more.put("more", sources.get("text"));
    assertThatThrownBy(() -> run(STATS, more))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the program has no input 'more'; it has [java, text]");
    SortedMap<String, ArtifactKey> absent = new TreeMap<>(sources);
    absent.put("text", ArtifactKey.of(Bytes.utf8("never put"), null));
    assertThatThrownBy(() -> run(STATS, absent)).isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> run(STATS.replace("text/stats@1", "text/stats@9"), sources))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("/nodes/a/operator: no operator text/stats@9");
    assertThat(records()).isEqualTo(before);
  }

  @Test
  void anArtifactThatAListNamesAndThatIsNotHereEndsTheRunWithoutAReceipt() {
    ArtifactKey absent = ArtifactKey.of(Bytes.utf8("never put"), null);
    SortedMap<String, ArtifactKey> given =
        inputs("java", putList(store, absent), "text", put(store, "x"));
    long before = records();

    assertThatThrownBy(() -> run(STATS, given))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining(absent.toString());
    assertThat(records()).isEqualTo(before);
  }

  @Test
  void anErasedInputSaysSo() {
    SortedMap<String, ArtifactKey> sources = sources();
    store.commit(
        new CommitDraft().tombstone(sources.get("text"), new TombstoneNote(true, "withdrawn")));

    assertThatThrownBy(() -> run(STATS, sources)).isInstanceOf(ErasedException.class);
  }

  @Test
  void inputsAreSoughtInTheViewAskedFor() {
    SortedMap<String, ArtifactKey> sources = sources();
    TreeMap<Origin, Long> logseqs = new TreeMap<>();
    logseqs.put(store.origin(), store.head(store.origin()).orElseThrow().lastLogseq());
    Cut cut = new Cut(logseqs);
    remove(sources.get("text"));

    assertThatThrownBy(() -> run(STATS, sources)).isInstanceOf(NotFoundException.class);
    assertThat(executor.run(program(STATS), sources, OPTIONS.withAt(cut)).status())
        .isEqualTo(RunStatus.SUCCEEDED);
  }

  @Test
  void limitsEndARunWithoutAReceipt() {
    SortedMap<String, ArtifactKey> sources = sources();
    long before = records();

    for (RunLimits limits :
        List.of(
            new RunLimits(10, 1000, 1000),
            new RunLimits(1000, 10, 1000),
            new RunLimits(1000, 1000, 100))) {
      assertThatThrownBy(() -> executor.run(program(STATS), sources, OPTIONS.withLimits(limits)))
          .isInstanceOf(RefusedException.class);
    }
    assertThat(records()).isEqualTo(before);
  }

  @Test
  void anOutputTooLargeForMemoryStreamsIntoTheStoreAndOut() {
    Bytes big = Bytes.wrap(new byte[3 << 20]);
    ArtifactKey key = put(store, new TypeTag("application/octet-stream"), big);
    String program =
        "{'program': 1, 'inputs': ['i'], 'nodes': {"
            + "'twice': {'operator': 'bytes/concat@1', 'inputs': ['i', 'i']},"
            + "'cut': {'operator': 'bytes/slice@1', 'inputs': ['twice'],"
            + "        'parameters': {'from': 3145727, 'to': 3145730}},"
            + "'sum': {'operator': 'digest/sha256@1', 'inputs': ['twice']}},"
            + "'outputs': {'cut': 'cut', 'sum': 'sum', 'twice': 'twice'}}";

    RunResult result =
        executor.run(
            program(program), inputs("i", key), OPTIONS.withLimits(new RunLimits(0, 8 << 20, 100)));

    assertThat(payload(store, result.outputs().get("cut")).toHex()).isEqualTo("000000");
    assertThat(payload(store, result.outputs().get("twice")).length()).isEqualTo(6 << 20);
    assertThat(payload(store, result.outputs().get("sum")).toUtf8())
        .isEqualTo(HashAlgorithm.SHA_256.hash(Bytes.wrap(new byte[6 << 20])).toHex());
  }

  @Test
  void aDoublingDagIsStoppedByTheLimit() {
    StringBuilder nodes =
        new StringBuilder("'n0': {'operator': 'bytes/concat@1', 'inputs': ['i']}");
    for (int i = 1; i < 60; i++) {
      String before = "'n" + (i - 1) + "'";
      nodes.append(", 'n" + i + "': {'operator': 'bytes/concat@1', 'inputs': [");
      nodes.append(before + "," + before + "]}");
    }
    String program =
        "{'program': 1, 'inputs': ['i'], 'nodes': {" + nodes + "}, 'outputs': {'o': 'n59'}}";
    SortedMap<String, ArtifactKey> given = inputs("i", put(store, "x"));

    assertThatThrownBy(
            () ->
                executor.run(
                    program(program),
                    given,
                    OPTIONS.withLimits(new RunLimits(1 << 20, 1 << 20, 1 << 20))))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("1048576 bytes");
  }

  @Test
  void aProgramWithoutNodesPassesItsInputsOn() {
    ArtifactKey key = put(store, "x");

    RunResult result =
        run("{'program':1,'inputs':['i'],'nodes':{},'outputs':{'o':'i'}}", inputs("i", key));

    assertThat(result.outputs()).containsExactly(Map.entry("o", key));
    assertThat(result.executed()).isZero();
  }

  @Test
  void theLongestChainRuns() {
    StringBuilder nodes =
        new StringBuilder("'n0': {'operator': 'bytes/concat@1', 'inputs': ['i']}");
    for (int i = 1; i < 2000; i++) {
      nodes.append(
          ", 'n" + i + "': {'operator': 'digest/sha256@1', 'inputs': ['n" + (i - 1) + "']}");
    }
    String program =
        "{'program': 1, 'inputs': ['i'], 'nodes': {" + nodes + "}, 'outputs': {'o': 'n1999'}}";

    assertThat(run(program, inputs("i", put(store, "x"))).executed()).isEqualTo(2000);
  }

  // ---- operators that misbehave

  private record Custom(String name, Body body) implements Operator {
    interface Body {
      OperatorOutput run(OperatorContext context) throws IOException;
    }

    @Override
    public OperatorId id() {
      return new OperatorId(name, 1);
    }

    @Override
    public OperatorSpec spec() {
      return new OperatorSpec("A test's.", 0, OperatorSpec.ANY_NUMBER, List.of());
    }

    @Override
    public OperatorOutput run(OperatorContext context) throws IOException {
      return body.run(context);
    }
  }

  /** An endless stream of one letter that tells how much it gave. */
  private static final class Source extends InputStream {
    private final LongConsumer told;
    private long bytes;

    Source(LongConsumer told) {
      this.told = told;
    }

    @Override
    public int read() {
      throw new AssertionError("read in pieces");
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      Arrays.fill(target, offset, offset + length, (byte) 'x');
      bytes += length;
      told.accept(bytes);
      return length;
    }
  }

  private Executor with(Custom.Body body) {
    return new Executor(store, OperatorRegistry.of(List.of(new Custom("test/custom", body))));
  }

  private static final String CUSTOM =
      "{'program':1,'nodes':{'n':{'operator':'test/custom@1'}},'outputs':{'o':'n'}}";

  @Test
  void aReadErrorIsNeverRecorded() {
    put(store, "x");
    long before = records();
    Executor broken =
        with(
            context -> {
              throw new IOException("disk gone");
            });

    assertThatThrownBy(() -> broken.run(program(CUSTOM), inputs(), OPTIONS))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("node n (test/custom@1)");
    assertThat(records()).isEqualTo(before);
  }

  @Test
  void anExceptionOutsideTheContractIsTheOperatorsMistakeAndNoOutcome() {
    put(store, "x");
    long before = records();
    Executor broken =
        with(
            context -> {
              throw new IllegalStateException("oops");
            });

    assertThatThrownBy(() -> broken.run(program(CUSTOM), inputs(), OPTIONS))
        .isInstanceOf(AssertionError.class)
        .hasRootCauseMessage("oops");
    assertThat(records()).isEqualTo(before);
  }

  @Test
  void aRefusalInTheMiddleOfAStreamIsRecorded() {
    Executor late =
        with(
            context ->
                new OperatorOutput(
                    null,
                    new Source(
                        bytes -> {
                          if (bytes > 200_000) {
                            throw new OperatorFailure("late", "at the end");
                          }
                        })));

    assertThat(late.run(program(CUSTOM), inputs(), OPTIONS).receipt().failures())
        .containsExactly(Map.entry("n", new Failure("late", "at the end")));
  }

  @Test
  void interruptingTheCallerCancelsTheRunWithoutAReceipt() throws InterruptedException {
    put(store, "x");
    long before = records();
    CountDownLatch started = new CountDownLatch(1);
    Executor endless =
        with(context -> new OperatorOutput(null, new Source(bytes -> started.countDown())));
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread runner =
        new Thread(
            () -> {
              try {
                endless.run(program(CUSTOM), inputs(), OPTIONS);
              } catch (RuntimeException e) {
                thrown.set(e);
              }
            });
    runner.start();
    assertThat(started.await(60, TimeUnit.SECONDS)).isTrue();

    runner.interrupt();
    runner.join(60_000);

    assertThat(thrown.get())
        .isInstanceOf(UnavailableException.class)
        .hasMessage("the run was cancelled");
    assertThat(records()).isEqualTo(before);
  }

  @Test
  void independentNodesRunAtTheSameTime() {
    CountDownLatch both = new CountDownLatch(2);
    Executor meeting =
        with(
            context -> {
              both.countDown();
              try {
                if (!both.await(60, TimeUnit.SECONDS)) {
                  throw new IOException("the other never came");
                }
              } catch (InterruptedException e) {
                throw new IOException(e);
              }
              return new OperatorOutput(null, new ByteArrayInputStream(new byte[1]));
            });
    String program =
        "{'program':1,'nodes':{'a':{'operator':'test/custom@1'},'b':{'operator':'test/custom@1'}},"
            + "'outputs':{'a':'a','b':'b'}}";

    assertThat(meeting.run(program(program), inputs(), OPTIONS.withThreads(2)).executed())
        .isEqualTo(2);
  }
}
