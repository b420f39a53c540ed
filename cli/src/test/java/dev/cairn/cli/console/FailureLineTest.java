package dev.cairn.cli.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.error.UnavailableException;
import java.net.ConnectException;
import org.junit.jupiter.api.Test;

/** What to do is said of what is really wrong. */
final class FailureLineTest {
  @Test
  void aJavaThatIsNotWholeIsToldAsThat() {
    assertThat(FailureLine.of(new NoClassDefFoundError("java/util/logging/Logger")))
        .hasToString(
            "cairn: this Java lacks java.util.logging.Logger: set JAVA_HOME to a whole one, 17 or"
                + " newer")
        .extracting(FailureLine::code)
        .isEqualTo(ExitCode.UNFINISHED);
    assertThat(FailureLine.of(new NoClassDefFoundError("dev/cairn/Gone")).toString())
        .contains("internal error", "please report it");
  }

  @Test
  void whoDoesNotListenIsToBeStarted() {
    assertThat(FailureLine.of(new UnavailableException("x:1", new ConnectException())).advice())
        .contains("cairn serve");
    assertThat(FailureLine.of(new UnavailableException("x:1")).advice()).contains("try again");
  }
}
