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
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** {@code docs/cli.md} names every command and option, and no other. */
class CommandPageTest {
  private static final Pattern HEADING = Pattern.compile("### `(cairn [a-z ]+)`.*");
  private static final Pattern OPTION = Pattern.compile("`(-[-a-zA-Z]+)`");
  private static final String COMMON = "cairn";

  private static String page() throws IOException {
    Path root = Path.of("").toAbsolutePath();
    while (root != null && !Files.exists(root.resolve("docs/cli.md"))) {
      root = root.getParent();
    }
    assertThat(root).as("a folder above with docs/cli.md").isNotNull();
    return Files.readString(root.resolve("docs/cli.md"));
  }

  /** The options in the tables of the page, by command; those before the first one are common. */
  private static Map<String, Set<String>> written() throws IOException {
    Map<String, Set<String>> commands = new TreeMap<>();
    Set<String> options = new TreeSet<>();
    commands.put(COMMON, options);
    for (String line : page().lines().toList()) {
      Matcher heading = HEADING.matcher(line);
      if (heading.matches()) {
        options = new TreeSet<>();
        assertThat(commands.put(heading.group(1), options)).as(line).isNull();
      } else if (line.startsWith("| `-")) {
        Matcher option = OPTION.matcher(line.substring(0, line.indexOf('|', 1)));
        while (option.find()) {
          options.add(option.group(1));
        }
      }
    }
    return commands;
  }

  private static Map<String, Set<String>> real() {
    PrintStream nowhere =
        new PrintStream(new ByteArrayOutputStream(), false, StandardCharsets.UTF_8);
    Environment environment =
        new Environment(
            InputStream.nullInputStream(),
            nowhere,
            nowhere,
            Map.of(),
            Path.of("").toAbsolutePath(),
            false,
            false,
            WallClock.system(),
            Ticker.system());
    Map<String, Set<String>> commands = new TreeMap<>();
    CommandLine tree = CommandTree.wholeTree(new CairnCommand(environment));
    commands.put(COMMON, options(tree));
    collect("cairn", tree, commands);
    return commands;
  }

  private static void collect(
      String prefix, CommandLine command, Map<String, Set<String>> commands) {
    command
        .getSubcommands()
        .forEach(
            (name, inner) -> {
              String path = prefix + " " + name;
              boolean takesArguments = !inner.getCommandSpec().positionalParameters().isEmpty();
              if (inner.getSubcommands().isEmpty() || takesArguments) {
                commands.put(path, options(inner));
              } else {
                assertThat(options(inner)).as("options of the group " + path).isEmpty();
              }
              collect(path, inner, commands);
            });
  }

  private static Set<String> options(CommandLine command) {
    Set<String> names = new TreeSet<>();
    for (OptionSpec option : command.getCommandSpec().options()) {
      if (!option.inherited()) {
        names.addAll(Set.of(option.names()));
      }
    }
    return names;
  }

  @Test
  void thePageNamesEveryCommandAndNoOther() throws IOException {
    assertThat(written().keySet()).containsExactlyElementsOf(real().keySet());
  }

  @Test
  void thePageNamesEveryOptionOfEveryCommandAndNoOther() throws IOException {
    Map<String, Set<String>> written = written();
    real()
        .forEach(
            (command, options) -> assertThat(written.get(command)).as(command).isEqualTo(options));
  }

  @Test
  void everyCommandSaysWhatItsJsonHolds() throws IOException {
    String[] sections = page().split("(?m)^### ", -1);
    for (int i = 1; i < sections.length; i++) {
      if (!sections[i].startsWith("`cairn completion`")) {
        assertThat(sections[i]).contains("JSON");
      }
    }
  }
}
