package dev.cairn.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.time.Ticker;
import dev.cairn.asl.time.WallClock;
import dev.cairn.cli.console.Environment;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ManualTest {
  private static final Environment ENVIRONMENT =
      new Environment(
          InputStream.nullInputStream(),
          new PrintStream(new ByteArrayOutputStream(), false, StandardCharsets.UTF_8),
          new PrintStream(new ByteArrayOutputStream(), false, StandardCharsets.UTF_8),
          Map.of(),
          Path.of("").toAbsolutePath(),
          false,
          false,
          WallClock.system(),
          Ticker.system());

  @TempDir Path folder;

  private static void addNames(CommandLine line, List<String> names) {
    names.add(line.getCommandSpec().qualifiedName("-") + ".1");
    line.getSubcommands().values().forEach(inner -> addNames(inner, names));
  }

  @Test
  void everyCommandHasItsPage() {
    List<String> names = new ArrayList<>();
    addNames(CommandTree.wholeTree(new CairnCommand(ENVIRONMENT)), names);
    assertThat(names).contains("cairn.1", "cairn-put.1", "cairn-snapshot-pin.1");
    assertThat(Manual.pages(ENVIRONMENT)).containsOnlyKeys(names.toArray(String[]::new));
  }

  @Test
  void everyPageHasAnExampleAndNoLineThatTheFormatterWouldTakeForARequest() {
    SortedMap<String, String> pages = Manual.pages(ENVIRONMENT);
    pages.forEach(
        (name, page) -> {
          assertThat(page).as(name).contains(".SH NAME\n", ".SH SYNOPSIS\n", ".SH OPTIONS\n");
          if (!page.contains(".SH COMMANDS\n")) {
            assertThat(page).as(name).contains(".SH EXAMPLES\n");
          }
          assertThat(page.lines().filter(line -> line.startsWith(".")))
              .as(name)
              .allMatch(line -> line.matches("\\.(TH \"[^\"]+\" 1|ad l|SH [A-Z]+|TP|nf|fi)"));
        });
  }

  @Test
  void packingTwiceGivesTheSameBytes() throws IOException {
    Manual.writeInto(folder.resolve("a"), ENVIRONMENT);
    Manual.writeInto(folder.resolve("b"), ENVIRONMENT);
    for (String file :
        List.of(
            "man/man1/cairn.1",
            "bash-completion/completions/cairn",
            "fish/vendor_completions.d/cairn.fish")) {
      assertThat(folder.resolve("a").resolve(file))
          .hasSameBinaryContentAs(folder.resolve("b/" + file));
      assertThat(Files.size(folder.resolve("a").resolve(file))).isPositive();
    }
  }
}
