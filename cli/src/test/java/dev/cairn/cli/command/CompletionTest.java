package dev.cairn.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.time.Ticker;
import dev.cairn.asl.time.WallClock;
import dev.cairn.cli.console.Environment;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the scripts offer; those for bash by bash itself. */
class CompletionTest {
  private static final Environment ENVIRONMENT =
      new Environment(
          InputStream.nullInputStream(),
          System.out,
          System.err,
          Map.of(),
          Path.of("").toAbsolutePath(),
          false,
          false,
          WallClock.system(),
          Ticker.system());

  /**
   * Asks the script as bash does, which says of a word with an @ in it only what begins there;
   * compopt works only while a user waits.
   */
  private static final String ASKING =
      """
      source ./script
      compopt() { :; }
      COMP_WORDS=("$@")
      COMP_CWORD=$(($# - 1))
      COMP_LINE="cairn $*"
      COMP_POINT=${#COMP_LINE}
      word=${@: -1}
      [[ $word != *@* ]] || word=@${word##*@}
      _complete_cairn_words cairn "$word" "${@: -2:1}"
      for offered in "${COMPREPLY[@]}"; do
        echo "$offered"
      done
      """;

  @TempDir Path folder;

  @BeforeEach
  void files() throws IOException {
    Files.writeString(folder.resolve("script"), CompletionCommand.forBash(ENVIRONMENT));
    Files.writeString(folder.resolve("a file"), "");
    Files.createDirectory(folder.resolve("also"));
  }

  @ParameterizedTest
  @CsvSource({
    "cairn audit --fail-on un, undecided",
    "cairn audit --fail-on e, error",
    "cairn audit --report s, sarif",
    "cairn audit findings list --severity m, misbehaviour",
    "cairn completion f, fish",
    "cairn snapshot p, pin publish",
    "cairn stat @a, @a\\ file @also/",
    "cairn stat x@a, ''",
    "cairn stat a@b@a, ''",
    "cairn run p.yaml --in name=@a, @a\\ file @also/",
    "cairn --store also stat --typ, --type",
    "cairn put a, ''",
  })
  void bashOffersWhatFits(String line, String offered) throws Exception {
    assertThat(String.join(" ", bash(line))).isEqualTo(offered);
  }

  /** Where nothing is offered, bash itself completes paths, unless it is told not to. */
  @Test
  void pathsAreLeftToTheShell() throws IOException {
    assertThat(Files.readString(folder.resolve("script")))
        .doesNotContain("+o default")
        .endsWith("\ncomplete -F _complete_cairn_words -o default cairn");
  }

  /** zsh takes what follows a second colon for a modifier, unless it begins with a $. */
  @Test
  void zshCanReadTheLine() throws IOException {
    assertThat(Files.readString(folder.resolve("script")))
        .contains("${COMP_LINE:0:$COMP_POINT}")
        .doesNotContain(":COMP_POINT}");
  }

  @Test
  void fishIsToldWhatAnOptionMayBeSetTo() {
    assertThat(CompletionCommand.forFish(ENVIRONMENT))
        .contains(" -l fail-on -x -a 'note warning undecided error misbehaviour lag' -d ")
        .contains(" -l report -x -a 'json sarif junit html' -d ");
  }

  /** What bash would offer for the last word of a line, in the order that it has it. */
  private List<String> bash(String line) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.addAll(List.of("bash", "--norc", "-c", ASKING, "bash"));
    command.addAll(List.of(line.split(" ", -1)));
    Process bash =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    bash.getOutputStream().close();
    String offered = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(bash.waitFor()).as(offered).isZero();
    return offered.lines().sorted().toList();
  }
}
