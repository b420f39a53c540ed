package dev.cairn.cli.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.time.Ticker;
import dev.cairn.asl.time.WallClock;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What peers and bundles say is printed, and does nothing else. */
final class ConsoleTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private Console console(boolean json) {
    Environment environment =
        new Environment(
            InputStream.nullInputStream(),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            Map.of(),
            Path.of("").toAbsolutePath(),
            true,
            true,
            WallClock.system(),
            Ticker.system());
    return new Console(environment, json, false);
  }

  @Test
  void nothingInALineIsObeyedByATerminal() {
    console(false).line("a\tb\nc\u001b]0;title\u0007\u009b2J\r\u007fd é");
    assertThat(out.toString(StandardCharsets.UTF_8))
        .isEqualTo("a\tb\nc\ufffd]0;title\ufffd\ufffd2J\ufffd\ufffdd é\n");
    console(false).warn("w\u001b[2J");
    console(false).note("n\u001b[2J");
    assertThat(err.toString(StandardCharsets.UTF_8)).doesNotContain("\u001b");
  }

  @Test
  void documentsStayAsTheyAre() {
    console(true).line("\"\u007f\u0085\"");
    assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("\"\u007f\u0085\"\n");
  }
}
