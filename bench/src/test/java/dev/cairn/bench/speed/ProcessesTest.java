package dev.cairn.bench.speed;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What the measuring processes run with. */
class ProcessesTest {
  @Test
  void theCollectorIsTheCommandsUnlessAnotherIsNamed() {
    assertThat(Processes.options(List.of())).containsExactly("-XX:+UseSerialGC");
    assertThat(Processes.options(List.of("-Xss1m"))).containsExactly("-XX:+UseSerialGC", "-Xss1m");
    for (String other : List.of("G1", "Parallel", "Z", "Serial")) {
      List<String> own = List.of("-Xss1m", "-XX:+Use" + other + "GC");
      assertThat(Processes.options(own)).isEqualTo(own);
    }
  }
}
