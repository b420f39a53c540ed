package dev.cairn.asl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What docs/embedding.md shows is so: its snippets, put one behind the other, compile and run. */
class EmbeddingDocumentTest {
  private static final int SECONDS_MAX = 120;
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w*)\\n(.*?)^```$");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^):#]+)(?:#[^)]*)?\\)");
  private static final Pattern VERSION =
      Pattern.compile("<artifactId>cairn-parent</artifactId>\\s*<version>([^<]+)</version>");

  private static final TypeTag TEXT = new TypeTag("text/plain");

  @TempDir Path folder;
  private Path document;
  private String page;

  @BeforeEach
  void read() throws IOException {
    document = Vectors.above(Path.of("docs", "embedding.md")).orElseThrow();
    page = Files.readString(document);
  }

  private List<String> blocks(String language) {
    Matcher blocks = BLOCK.matcher(page);
    List<String> found = new ArrayList<>();
    while (blocks.find()) {
      if (blocks.group(1).equals(language)) {
        found.add(blocks.group(2));
      }
    }
    return found;
  }

  @Test
  void theSnippetsCompileAndRunInTheirOrder() throws IOException, InterruptedException {
    List<String> snippets = blocks("java");
    assertThat(snippets).hasSizeGreaterThan(10);
    assertThat(snippets.get(0)).startsWith("import ");
    String program =
        snippets.get(0)
            + "public class Embedding {\n"
            + "  public static void main(String[] args) throws Exception {\n"
            + String.join("\n", snippets.subList(1, snippets.size()))
            + "  }\n}\n";
    Path source = Files.writeString(folder.resolve("Embedding.java"), program);
    Path out = folder.resolve("out");
    Path errors = folder.resolve("err");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                source.toString(),
                folder.resolve("store").toString())
            .redirectOutput(out.toFile())
            .redirectError(errors.toFile())
            .start();
    try {
      assertThat(process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    String said = Files.readString(errors, StandardCharsets.UTF_8);
    assertThat(process.exitValue()).as(said).isZero();
    assertThat(Files.readAllLines(out))
        .anyMatch(line -> line.matches("asl1-sha256:[0-9a-f]{64} was erased at logseq 5 by .*"))
        .containsSubsequence(
            "hello", "+ " + ArtifactKey.of(Bytes.utf8("came"), TEXT), "true", "false", "kept")
        .contains("1000 records", "6: 1000", "7: 1", "1, then END_OF_LOG", "hello", "kept");
  }

  @Test
  void itsCoordinatesAreThoseOfThisModule() throws IOException {
    String pom = Files.readString(Vectors.above(Path.of("asl-core", "pom.xml")).orElseThrow());
    Matcher version = VERSION.matcher(pom);
    assertThat(version.find()).isTrue();
    List<String> artifacts = List.of("cairn-asl-core", "cairn-embedded");
    assertThat(blocks("xml")).hasSameSizeAs(artifacts);
    for (int i = 0; i < artifacts.size(); i++) {
      assertThat(blocks("xml").get(i))
          .contains("<artifactId>" + artifacts.get(i) + "</artifactId>")
          .contains("<version>" + version.group(1) + "</version>");
    }
    assertThat(Files.readString(Vectors.above(Path.of("embedded", "pom.xml")).orElseThrow()))
        .contains("<artifactId>cairn-embedded</artifactId>");
    assertThat(pom).contains("<artifactId>cairn-asl-core</artifactId>");
  }

  @Test
  void itsLinksLeadSomewhere() {
    Matcher links = LINK.matcher(page);
    int count = 0;
    while (links.find()) {
      assertThat(document.resolveSibling(links.group(1))).exists();
      count++;
    }
    assertThat(count).isPositive();
  }
}
