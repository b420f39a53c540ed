package dev.cairn.testkit.distributed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.pel.model.RunStatus;
import dev.cairn.testkit.distributed.SharedRunSimulation.Planted;
import dev.cairn.testkit.distributed.SharedRunSimulation.Result;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Another number of seeds with {@code -Dcairn.shared.seeds=N}. */
class SharedRunSimulationTest {
  @Test
  void whateverGoesWrongTheReceiptIsThatOfARunAlone() {
    int seeds = Integer.getInteger("cairn.shared.seeds", 200);
    List<Result> results = new ArrayList<>();
    for (int seed = 0; seed < seeds; seed++) {
      results.add(SharedRunSimulation.run(seed, Planted.NONE));
    }
    assertThat(results).as("some fail for good").anyMatch(r -> r.status() != RunStatus.SUCCEEDED);
    assertThat(results).as("some are shared").anyMatch(r -> r.nodes() > 2 && r.left() > 2);
    assertThat(results).as("some lose nodes").anyMatch(r -> r.left() < r.nodes());
    assertThat(results.stream().mapToInt(Result::crashes).sum()).isGreaterThan(seeds);
    assertThat(results).as("some do work twice").anyMatch(r -> r.stepsRun() > r.programNodes() + 1);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void aPlantedDefectIsFound(Planted planted) {
    assertThatThrownBy(
            () -> {
              for (int seed = 0; seed < 50; seed++) {
                SharedRunSimulation.run(seed, planted);
              }
            })
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("seed ");
  }

  @Test
  void aSeedGivesTheSameAgain() {
    for (int seed = 1000; seed < 1010; seed++) {
      assertThat(SharedRunSimulation.run(seed, Planted.NONE))
          .isEqualTo(SharedRunSimulation.run(seed, Planted.NONE));
    }
  }
}
