package dev.cairn.cli.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.time.WallClock;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What a person at a terminal sees of long work, and nobody else. */
final class ProgressTest {
  private final ByteArrayOutputStream told = new ByteArrayOutputStream();
  private final AtomicLong nanos = new AtomicLong();
  private long pace = 1_000_000_000;
  private Map<String, String> variables = Map.of();

  private Console console(boolean terminal, boolean quiet) {
    return console(terminal, false, quiet);
  }

  private Console console(boolean terminal, boolean outTerminal, boolean quiet) {
    Environment environment =
        new Environment(
            InputStream.nullInputStream(),
            new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
            new PrintStream(told, true, StandardCharsets.UTF_8),
            variables,
            Path.of("").toAbsolutePath(),
            terminal,
            outTerminal,
            WallClock.system(),
            () -> nanos.getAndAdd(pace));
    return new Console(environment, false, quiet);
  }

  private String text() {
    return told.toString(StandardCharsets.UTF_8);
  }

  @Test
  void bytesAreShownWithTheirTotalAndRate() throws IOException {
    byte[] bytes = new byte[3 << 20];
    try (Progress progress = console(true, false).byteProgress("taking", bytes.length);
        InputStream in = new ProgressStream(new ByteArrayInputStream(bytes), progress)) {
      assertThat(in.read()).isZero();
      assertThat(in.skip(1)).isOne();
      assertThat(in.readAllBytes()).hasSize(bytes.length - 2);
    }
    assertThat(text()).contains("taking").contains("100%").contains("3/3 MiB").contains("MiB/s");
  }

  /** A line that is longer than the terminal's is broken into two, of which one stays. */
  @Test
  void aBarIsNoWiderThanTheTerminalAndLeavesItsLineEmpty() {
    for (int columns : new int[] {20, 40, 60, 80, 200}) {
      told.reset();
      variables = Map.of("COLUMNS", Integer.toString(columns));
      try (Progress progress = console(true, false).progress("things checked", 1_000_000)) {
        progress.step(400_000);
        progress.step(600_000);
      }
      assertThat(text()).contains("/s 0:00:00").doesNotContain("\n").endsWith("\r");
      if (columns >= 60) {
        assertThat(text()).contains("things checked").contains("1000000/1000000");
      }
      assertThat(text().lines())
          .allMatch(line -> line.length() <= Math.min(columns, TerminalWidth.USUAL));
      assertThat(text().stripTrailing()).isNotEqualTo(text());
    }
    for (String nonsense : new String[] {"", "0", "-3", "wide", "9999999999"}) {
      assertThat(TerminalWidth.of(Map.of("COLUMNS", nonsense))).isBetween(20, TerminalWidth.USUAL);
    }
  }

  @Test
  void nobodyElseSeesAnything() throws IOException {
    for (Console console : new Console[] {console(false, false), console(true, true)}) {
      try (Progress progress = console.byteProgress("taking", 3)) {
        assertThat(
                new ProgressStream(new ByteArrayInputStream(new byte[3]), progress).readAllBytes())
            .hasSize(3);
      }
      assertThat(console.<String>watching("records", 7, () -> 7, () -> "done")).isEqualTo("done");
    }
    assertThat(text()).isEmpty();
  }

  @Test
  void whatCountsItselfIsLookedAtUntilTheWorkIsDone() {
    AtomicLong count = new AtomicLong();
    CountDownLatch looked = new CountDownLatch(3);
    String result =
        console(true, false)
            .watching(
                "records",
                1000,
                () -> {
                  looked.countDown();
                  return count.addAndGet(100);
                },
                () -> {
                  try {
                    assertThat(looked.await(60, TimeUnit.SECONDS)).isTrue();
                  } catch (InterruptedException e) {
                    throw new AssertionError(e);
                  }
                  return "done";
                });
    assertThat(result).isEqualTo("done");
    assertThat(text()).contains("records").contains("/1000").contains(count.get() + "/1000");
    assertThat(Thread.getAllStackTraces().keySet())
        .as("nobody looks any more")
        .noneMatch(thread -> thread.getName().equals("cairn-progress"));
  }

  @Test
  void bytesThatCountThemselvesNeverGoBack() {
    AtomicLong looks = new AtomicLong();
    CountDownLatch looked = new CountDownLatch(3);
    console(true, false)
        .<String>watching(
            () -> {
              looked.countDown();
              long bytes = looks.incrementAndGet() == 2 ? 0 : 2 << 20;
              return Stage.ofBytes("backup", 4 << 20, bytes);
            },
            () -> {
              try {
                assertThat(looked.await(60, TimeUnit.SECONDS)).isTrue();
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
              return "done";
            });
    assertThat(text()).contains("backup").contains("2/4 MiB").doesNotContain("-2");
  }

  @Test
  void workThatFailsFailsAsItWouldUnwatched() {
    assertThatThrownBy(
            () ->
                console(true, false)
                    .watching(
                        "records",
                        -1,
                        () -> 0,
                        () -> {
                          throw new IllegalStateException("no");
                        }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("no");
  }

  @Test
  void workThatSucceedsSucceedsThoughNobodyCouldCountIt() {
    AtomicLong looks = new AtomicLong();
    CountDownLatch looked = new CountDownLatch(1);
    String result =
        console(true, false)
            .watching(
                "records",
                9,
                () -> {
                  looks.incrementAndGet();
                  looked.countDown();
                  throw new IllegalStateException("closed");
                },
                () -> {
                  try {
                    assertThat(looked.await(60, TimeUnit.SECONDS)).isTrue();
                  } catch (InterruptedException e) {
                    throw new AssertionError(e);
                  }
                  return "done";
                });
    assertThat(result).isEqualTo("done");
    assertThat(looks).as("and is not asked again").hasValue(1);
  }

  @Test
  void workThatIsOverAtOnceIsNotShown() {
    pace = 1_000;
    try (Progress progress = console(true, false).progress("taking", 200)) {
      for (int i = 0; i < 200; i++) {
        progress.step(1);
      }
    }
    assertThat(text()).isEmpty();
  }

  @Test
  void anEndThatIsLearntLateGivesTheTimeLeft() {
    try (Progress progress = console(true, false).progress("taking", -1)) {
      progress.step(1);
      progress.expect(4);
      progress.step(3);
    }
    assertThat(text()).contains("4/4").contains("100%");
  }

  @Test
  void whatIsWatchedMayLearnItsEndLate() {
    AtomicLong end = new AtomicLong(-1);
    String result =
        console(true, false)
            .watching(
                () -> Stage.of("records", end.get(), 6),
                () -> {
                  end.set(8);
                  return "done";
                });
    assertThat(result).isEqualTo("done");
    assertThat(text()).contains("6/8");
  }

  @Test
  void whatPrintsItsResultsToATerminalIsNotDrawnOver() {
    Console both = console(true, true, false);
    try (Progress progress = both.printing().progress("taking", 2)) {
      progress.step(2);
    }
    assertThat(text()).isEmpty();
    try (Progress progress = both.progress("taking", 2)) {
      progress.step(2);
    }
    assertThat(text()).contains("2/2");
    told.reset();
    try (Progress progress = console(true, false).printing().progress("taking", 2)) {
      progress.step(2);
    }
    assertThat(text()).contains("2/2");
  }

  @Test
  void eachStageHasABarOfItsOwn() {
    AtomicLong looks = new AtomicLong();
    CountDownLatch looked = new CountDownLatch(4);
    console(true, false)
        .<String>watching(
            () -> {
              looked.countDown();
              return looks.incrementAndGet() < 3
                  ? Stage.of("records", 10, 10)
                  : Stage.ofBytes("payloads", 4 << 20, 1 << 20);
            },
            () -> {
              try {
                assertThat(looked.await(60, TimeUnit.SECONDS)).isTrue();
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
              return "done";
            });
    assertThat(text()).containsSubsequence("records 100%", "10/10", "payloads  25%", "1/4 MiB");
  }
}
