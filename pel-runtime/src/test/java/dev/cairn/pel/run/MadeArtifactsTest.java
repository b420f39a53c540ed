package dev.cairn.pel.run;

import static dev.cairn.pel.run.RunFixture.inputs;
import static dev.cairn.pel.run.RunFixture.payload;
import static dev.cairn.pel.run.RunFixture.program;
import static dev.cairn.pel.run.RunFixture.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.asl.store.Store;
import dev.cairn.pel.model.ArtifactList;
import dev.cairn.pel.model.RunStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Operators that make several artifacts, and that apply others. */
class MadeArtifactsTest {
  private static final String SPLIT =
      "{'program': 1, 'inputs': ['i'], 'nodes': {'n': {'operator': 'bytes/split@1',"
          + " 'inputs': ['i'], 'parameters': {'size': %d}}}, 'outputs': {'o': 'n'}}";

  private static RunResult run(Store store, String program, ArtifactKey input) {
    return RunFixture.executor(store)
        .run(program(program), inputs("i", input), RunOptions.defaults());
  }

  private static List<ArtifactKey> items(Store store, RunResult result) {
    return ArtifactList.decode(payload(store, result.outputs().get("o"))).items().stream()
        .map(ArtifactList.Item::key)
        .toList();
  }

  @Test
  void theItemsOfAListAreCommittedWithIt() {
    try (Store store = RunFixture.open("a")) {
      RunResult result = run(store, SPLIT.formatted(2), put(store, "abcde"));
      assertThat(items(store, result))
          .extracting(key -> payload(store, key).toUtf8())
          .containsExactly("ab", "cd", "e");
    }
  }

  @Test
  void largeItemsAreWrittenInChunksAndReadBack() {
    byte[] bytes = new byte[700_000];
    new Random(3).nextBytes(bytes);
    try (Store store = RunFixture.open("a")) {
      ArtifactKey input = put(store, null, Bytes.copyOf(bytes));
      List<ArtifactKey> items = items(store, run(store, SPLIT.formatted(300_000), input));
      assertThat(items).hasSize(3);
      Bytes joined = Bytes.EMPTY;
      for (ArtifactKey item : items) {
        joined = joined.plus(payload(store, item));
      }
      assertThat(joined).isEqualTo(Bytes.copyOf(bytes));
    }
  }

  @Test
  void moreItemsThanACommitHoldsAreAllThere() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 70_000; i++) {
      text.append(i).append('\n');
    }
    String split = SPLIT.replace("'size': %d", "'separator': '\\n'");
    try (Store store = RunFixture.open("a")) {
      RunResult result = run(store, split, put(store, text.toString()));
      assertThat(result.status()).isEqualTo(RunStatus.SUCCEEDED);
      List<ArtifactKey> items = items(store, result);
      assertThat(items).hasSize(70_000).allMatch(key -> store.now().isLive(key));
    }
  }

  @Test
  void aListIsReusedOnlyWhileItsItemsAreHere() {
    try (Store store = RunFixture.open("a")) {
      ArtifactKey input = put(store, "abcd");
      List<ArtifactKey> items = items(store, run(store, SPLIT.formatted(2), input));
      assertThat(run(store, SPLIT.formatted(2), input).executed()).isZero();
      store.erase(items.get(1), null);
      RunResult again = run(store, SPLIT.formatted(2), input);
      assertThat(again.executed()).isEqualTo(1);
      assertThat(payload(store, items.get(1)).toUtf8()).isEqualTo("cd");
    }
  }

  @Test
  void whatAFailingNodeMadeIsNotCommitted() {
    String program =
        "{'program': 1, 'inputs': ['i'], 'nodes': {'n': {'operator': 'list/map@1',"
            + " 'inputs': ['i'], 'parameters': {'operator': 'json/canonical@1'}}},"
            + " 'outputs': {'o': 'n'}}";
    try (Store store = RunFixture.open("a")) {
      ArtifactKey list = RunFixture.putList(store, put(store, "[ 1 ]"), put(store, "no"));
      RunResult result = run(store, program, list);
      assertThat(result.status()).isEqualTo(RunStatus.FAILED_PERMANENT);
      assertThat(result.receipt().failures().get("n").message()).startsWith("item 1: ");
      List<PayloadDigest> live = new ArrayList<>();
      store.now().forEachLive(entry -> live.add(digest(entry)));
      assertThat(live).doesNotContain(PayloadDigest.of(Bytes.utf8("[1]")));
    }
  }

  private static PayloadDigest digest(LiveEntry entry) {
    return entry.artifact().payloadDigest();
  }

  @Test
  void whatIsMadeOnTheWayToAResultIsNotCommitted() {
    String program =
        "{'program': 1, 'inputs': ['i'], 'nodes': {'n': {'operator': 'list/reduce@1',"
            + " 'inputs': ['i'], 'parameters': {'operator': 'bytes/concat@1'}}},"
            + " 'outputs': {'o': 'n'}}";
    try (Store store = RunFixture.open("a")) {
      ArtifactKey list =
          RunFixture.putList(store, put(store, "a"), put(store, "b"), put(store, "c"));
      RunResult result = run(store, program, list);
      assertThat(payload(store, result.outputs().get("o")).toUtf8()).isEqualTo("abc");
      assertThat(store.byPayload(PayloadDigest.of(Bytes.utf8("ab")))).isEmpty();
    }
  }

  @Test
  void mapsInMapsGoFourDeepAndNoDeeper() {
    String inner = "{'operator': 'bytes/count@1'}";
    for (int depth = 1; depth <= 5; depth++) {
      String program =
          "{'program': 1, 'inputs': ['i'], 'nodes': {'n': {'operator': 'list/map@1',"
              + " 'inputs': ['i'], 'parameters': "
              + inner
              + "}}, 'outputs': {'o': 'n'}}";
      try (Store store = RunFixture.open("a")) {
        ArtifactKey list = RunFixture.putList(store);
        if (depth < 5) {
          assertThat(run(store, program, list).status()).isEqualTo(RunStatus.SUCCEEDED);
        } else {
          assertThatThrownBy(() -> run(store, program, list))
              .hasMessageContaining("operators apply operators more than 4 deep");
        }
      }
      inner = "{'operator': 'list/map@1', 'parameters': " + inner + "}";
    }
  }

  @Test
  void unknownOperatorsAndParametersInAMapAreToldBeforeAnythingRuns() {
    for (String wrong :
        List.of(
            "{'operator': 'no/such@1'}",
            "{'operator': 'nonsense'}",
            "{'operator': 'bytes/slice@1', 'parameters': {'from': 'x'}}",
            "{'operator': 'bytes/slice@1', 'parameters': {'from': 3, 'to': 1}}",
            "{'operator': 'bytes/count@1', 'item': -1}")) {
      String program =
          "{'program': 1, 'inputs': ['i'], 'nodes': {'n': {'operator': 'list/map@1',"
              + " 'inputs': ['i'], 'parameters': "
              + wrong
              + "}}, 'outputs': {'o': 'n'}}";
      try (Store store = RunFixture.open("a")) {
        ArtifactKey list = RunFixture.putList(store);
        assertThatThrownBy(() -> run(store, program, list))
            .hasMessageStartingWith("program: /nodes/n");
      }
    }
  }

  private static Bytes numbers() {
    byte[] bytes = new byte[10_000];
    new Random(5).nextBytes(bytes);
    return Bytes.copyOf(bytes);
  }

  @Test
  void moreThanARunMayHoldIsAnErrorAndNoResult() {
    try (Store store = RunFixture.open("a")) {
      ArtifactKey input = put(store, null, numbers());
      RunOptions small = RunOptions.defaults().withLimits(new RunLimits(1 << 20, 1 << 20, 5_000));
      assertThatThrownBy(
              () ->
                  RunFixture.executor(store)
                      .run(program(SPLIT.formatted(100)), inputs("i", input), small))
          .isInstanceOf(RefusedException.class);
    }
  }
}
