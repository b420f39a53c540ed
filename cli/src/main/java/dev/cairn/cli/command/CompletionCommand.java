package dev.cairn.cli.command;

import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.Environment;
import dev.cairn.cli.console.ExitCode;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Parameters;

/** {@code cairn completion}: a script that lets a shell complete commands and options. */
@Command(
    name = "completion",
    description = "Prints a completion script for a shell.",
    footer = {
      "",
      "Example: source <(cairn completion bash)",
      "         cairn completion fish > ~/.config/fish/completions/cairn.fish"
    })
final class CompletionCommand implements Callable<Integer> {
  /** With this, picocli's script takes from the shell what it completes by itself: paths. */
  private static final String PATHS_OFF = "  type compopt &>/dev/null && compopt +o default\n";

  /**
   * Completes the file behind an @, which may stand wherever a key may. bash says of a word with
   * an @ in it only what begins there, so the line tells what stands before. In zsh a name within
   * braces needs its $ where a number is due, and what is called compgen is not bash's.
   */
  private static final String FILES =
      """

      # After an @ stands the path of a file.
      function _complete_cairn_words() {
        local before=${COMP_LINE:0:$COMP_POINT} lead="" word=$2
        before=${before%"$word"}
        if [[ -n ${ZSH_VERSION:-} && $word == *"=@"* ]]; then
          # bash tells the word from the = on, zsh all of it.
          lead=${word%%"=@"*}=
          word=${word#"$lead"}
          before+=$lead
        fi
        if [[ $word != "@"* || $before != *[[:space:]=\\'\\"] ]]; then
          _complete_cairn "$@"
          return
        fi
        COMPREPLY=()
        local file
        while IFS= read -r file; do
          if [[ -d $file ]]; then
            file+=/
            [[ -z ${BASH_VERSION:-} ]] || compopt -o nospace
          fi
          COMPREPLY+=("$lead@$(printf %q "$file")")
        done < <(_complete_cairn_files "${word#@}")
      }
      function _complete_cairn_files() {
        if [[ -n ${ZSH_VERSION:-} ]]; then
          # What is compgen there looks at these, and not at what it is asked.
          local IPREFIX="" PREFIX=$1 SUFFIX="" ISUFFIX=""
        fi
        compgen -f -- "$1"
      }
      complete -F _complete_cairn_words -o default cairn
      """;

  private final CairnCommand cairn;

  @Parameters(
      paramLabel = "SHELL",
      completionCandidates = Shells.class,
      description = "bash, zsh or fish.")
  private String shell;

  CompletionCommand(CairnCommand cairn) {
    this.cairn = cairn;
  }

  @Override
  public Integer call() {
    Console console = cairn.console();
    switch (shell) {
      // The script for bash turns on bash's ways when zsh reads it; tried by hand in zsh 5.9.
      case "bash", "zsh" -> console.line(forBash(cairn.environment()));
      case "fish" -> console.line(forFish(cairn.environment()));
      default ->
          throw CommandFailure.usage("no script for '" + shell + "'", "name bash, zsh or fish");
    }
    return ExitCode.DONE.status();
  }

  static String forBash(Environment environment) {
    CommandLine tree = CommandTree.wholeTree(new CairnCommand(environment));
    offerWordsAsTheyAreTold(tree);
    return AutoComplete.bash("cairn", tree).replace(PATHS_OFF, "") + FILES.stripTrailing();
  }

  /** What an option may be set to is told in small letters everywhere: in scripts, too. */
  private static void offerWordsAsTheyAreTold(CommandLine line) {
    CommandSpec spec = line.getCommandSpec();
    for (OptionSpec option : List.copyOf(spec.options())) {
      List<String> words = UsageFailure.words(option.auxiliaryTypes()[0]);
      if (!words.isEmpty()) {
        spec.remove(option);
        spec.addOption(option.toBuilder().completionCandidates(words).build());
      }
    }
    line.getSubcommands().values().forEach(CompletionCommand::offerWordsAsTheyAreTold);
  }

  static String forFish(Environment environment) {
    CommandLine tree = CommandTree.wholeTree(new CairnCommand(environment));
    offerWordsAsTheyAreTold(tree);
    return fish(tree).stripTrailing();
  }

  private static String fish(CommandLine tree) {
    StringBuilder out = new StringBuilder();
    addOptions(tree, "", out);
    for (Map.Entry<String, CommandLine> entry : commands(tree).entrySet()) {
      String name = entry.getKey();
      CommandLine command = entry.getValue();
      offer("__fish_use_subcommand", name, command, out);
      addOptions(command, "__fish_seen_subcommand_from " + name, out);
      for (Map.Entry<String, CommandLine> inner : commands(command).entrySet()) {
        offer("__fish_seen_subcommand_from " + name, inner.getKey(), inner.getValue(), out);
        addOptions(
            inner.getValue(),
            "__fish_seen_subcommand_from "
                + name
                + "; and __fish_seen_subcommand_from "
                + inner.getKey(),
            out);
      }
    }
    return out.toString();
  }

  private static Map<String, CommandLine> commands(CommandLine line) {
    return new TreeMap<>(line.getSubcommands());
  }

  private static void offer(String when, String name, CommandLine command, StringBuilder out) {
    out.append("complete -c cairn -f -n '").append(when).append("' -a ").append(name);
    describe(String.join(" ", command.getCommandSpec().usageMessage().description()), out);
  }

  private static void addOptions(CommandLine command, String when, StringBuilder out) {
    for (OptionSpec option : command.getCommandSpec().options()) {
      if (option.inherited()) {
        continue;
      }
      out.append("complete -c cairn");
      if (!when.isEmpty()) {
        out.append(" -n '").append(when).append('\'');
      }
      for (String name : option.names()) {
        out.append(name.startsWith("--") ? " -l " : " -s ").append(name.replaceFirst("^--?", ""));
      }
      if (option.completionCandidates() != null) {
        out.append(" -x -a '").append(String.join(" ", option.completionCandidates())).append('\'');
      } else if (option.arity().max() > 0) {
        out.append(" -r");
      }
      describe(String.join(" ", option.description()), out);
    }
  }

  /** The shells that there is a script for. */
  static final class Shells implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return List.of("bash", "zsh", "fish").iterator();
    }
  }

  private static void describe(String text, StringBuilder out) {
    out.append(" -d '").append(text.replace("\\", "\\\\").replace("'", "\\'")).append("'\n");
  }
}
