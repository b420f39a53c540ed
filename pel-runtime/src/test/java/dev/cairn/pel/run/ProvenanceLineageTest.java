package dev.cairn.pel.run;

import static dev.cairn.pel.run.RunFixture.inputs;
import static dev.cairn.pel.run.RunFixture.payload;
import static dev.cairn.pel.run.RunFixture.program;
import static dev.cairn.pel.run.RunFixture.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.Store;
import dev.cairn.pel.index.Receipts;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The graph under a snapshot as an operator sees it. */
class ProvenanceLineageTest {
  private static final String PROGRAM =
      "{'program': 1, 'inputs': ['snapshot', 'start'], 'nodes': {'n': {"
          + "'operator': 'provenance/lineage@1', 'inputs': ['snapshot', 'start'],"
          + "'parameters': {%s}}}, 'outputs': {'o': 'n'}}";

  private static ArtifactKey edge(Store store, String type, ArtifactKey from, ArtifactKey to) {
    Edge edge =
        new Edge(
            new EdgeType(type),
            List.of(new Endpoint(from, "in")),
            List.of(new Endpoint(to, null)),
            null);
    return put(store, TypeTag.EDGE, edge.encode());
  }

  private static Snapshot snapshot(Store store) {
    return store.snapshot(null).snapshot();
  }

  private static RunResult run(
      Store store, Snapshot snapshot, ArtifactKey start, String parameters) {
    ArtifactKey key = put(store, TypeTag.SNAPSHOT, snapshot.encode());
    return RunFixture.executor(store)
        .run(
            program(PROGRAM.formatted(parameters)),
            inputs("snapshot", key, "start", start),
            RunOptions.defaults());
  }

  private static String text(Store store, RunResult result) {
    return payload(store, result.outputs().get("o")).toUtf8();
  }

  @Test
  void theAnswerIsThatOfTheSnapshotWhateverCameLater() {
    try (Store store = RunFixture.open("a")) {
      ArtifactKey source = put(store, "source");
      ArtifactKey made = put(store, "made");
      ArtifactKey edge = edge(store, "build:input", source, made);
      Snapshot before = snapshot(store);
      String expected =
          ("{'edges':[{'depth':0,'from':[{'key':'%s','role':'in'}],'key':'%s','to':[{'key':'%s'}],"
                  + "'type':'build:input'}],'nodes':[{'depth':0,'key':'%s'},{'depth':1,'key':'%s'}]}")
              .replace('\'', '"')
              .formatted(source, edge, made, made, source);
      assertThat(text(store, run(store, before, made, ""))).isEqualTo(expected);

      edge(store, "build:input", put(store, "later"), made);
      RunResult again = run(store, before, made, "'depth': 9");
      assertThat(again.executed()).isEqualTo(1);
      assertThat(text(store, again)).isEqualTo(expected);
      assertThat(text(store, run(store, snapshot(store), made, ""))).isNotEqualTo(expected);
    }
  }

  @Test
  void directionDepthTypesAndLimitAreObeyed() {
    try (Store store = RunFixture.open("a")) {
      List<ArtifactKey> chain = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        chain.add(put(store, "link " + i));
      }
      for (int i = 1; i < 5; i++) {
        edge(store, i % 2 == 0 ? "x:even" : "x:odd", chain.get(i - 1), chain.get(i));
      }
      Snapshot snapshot = snapshot(store);
      ArtifactKey last = chain.get(4);
      assertThat(text(store, run(store, snapshot, last, "'depth': 2")))
          .contains(chain.get(2).toString())
          .doesNotContain(chain.get(1).toString());
      assertThat(text(store, run(store, snapshot, chain.get(0), "'direction': 'down'")))
          .contains(last.toString());
      assertThat(text(store, run(store, snapshot, last, "'types': ['x:odd']")))
          .isEqualTo("{\"edges\":[],\"nodes\":[{\"depth\":0,\"key\":\"" + last + "\"}]}");
      assertThat(run(store, snapshot, last, "'limit': 3").receipt().failures().get("n").code())
          .isEqualTo("too-large");
    }
  }

  @Test
  void aStoreThatLacksAPartOfTheCutRecordsNothing() {
    try (Store one = RunFixture.open("a");
        Store other = RunFixture.open("b")) {
      ArtifactKey start = put(one, "start");
      Snapshot foreign = snapshot(one);
      ArtifactKey here = put(other, "start");
      assertThat(here).isEqualTo(start);
      assertThatThrownBy(() -> run(other, foreign, here, ""))
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("of which 0 are here");
      assertThat(new Receipts(other, other.now()).list(null)).isEmpty();
    }
  }

  @Test
  void aSnapshotOfAnotherLogOrFederationIsNoAnswer() {
    try (Store store = RunFixture.open("a")) {
      ArtifactKey start = put(store, "start");
      Snapshot real = snapshot(store);
      Snapshot.Head head = real.heads().get(0);
      Bytes zeros = Bytes.fromHex("00".repeat(32));
      Snapshot.Head lying = new Snapshot.Head(head.origin(), head.logseq(), head.treeSize(), zeros);
      Snapshot shifted =
          new Snapshot(
              real.federation(),
              List.of(new Snapshot.Head(head.origin(), 9999, head.treeSize(), head.root())),
              real.stateRoot());
      put(store, "more");
      for (Snapshot wrong :
          List.of(
              new Snapshot(real.federation(), List.of(lying), real.stateRoot()),
              new Snapshot("elsewhere", real.heads(), real.stateRoot()),
              shifted)) {
        assertThatThrownBy(() -> run(store, wrong, start, "")).isInstanceOf(RefusedException.class);
      }
    }
  }
}
