package dev.cairn.pel.run;

import static dev.cairn.pel.run.RunFixture.inputs;
import static dev.cairn.pel.run.RunFixture.payload;
import static dev.cairn.pel.run.RunFixture.program;
import static dev.cairn.pel.run.RunFixture.put;
import static dev.cairn.pel.run.RunFixture.putList;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.Store;
import dev.cairn.pel.model.RunStatus;
import java.util.SortedMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ExecutorTest {
  private static final RunOptions OPTIONS = RunOptions.defaults().withThreads(4);

  /** Two independent branches that meet. */
  private static final String STATS =
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

  private RunResult run(String program, SortedMap<String, ArtifactKey> inputs, RunOptions options) {
    return executor.run(program(program), inputs, options);
  }

  @Test
  void aRunGivesItsOutputsAndASecondOneExecutesNothing() {
    SortedMap<String, ArtifactKey> sources = sources();

    RunResult first = run(STATS, sources, OPTIONS);

    assertThat(first.status()).isEqualTo(RunStatus.SUCCEEDED);
    assertThat(first.executed()).isEqualTo(4);
    assertThat(payload(store, first.outputs().get("stats")).toUtf8())
        .isEqualTo(
            "{\"binaryFiles\":0,\"blankLines\":1,\"bytes\":25,\"files\":3,"
                + "\"lines\":4,\"longestLine\":7,\"words\":7}");

    long records = store.head(store.origin()).orElseThrow().treeSize();
    RunResult second = run(STATS, sources, OPTIONS);

    assertThat(second.key()).isEqualTo(first.key());
    assertThat(second.executed()).isZero();
    assertThat(second.reused()).isEqualTo(4);
    assertThat(store.head(store.origin()).orElseThrow().treeSize()).isEqualTo(records);
  }
}
