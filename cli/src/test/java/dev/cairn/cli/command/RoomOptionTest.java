package dev.cairn.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.cli.command.RoomOption.Bound;
import dev.cairn.cli.console.CommandFailure;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What is said of a copy that took more than its room. */
class RoomOptionTest {
  private static final Path FOLDER = Path.of("there");

  @Test
  void aFileSystemThatTellsNothingBoundsNothing() {
    assertThat(Bound.halfOf(0).bytesMax()).isEqualTo(Long.MAX_VALUE);
    assertThat(Bound.halfOf(1).bytesMax()).isEqualTo(1);
    assertThat(Bound.halfOf(4096).bytesMax()).isEqualTo(2048);
  }

  @Test
  void aDiskThatIsNearlyFullIsNamedAndNoPeerBlamed() {
    Exception cause = new IllegalStateException("what it sends takes more room");
    CommandFailure temporary = Bound.halfOf(4096).passed(FOLDER, true, cause);
    assertThat(temporary)
        .hasMessageContaining("only 4.0 KiB were free there")
        .hasMessageNotContaining("what it sends");
    assertThat(temporary.advice()).contains("make room there", "-Djava.io.tmpdir=DIR");
    CommandFailure kept = Bound.halfOf(4096).passed(FOLDER, false, cause);
    assertThat(kept.advice()).contains("make room there").doesNotContain("tmpdir");
    CommandFailure asked = new Bound(2048, null).passed(FOLDER, true, cause);
    assertThat(asked).hasMessageContaining("what it sends takes more room");
    assertThat(asked.advice()).contains("if the peer may hold so much");
  }
}
