package dev.cairn.asl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Every public class and interface says who may call it. Records and enums are values, and so are
 * exceptions: they need not.
 */
class ThreadRulesTest {
  private static final Pattern TYPE =
      Pattern.compile("(?m)^public (?:final |abstract |sealed )*(?:class|interface) (\\w+)");

  private static final List<String> RULES =
      List.of("thread", "one owner", "immutable", "called by the", "by the sequencer only");

  @Test
  void everyPublicTypeSaysWhoMayCallIt() throws IOException {
    int types = 0;
    try (Stream<Path> files = Files.walk(Path.of("src", "main", "java"))) {
      for (Path file : files.filter(path -> path.toString().endsWith(".java")).sorted().toList()) {
        String source = Files.readString(file);
        Matcher type = TYPE.matcher(source);
        if (!type.find() || type.group(1).endsWith("Exception")) {
          continue;
        }
        types++;
        String documentation =
            source
                .substring(0, type.start())
                .replaceAll("\\n \\*", "")
                .replaceAll("\\s+", " ")
                .toLowerCase(Locale.ROOT);
        assertThat(RULES).as("%s", file).anyMatch(documentation::contains);
      }
    }
    assertThat(types).isGreaterThan(30);
  }
}
