package dev.cairn.pel.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactHasher;
import dev.cairn.asl.model.ArtifactKey;
import java.util.Collections;
import org.junit.jupiter.api.Test;

/** What a memo remembers, and how much. */
class StepMemoTest {
  private static final ArtifactKey OUTPUT =
      ArtifactHasher.identify(Bytes.utf8("output"), null).key();

  private final StepMemo memo = new StepMemo();

  private boolean runs(int step, int artifacts) {
    return memo.output(
            Bytes.u64(step),
            output -> true,
            () ->
                new StepMemo.Made(
                    OUTPUT,
                    Collections.nCopies(artifacts, new StepMemo.Artifact(OUTPUT, 6)),
                    Cost.NONE))
        .ran();
  }

  @Test
  void itForgetsWhatWasAskedForLongestAgoByWhatStepsMade() {
    int most = StepMemo.ARTIFACTS_MAX / StepMemo.STEP_ARTIFACTS_MAX;
    for (int step = 0; step < most; step++) {
      assertThat(runs(step, StepMemo.STEP_ARTIFACTS_MAX)).isTrue();
    }
    for (int step = 0; step < most; step++) {
      assertThat(runs(step, StepMemo.STEP_ARTIFACTS_MAX)).as("step %s", step).isFalse();
    }
    assertThat(runs(most, 1)).isTrue();
    assertThat(runs(1, StepMemo.STEP_ARTIFACTS_MAX)).isFalse();
    assertThat(runs(0, StepMemo.STEP_ARTIFACTS_MAX)).as("the eldest made room").isTrue();
  }

  @Test
  void aStepThatMadeTooMuchRunsAgain() {
    for (int i = 0; i < 3; i++) {
      assertThat(runs(0, StepMemo.STEP_ARTIFACTS_MAX + 1)).isTrue();
    }
    for (int step = 1; step <= StepMemo.ARTIFACTS_MAX; step++) {
      assertThat(runs(step, 1)).isTrue();
    }
    assertThat(runs(1, 1)).as("what was not remembered takes no room").isFalse();
  }
}
