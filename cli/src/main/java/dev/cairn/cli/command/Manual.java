package dev.cairn.cli.command;

import dev.cairn.cli.console.Environment;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * What an installed command brings for other programs to read: a manual page for every command, and
 * scripts by which shells complete, made from what {@code --help} is made from.
 *
 * <p>Pages are in the man macros of groff (man 7), section 1, named {@code cairn-snapshot-pin.1};
 * the same commands give the same bytes. Stateless; safe for any thread.
 */
public final class Manual {
  private static final String EXAMPLE = "Example:";

  private Manual() {}

  /**
   * Writes them where a prefix such as {@code /usr/local/share} keeps them: {@code man/man1},
   * {@code bash-completion/completions} and {@code fish/vendor_completions.d}.
   */
  public static void writeInto(Path share, Environment environment) throws IOException {
    for (Map.Entry<String, String> page : pages(environment).entrySet()) {
      write(share.resolve("man/man1").resolve(page.getKey()), page.getValue());
    }
    write(
        share.resolve("bash-completion/completions/cairn"),
        CompletionCommand.forBash(environment) + "\n");
    write(
        share.resolve("fish/vendor_completions.d/cairn.fish"),
        CompletionCommand.forFish(environment) + "\n");
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    Files.writeString(file, text, StandardCharsets.UTF_8);
  }

  /** The pages by the names of their files. */
  static SortedMap<String, String> pages(Environment environment) {
    SortedMap<String, String> pages = new TreeMap<>();
    addPages(CommandTree.wholeTree(new CairnCommand(environment)), pages);
    return Collections.unmodifiableSortedMap(pages);
  }

  private static void addPages(CommandLine line, SortedMap<String, String> pages) {
    pages.put(name(line) + ".1", page(line));
    line.getSubcommands().values().forEach(inner -> addPages(inner, pages));
  }

  private static String name(CommandLine line) {
    return line.getCommandSpec().qualifiedName("-");
  }

  private static String page(CommandLine line) {
    CommandSpec spec = line.getCommandSpec();
    StringBuilder out = new StringBuilder();
    String title = name(line);
    out.append(".TH \"").append(text(title.toUpperCase(Locale.ROOT))).append("\" 1\n");
    // Ragged: keys and synopses are too long to be spread over a line.
    out.append(".ad l\n");
    String description = String.join(" ", spec.usageMessage().description());
    int end = description.indexOf(". ");
    String summary = end < 0 ? description : description.substring(0, end + 1);
    section(out, "NAME");
    out.append(text(title)).append(" \\- ").append(text(withoutStop(summary))).append('\n');
    section(out, "SYNOPSIS");
    Help help = new Help(spec, Help.defaultColorScheme(Ansi.OFF));
    line(out, help.synopsis(0).strip().replaceAll("\\s+", " "));
    section(out, "DESCRIPTION");
    line(out, description);
    arguments(out, spec);
    options(out, spec);
    commands(out, line);
    footer(out, spec);
    return out.toString();
  }

  private static void arguments(StringBuilder out, CommandSpec spec) {
    List<PositionalParamSpec> arguments =
        spec.positionalParameters().stream().filter(argument -> !argument.hidden()).toList();
    if (!arguments.isEmpty()) {
      section(out, "ARGUMENTS");
      for (PositionalParamSpec argument : arguments) {
        item(out, argument.paramLabel(), String.join(" ", argument.description()));
      }
    }
  }

  private static void options(StringBuilder out, CommandSpec spec) {
    section(out, "OPTIONS");
    SortedMap<String, OptionSpec> byName = new TreeMap<>();
    spec.options().stream()
        .filter(option -> !option.hidden())
        .forEach(option -> byName.put(option.longestName(), option));
    for (OptionSpec option : byName.values()) {
      String names = String.join(", ", option.names());
      String label = option.arity().max() == 0 ? names : names + "=" + option.paramLabel();
      item(out, label, String.join(" ", option.description()));
    }
  }

  private static void commands(StringBuilder out, CommandLine line) {
    if (!line.getSubcommands().isEmpty()) {
      section(out, "COMMANDS");
      for (CommandLine inner : line.getSubcommands().values()) {
        String words = String.join(" ", inner.getCommandSpec().usageMessage().description());
        item(out, name(inner) + "(1)", words);
      }
    }
  }

  /** What stands below a command's help: remarks, and from {@code Example:} on its examples. */
  private static void footer(StringBuilder out, CommandSpec spec) {
    List<String> remarks = new ArrayList<>();
    List<String> examples = new ArrayList<>();
    for (String line : spec.usageMessage().footer()) {
      if (line.startsWith(EXAMPLE)) {
        examples.add(line.substring(EXAMPLE.length()).strip());
      } else if (!examples.isEmpty()) {
        examples.add(line.strip());
      } else if (!line.isBlank()) {
        remarks.add(line);
      }
    }
    verbatim(out, "NOTES", remarks);
    verbatim(out, "EXAMPLES", examples);
  }

  private static void verbatim(StringBuilder out, String title, List<String> lines) {
    if (!lines.isEmpty()) {
      section(out, title);
      out.append(".nf\n");
      lines.forEach(line -> line(out, line));
      out.append(".fi\n");
    }
  }

  private static void section(StringBuilder out, String title) {
    out.append(".SH ").append(title).append('\n');
  }

  private static void item(StringBuilder out, String label, String words) {
    out.append(".TP\n");
    line(out, label);
    line(out, words);
  }

  private static void line(StringBuilder out, String words) {
    String line = text(words);
    // A line that begins so would be a request to the formatter.
    out.append(line.startsWith(".") || line.startsWith("'") ? "\\&" : "").append(line).append('\n');
  }

  private static String text(String words) {
    return words.replace("\\", "\\e").replace("-", "\\-").replace("\"", "\\(dq");
  }

  private static String withoutStop(String sentence) {
    return sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
  }
}
