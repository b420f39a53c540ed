package dev.cairn.cli.console;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How many columns the terminal has that watches a command. */
final class TerminalWidth {
  /** What a terminal has that does not say. */
  static final int USUAL = 80;

  private static final int LEAST = 20;
  private static final int WAIT_MILLIS = 1_000;
  private static final int ANSWER_BYTES_MAX = 64;
  private static final File TERMINAL = new File("/dev/tty");
  private static final Pattern SIZE = Pattern.compile("\\d{1,5} (\\d{1,5})\\s*");
  private static final Pattern COLUMNS = Pattern.compile("\\d{1,5}");

  private TerminalWidth() {}

  /**
   * What {@code COLUMNS} says, else what {@code stty} says of the terminal, which costs a process;
   * {@link #USUAL} if neither knows. Between {@value #LEAST} and {@link #USUAL}: nothing here needs
   * more.
   */
  static int of(Map<String, String> variables) {
    String told = variables.getOrDefault("COLUMNS", "");
    return within(COLUMNS.matcher(told).matches() ? Integer.parseInt(told) : asked());
  }

  private static int within(int columns) {
    // A terminal that does not know its size says 0.
    return columns == 0 ? USUAL : Math.max(LEAST, Math.min(USUAL, columns));
  }

  private static int asked() {
    if (!TERMINAL.exists()) {
      return USUAL;
    }
    Process process;
    try {
      process =
          new ProcessBuilder("stty", "size")
              .redirectInput(TERMINAL)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
    } catch (IOException e) {
      // There is no such program, or no terminal.
      return USUAL;
    }
    try (InputStream out = process.getInputStream()) {
      if (!process.waitFor(WAIT_MILLIS, TimeUnit.MILLISECONDS)) {
        return USUAL;
      }
      Matcher size =
          SIZE.matcher(new String(out.readNBytes(ANSWER_BYTES_MAX), StandardCharsets.US_ASCII));
      return size.matches() ? Integer.parseInt(size.group(1)) : USUAL;
    } catch (IOException e) {
      return USUAL;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return USUAL;
    } finally {
      process.destroy();
    }
  }
}
