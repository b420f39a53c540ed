package dev.cairn.tgk.finding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.error.MalformedException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SeenTest {
  @Test
  void sightingsJoinedInAnyOrderAndAnyNumberOfTimesComeToTheSame() {
    Random random = new Random(3);
    for (int round = 0; round < 500; round++) {
      List<Seen> runs = new ArrayList<>();
      for (int i = random.nextInt(6); i >= 0; i--) {
        runs.add(Seen.once(random.nextInt(4), "v" + random.nextInt(2), "d" + random.nextInt(2)));
      }
      Seen inOrder = runs.stream().reduce(Seen::join).orElseThrow();
      runs.addAll(new ArrayList<>(runs).subList(0, random.nextInt(runs.size() + 1)));
      Collections.shuffle(runs, random);
      assertThat(runs.stream().reduce(Seen::join).orElseThrow()).isEqualTo(inOrder);
      assertThat(inOrder.join(inOrder)).isEqualTo(inOrder);
    }
  }

  @Test
  void theLatestRunSaysWhatWasSeen() {
    Seen early = Seen.once(5, "2", "zebra");
    Seen late = Seen.once(9, "1", "ant");
    assertThat(early.join(late)).isEqualTo(new Seen(5, 9, "1", "ant"));
    assertThat(late.join(early)).isEqualTo(new Seen(5, 9, "1", "ant"));
  }

  @Test
  void aSightingThatEndsBeforeItBeginsIsRefused() {
    assertThatThrownBy(() -> new Seen(5, 4, "v", "")).isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> Seen.once(-1, "v", "")).isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> new Acknowledgement(-1, true, "r"))
        .isInstanceOf(MalformedException.class);
  }
}
