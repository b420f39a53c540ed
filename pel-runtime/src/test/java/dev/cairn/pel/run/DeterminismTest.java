package dev.cairn.pel.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Receipts have the same bytes whatever the machine is set to. */
class DeterminismTest {
  private static final int SECONDS_MAX = 120;

  @Test
  void theTurkishLocaleAndAnyNumberOfThreadsGiveTheSameReceipts() {
    List<String> expected = ReceiptPrinter.receipts(1);
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(new Locale.Builder().setLanguage("tr").setRegion("TR").build());
      assertThat(ReceiptPrinter.receipts(4)).isEqualTo(expected);
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void anotherProcessWithAnotherCharsetLocaleAndTimeZoneGivesTheSameReceipts()
      throws IOException, InterruptedException {
    assertThat(
            inAnotherProcess(
                "-Dfile.encoding=ISO-8859-1",
                "-Duser.language=tr",
                "-Duser.country=TR",
                "-Duser.timezone=Asia/Kathmandu",
                "-Djdk.map.althashing.threshold=1",
                "-Xshare:off"))
        .isEqualTo(ReceiptPrinter.receipts(1));
  }

  private static List<String> inAnotherProcess(String... options)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
    command.addAll(List.of(options));
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), ReceiptPrinter.class.getName(), "3"));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    try {
      String printed =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      assertThat(process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isZero();
      return printed.lines().toList();
    } finally {
      process.destroyForcibly();
    }
  }
}
