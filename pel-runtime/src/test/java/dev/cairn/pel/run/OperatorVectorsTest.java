package dev.cairn.pel.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.store.Store;
import dev.cairn.pel.json.Json;
import dev.cairn.pel.operator.OperatorRegistry;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Golden results: what an operator of one version gives may never change. */
class OperatorVectorsTest {
  @Test
  void everyVectorOfThePageComesOutAsItSays() {
    try (Store store = RunFixture.open("a")) {
      for (Json.Dict vector : OperatorVectors.all()) {
        RunResult result = OperatorVectors.run(store, vector, RunOptions.defaults());
        assertThat(OperatorVectors.outcome(store, result))
            .as("%s", vector)
            .isEqualTo(vector.members().get("output"));
      }
    }
  }

  @Test
  void everyOperatorHasAVectorAndEveryOneThatCanRefuseOneForThat() {
    TreeSet<String> told = new TreeSet<>();
    TreeSet<String> refusing = new TreeSet<>();
    for (Json.Dict vector : OperatorVectors.all()) {
      boolean refuses =
          ((Json.Dict) vector.members().get("output")).members().containsKey("failure");
      (refuses ? refusing : told).add(OperatorVectors.operator(vector));
    }
    TreeSet<String> there = new TreeSet<>();
    OperatorRegistry.builtIn().operators().keySet().forEach(id -> there.add(id.toString()));
    told.add("provenance/lineage@1"); // ProvenanceLineageTest has its results,
    told.add("provenance/query@1"); // and ProvenanceQueryTest of this one.
    assertThat(told).isEqualTo(there);
    TreeSet<String> total = new TreeSet<>(there);
    total.removeAll(refusing);
    total.removeIf(id -> id.startsWith("digest/"));
    assertThat(total)
        .containsExactlyInAnyOrder(
            "bytes/split@1", "lines/range@1", "zstd/compress@1", "list/of@1");
  }
}
