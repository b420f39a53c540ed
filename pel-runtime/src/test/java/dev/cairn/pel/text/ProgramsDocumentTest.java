package dev.cairn.pel.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.operator.Operator;
import dev.cairn.pel.operator.OperatorRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** {@code docs/programs.md} tells the truth. */
class ProgramsDocumentTest {
  private static final Pattern EXAMPLE = Pattern.compile("(?ms)^```yaml\n(.*?)^```$");
  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| `([a-z0-9/.-]+@[0-9]+)` \\| [^|]* \\|([^|]*)\\|");
  private static final Pattern NAME = Pattern.compile("`([a-z]+)`");

  @Test
  void itsExampleRunsHere() throws IOException {
    Program program = ProgramText.read(Bytes.utf8(example()));
    OperatorRegistry.builtIn().check(program);
    assertThat(program.executionOrder()).containsExactly("docs-lines", "java-lines", "all");
  }

  @Test
  void aMistakeInItIsToldInItsWords() throws IOException {
    String wrong = example().replace("[java-lines, docs-lines]", "[java-lines, doc-lines]");
    assertThatThrownBy(() -> ProgramText.read(Bytes.utf8(wrong)))
        .isInstanceOf(MalformedException.class)
        .satisfies(error -> assertThat(document()).contains("\n    " + error.getMessage() + "\n"));
  }

  @Test
  void itsTableHasTheOperatorsAndTheirParameters() throws IOException {
    TreeSet<String> told = new TreeSet<>();
    Matcher row = ROW.matcher(document());
    while (row.find()) {
      StringBuilder operator = new StringBuilder(row.group(1));
      Matcher name = NAME.matcher(row.group(2));
      TreeSet<String> names = new TreeSet<>();
      while (name.find()) {
        names.add(name.group(1));
      }
      told.add(operator.append(' ').append(names).toString());
    }
    TreeSet<String> there = new TreeSet<>();
    for (Operator operator : OperatorRegistry.builtIn().operators().values()) {
      TreeSet<String> names = new TreeSet<>();
      operator.spec().parameters().forEach(parameter -> names.add(parameter.name()));
      there.add(operator.id() + " " + names);
    }
    assertThat(told).isEqualTo(there);
  }

  private static String example() throws IOException {
    Matcher matcher = EXAMPLE.matcher(document());
    assertThat(matcher.find()).isTrue();
    return matcher.group(1);
  }

  private static String document() throws IOException {
    Path root = Path.of("").toAbsolutePath();
    while (root != null && !Files.exists(root.resolve("docs/programs.md"))) {
      root = root.getParent();
    }
    assertThat(root).isNotNull();
    return Files.readString(root.resolve("docs/programs.md"));
  }
}
