package dev.cairn.cli.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a line of progress tells, at every width. */
final class BarLineTest {
  private static BarLine line(String task, long total, long done, long millis) {
    return new BarLine(task, total, done, Duration.ofMillis(millis), "", 1);
  }

  @Test
  void aWideLineHasABarAndCounts() {
    assertThat(line("records", 1_000, 400, 4_000).text(60))
        .isEqualTo("records  40% [======>          ] 400/1000 100/s 0:00:06 left");
  }

  @ParameterizedTest
  @ValueSource(ints = {24, 30, 40, 50, 60, 70, 80})
  void rateAndTimeLeftStandInEveryLine(int width) {
    String text = line("records of the store here", 6_000_000, 2_000_000, 30_000).text(width);
    assertThat(text).hasSizeLessThanOrEqualTo(width).endsWith("66,667/s 0:01:00 left");
  }

  @Test
  void whatStandsBeforeThemIsShortenedFirst() {
    BarLine line = line("records received", 6_000_000, 2_000_000, 30_000);
    assertThat(line.text(63))
        .isEqualTo("records received  33% 2000000/6000000 66,667/s 0:01:00 left");
    assertThat(line.text(50)).isEqualTo("records received  33% 66,667/s 0:01:00 left");
    assertThat(line.text(40)).isEqualTo("records recei  33% 66,667/s 0:01:00 left");
    assertThat(line.text(27)).isEqualTo(" 33% 66,667/s 0:01:00 left");
    assertThat(line.text(22)).isEqualTo("66,667/s 0:01:00 left");
    assertThat(line.text(20)).isEqualTo("66,667/s 0:01:00");
  }

  @ParameterizedTest
  @ValueSource(ints = {20, 30, 40, 80})
  void withoutAnEndTheRateStands(int width) {
    String text = line("rows read by a query", -1, 2_000_000, 30_000).text(width);
    assertThat(text).hasSizeLessThanOrEqualTo(width).endsWith("66,667/s").doesNotContain("left");
  }

  @Test
  void anEndThatWasToldTooLowIsNoEnd() {
    assertThat(line("rows read", 1_000, 1_010, 1_000).text(80)).contains(" 100% ", "1010/1010");
    assertThat(line("rows read", 1_000, 1_011, 1_000).text(80))
        .isEqualTo("rows read 1011 in 0:00:01 1,011/s");
    assertThat(line("rows read", 0, 1, 1_000).text(80)).isEqualTo("rows read 1 in 0:00:01 1.0/s");
  }

  @Test
  void whatIsNearlyDoneIsNotDone() {
    assertThat(line("rows", 1_000_000, 999_999, 1_000).text(80)).contains(" 99% ");
    assertThat(line("rows", 0, 0, 1_000).text(80)).contains("100%").contains("0:00:00 left");
  }

  @Test
  void ofNothingDoneNothingIsKnown() {
    assertThat(line("rows", 10, 0, 1_000).text(80)).endsWith("0.0/s ? left");
    assertThat(line("rows", Long.MAX_VALUE, 1, 1_000).text(80)).endsWith("1.0/s ? left");
  }

  @Test
  void bytesAreCountedInTheirUnit() {
    assertThat(
            new BarLine("taking", 8 << 20, 2 << 20, Duration.ofSeconds(1), " MiB", 1 << 20)
                .text(80))
        .contains(" 25% ")
        .contains("] 2/8 MiB 2.0 MiB/s 0:00:03 left");
  }
}
