package dev.cairn.cli.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the command's launcher hands to the JVM, for which a script stands here that tells it. */
class LaunchScriptTest {
  private static final Path SCRIPT = script();

  private static final String LAUNCH =
      "source \"$1\"; java=$2/java release= options=() classpath=x stamp=$2/java prepared=$2;"
          + " launch stat";

  @TempDir Path folder;

  private static Path script() {
    Path within = Path.of("src/main/dist/libexec/launch.bash");
    return (Files.exists(within) ? within : Path.of("cli").resolve(within)).toAbsolutePath();
  }

  @BeforeEach
  void makeJava() throws IOException {
    Path java = folder.resolve("java");
    Files.writeString(java, "#!/bin/sh\nprintf '%s' \"${LC_ALL-none}\"\n");
    assertThat(java.toFile().setExecutable(true)).isTrue();
  }

  @Test
  void withoutALocaleTextIsInUtf8() throws Exception {
    assertThat(locale(Map.of())).isEqualTo("C.UTF-8");
    assertThat(locale(Map.of("LANG", "C"))).isEqualTo("C.UTF-8");
    assertThat(locale(Map.of("LC_ALL", "POSIX", "LANG", "C.UTF-8"))).isEqualTo("C.UTF-8");
    assertThat(locale(Map.of("LC_CTYPE", "C", "LANG", "C.UTF-8"))).isEqualTo("C.UTF-8");
  }

  @Test
  void aLocaleStays() throws Exception {
    assertThat(locale(Map.of("LANG", "C.UTF-8"))).isEqualTo("none");
    assertThat(locale(Map.of("LC_CTYPE", "C.UTF-8", "LANG", "C"))).isEqualTo("none");
    assertThat(locale(Map.of("LC_ALL", "C.UTF-8", "LANG", "C"))).isEqualTo("C.UTF-8");
  }

  private String locale(Map<String, String> environment) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder("bash", "-c", LAUNCH, "bash", SCRIPT.toString(), folder.toString());
    builder.environment().keySet().removeIf(name -> name.startsWith("LC_") || name.equals("LANG"));
    builder.environment().putAll(environment);
    Path errors = folder.resolve("errors");
    Process process = builder.redirectError(errors.toFile()).start();
    String told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(Files.readString(errors)).isZero();
    return told;
  }
}
