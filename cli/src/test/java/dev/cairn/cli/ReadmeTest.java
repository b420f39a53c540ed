package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.cli.demo.SampleRepository;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the README shows is so: its program runs, its commands work, its excerpt is of the tour. */
class ReadmeTest {
  private static final int SECONDS_MAX = 120;
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w*)\\n(.*?)^```$");
  private static final Pattern ECHO = Pattern.compile("echo \"([^\"]*)\" > (\\S+)");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^):#]+)\\)");

  private static final Pattern COMMAND = Pattern.compile("(?m)(?:^|[`/])cairn ([a-z]+)\\b");

  @TempDir Path folder;
  Path root;
  String readme;

  @BeforeEach
  void read() throws IOException {
    root = Path.of("").toAbsolutePath();
    while (!Files.exists(root.resolve(".ci/run"))) {
      root = root.getParent();
    }
    readme = Files.readString(root.resolve("README.md"));
  }

  private List<String> blocks(String language) {
    Matcher blocks = BLOCK.matcher(readme);
    List<String> found = new ArrayList<>();
    while (blocks.find()) {
      if (blocks.group(1).equals(language)) {
        found.add(blocks.group(2));
      }
    }
    assertThat(found).as("blocks of %s", language).isNotEmpty();
    return found;
  }

  @Test
  void theTwoCommandsAreThoseThatEveryChangeHasToPass() throws IOException {
    List<String> run = Files.readAllLines(root.resolve(".ci/run"));
    for (String command : List.of("./cairn demo", "mvn -B -ntp verify")) {
      assertThat(readme).contains("\n    " + command + " ");
      assertThat(run).contains(command);
    }
    assertThat(root.resolve("cairn")).isExecutable();
  }

  @Test
  void theProgramCompilesAndRuns() throws IOException, InterruptedException {
    assertThat(blocks("java")).hasSize(1);
    Path source = Files.writeString(folder.resolve("Embed.java"), blocks("java").get(0));
    Path out = folder.resolve("out");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                source.toString(),
                folder.resolve("store").toString())
            .redirectOutput(out.toFile())
            .redirectError(folder.resolve("err").toFile())
            .start();
    assertThat(process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
    String said = Files.readString(folder.resolve("err"), StandardCharsets.UTF_8);
    assertThat(process.exitValue()).as(said).isZero();
    List<String> lines = Files.readAllLines(out);
    assertThat(lines).hasSize(2).allMatch(line -> line.matches("asl1-sha256:[0-9a-f]{64}"));
    Shell shell = new Shell(folder);
    assertThat(shell.run("get", lines.get(0), "--store", "store").ok().out())
        .isEqualTo("hello, cairn");
    assertThat(shell.json("snapshot", "list", "--store", "store").toString())
        .contains(lines.get(1));
  }

  @Test
  void theCommandsWorkInTheirOrder() {
    Shell shell = new Shell(folder);
    int commands = 0;
    for (String block : blocks("sh")) {
      for (String line : block.lines().toList()) {
        Matcher echo = ECHO.matcher(line);
        if (echo.matches()) {
          shell.write(echo.group(2), echo.group(1) + "\n");
        } else {
          String[] words = line.split(" ");
          assertThat(words[0]).as(line).isEqualTo("cairn");
          List<String> args = List.of(words).subList(1, words.length);
          shell.run(args.toArray(String[]::new)).ok();
          commands++;
        }
      }
    }
    assertThat(commands).isGreaterThan(5);
  }

  /** Numbers and keys differ from run to run; what was claimed does not. */
  @Test
  void theExcerptIsOfTheTour() throws IOException {
    SampleRepository.in(Files.createDirectories(folder.resolve("sample")));
    List<String> told =
        new Shell(folder).run("demo", "--git", "sample", "--maven", "sample").ok().lines();
    List<String> excerpt = blocks("text").get(0).lines().toList();
    int titles = 0;
    for (String line : excerpt) {
      if (line.startsWith("  ok ")) {
        assertThat(told).contains(line);
      } else if (line.matches("[1-9]  .*")) {
        String title = line.replaceFirst(" \\([0-9.]+ s\\)$", "");
        assertThat(told).anyMatch(chapter -> chapter.startsWith(title));
        titles++;
      }
    }
    assertThat(titles).isGreaterThan(2);
    int claims = (int) told.stream().filter(line -> line.startsWith("  ok ")).count();
    assertThat(excerpt.get(excerpt.size() - 1)).startsWith("All " + claims + " claims held, in ");
  }

  @Test
  void everyCommandThatItNamesIsThere() {
    String help = new Shell(folder).run("--help").ok().out();
    List<String> named = COMMAND.matcher(readme).results().map(ReadmeTest::target).toList();
    assertThat(named).contains("serve", "peer", "sync", "demo");
    assertThat(named).allSatisfy(name -> assertThat(help).contains("\n  " + name + " "));
  }

  @Test
  void itsLinksLeadSomewhere() {
    List<String> links = LINK.matcher(readme).results().map(ReadmeTest::target).toList();
    assertThat(links).isNotEmpty().allSatisfy(link -> assertThat(root.resolve(link)).exists());
  }

  private static String target(MatchResult found) {
    return found.group(1);
  }
}
