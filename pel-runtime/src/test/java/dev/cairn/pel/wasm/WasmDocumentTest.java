package dev.cairn.pel.wasm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.pel.operator.OperatorSpec;
import dev.cairn.pel.text.ProgramText;
import dev.cairn.pel.wasm.binary.HostFunction;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What docs/wasm.md shows is what there is. */
class WasmDocumentTest {
  @Test
  void itsExamplesAreTheSourcesOfTheTests() throws IOException {
    for (String name : List.of("rot13.c", "wordcount.rs", "reverse.ts")) {
      try (InputStream in = WasmDocumentTest.class.getResourceAsStream("/wasm/" + name)) {
        assertThat(document()).contains(new String(in.readAllBytes(), StandardCharsets.UTF_8));
      }
    }
  }

  @Test
  void itsProgramCanBeRead() throws IOException {
    Matcher matcher = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL).matcher(document());

    assertThat(matcher.find()).isTrue();
    assertThat(ProgramText.readYaml(Bytes.utf8(matcher.group(1))).nodes()).containsKey("turned");
  }

  @Test
  void itNamesEveryImportWithItsType() throws IOException {
    String document = document();
    long told =
        Pattern.compile("^\\| `([a-z_]+)` \\| `\\(", Pattern.MULTILINE)
            .matcher(document)
            .results()
            .count();

    assertThat(told).isEqualTo(HostFunction.values().length - 2);
    Arrays.stream(HostFunction.values())
        .filter(function -> !function.symbol().startsWith(" "))
        .forEach(function -> assertThat(document).contains("| `" + function.symbol() + "` | `("));
  }

  @Test
  void itNamesEveryParameter() throws IOException {
    for (OperatorSpec.Parameter parameter : new WasmRun().spec().parameters()) {
      assertThat(document()).contains("\n| `" + parameter.name() + "` |");
    }
  }

  private static String document() throws IOException {
    Path root = Path.of("").toAbsolutePath();
    while (root != null && !Files.exists(root.resolve("docs/wasm.md"))) {
      root = root.getParent();
    }
    assertThat(root).isNotNull();
    return Files.readString(root.resolve("docs/wasm.md"));
  }
}
