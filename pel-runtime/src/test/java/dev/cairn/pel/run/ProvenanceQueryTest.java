package dev.cairn.pel.run;

import static dev.cairn.pel.run.RunFixture.inputs;
import static dev.cairn.pel.run.RunFixture.payload;
import static dev.cairn.pel.run.RunFixture.program;
import static dev.cairn.pel.run.RunFixture.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.Store;
import dev.cairn.pel.index.Receipts;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Plans asked of the graph under a snapshot by an operator. */
class ProvenanceQueryTest {
  private static final String PROGRAM =
      "{'program': 1, 'inputs': ['snapshot', 'a', 'b'], 'nodes': {'n': {"
          + "'operator': 'provenance/query@1', 'inputs': ['snapshot', 'a', 'b'],"
          + "'parameters': {%s}}}, 'outputs': {'o': 'n'}}";

  /** source and tool made object, object made app. */
  private static final class Build {
    private final ArtifactKey source;
    private final ArtifactKey tool;
    private final ArtifactKey object;
    private final ArtifactKey app;

    Build(Store store) {
      source = put(store, "source");
      tool = put(store, "tool");
      object = put(store, "object");
      app = put(store, "app");
      edge(store, "build:compile", object, source, tool);
      edge(store, "build:link", app, object);
    }
  }

  private static ArtifactKey edge(Store store, String type, ArtifactKey to, ArtifactKey... from) {
    List<Endpoint> causes =
        List.of(from).stream().map(key -> new Endpoint(key, null)).sorted().toList();
    Edge edge = new Edge(new EdgeType(type), causes, List.of(new Endpoint(to, null)), null);
    return put(store, TypeTag.EDGE, edge.encode());
  }

  private static RunResult run(
      Store store, Snapshot snapshot, ArtifactKey a, ArtifactKey b, String parameters) {
    ArtifactKey key = put(store, TypeTag.SNAPSHOT, snapshot.encode());
    return RunFixture.executor(store)
        .run(
            program(PROGRAM.formatted(parameters)),
            inputs("snapshot", key, "a", a, "b", b),
            RunOptions.defaults());
  }

  private static String text(Store store, RunResult result) {
    return payload(store, result.outputs().get("o")).toUtf8();
  }

  @Test
  void inputsStandForTheirKeysInTextAndInJson() {
    try (Store store = RunFixture.open("a")) {
      Build build = new Build(store);
      Snapshot snapshot = store.snapshot(null).snapshot();
      String way =
          ("[{'depth':0,'key':'%s','viaType':null},{'depth':1,'key':'%s','viaType':'build:compile'},"
                  + "{'depth':2,'key':'%s','viaType':'build:link'}]")
              .formatted(build.source, build.object, build.app)
              .replace('\'', '"');
      assertThat(
              text(
                  store,
                  run(
                      store,
                      snapshot,
                      build.source,
                      build.app,
                      "'plan': 'keys $1 | path down to=$2 | select key, viaType, depth'")))
          .isEqualTo(way);
      assertThat(
              text(
                  store,
                  run(
                      store,
                      snapshot,
                      build.source,
                      build.app,
                      "'plan': '[{\\'keys\\':[\\'$1\\']},{\\'path\\':\\'down\\',\\'to\\':\\'$2\\'},"
                          + "{\\'select\\':[\\'key\\',\\'viaType\\',\\'depth\\']}]'")))
          .isEqualTo(way);
    }
  }

  @Test
  void theAnswerIsThatOfTheSnapshotWhateverCameLater() {
    try (Store store = RunFixture.open("a")) {
      Build build = new Build(store);
      Snapshot before = store.snapshot(null).snapshot();
      String plan = "'plan': 'edges | count by edgeType'";
      String expected =
          "[{\"count\":1,\"edgeType\":\"build:compile\"},{\"count\":1,\"edgeType\":\"build:link\"}]";
      assertThat(text(store, run(store, before, build.app, build.app, plan))).isEqualTo(expected);
      edge(store, "build:link", build.app, build.tool);
      RunResult again = run(store, before, build.app, build.app, plan + ", 'limit': 2");
      assertThat(again.executed()).isEqualTo(1);
      assertThat(text(store, again)).isEqualTo(expected);
      Snapshot after = store.snapshot(null).snapshot();
      assertThat(text(store, run(store, after, build.app, build.app, plan)))
          .contains("{\"count\":2,\"edgeType\":\"build:link\"}");
    }
  }

  @Test
  void anotherNodeThatHoldsTheCutVerifiesTheReceiptAndOneThatLacksItKnowsNothing() {
    try (Store one = RunFixture.open("a");
        Store other = RunFixture.open("b");
        Store third = RunFixture.open("c")) {
      Build build = new Build(one);
      Snapshot snapshot = one.snapshot(null).snapshot();
      put(other, "something of its own");
      String plan = "'plan': 'keys $1 $2 | up | count'";
      RunResult result = run(one, snapshot, build.app, build.tool, plan);
      assertThat(text(one, result)).isEqualTo("[{\"count\":4}]");
      RunFixture.send(one, other);
      assertThat(
              RunFixture.executor(other).verify(result.key(), RunOptions.defaults().withThreads(1)))
          .isInstanceOf(Verification.Confirmed.class);
      ArtifactKey key = put(third, "app");
      assertThatThrownBy(() -> run(third, snapshot, key, key, plan.replace("$2", "")))
          .isInstanceOf(UnavailableException.class);
      assertThat(new Receipts(third, third.now()).list(null)).isEmpty();
    }
  }

  @Test
  void tooManyRowsAndPlansThatDoNotFitTheirInputsAreRefusals() {
    try (Store store = RunFixture.open("a")) {
      Build build = new Build(store);
      Snapshot snapshot = store.snapshot(null).snapshot();
      assertThat(
              failure(
                  run(store, snapshot, build.app, build.app, "'plan': 'artifacts', 'limit': 3")))
          .isEqualTo("too-large: more than 3 rows");
      assertThat(failure(run(store, snapshot, build.app, build.app, "'plan': 'keys $1 $3 | up'")))
          .startsWith("bad-plan: ")
          .contains("$3 where 2 inputs stand behind the snapshot");
      assertThat(failure(run(store, snapshot, build.app, build.app, "'plan': 'keys $1 $2 | up'")))
          .startsWith("bad-plan: ")
          .contains("stands twice");
      assertThat(
              text(
                  store,
                  run(
                      store,
                      snapshot,
                      build.app,
                      build.app,
                      "'plan': 'keys $1 | down depth=1 edges'")))
          .isEqualTo("[]");
    }
  }

  private static String failure(RunResult result) {
    return result.receipt().failures().get("n").code()
        + ": "
        + result.receipt().failures().get("n").message();
  }

  @Test
  void aPlanThatIsNoneIsRefusedBeforeAnythingRuns() {
    try (Store store = RunFixture.open("a")) {
      ArtifactKey key = put(store, "x");
      Snapshot snapshot = store.snapshot(null).snapshot();
      for (String wrong :
          List.of(
              "'plan': 'artefacts'",
              "'plan': ''",
              "'plan': '[{\\'scan\\':\\'nothing\\'}]'",
              "'plan': 'keys $0'",
              "'plan': 'keys abc'",
              "'plan': 'artifacts', 'limit': 0",
              "'limit': 1")) {
        assertThatThrownBy(() -> run(store, snapshot, key, key, wrong))
            .as(wrong)
            .isInstanceOf(MalformedException.class)
            .hasMessageContaining("/nodes/n/parameters");
      }
      assertThat(new Receipts(store, store.now()).list(null)).isEmpty();
    }
  }
}
