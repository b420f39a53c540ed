package dev.cairn.pel.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.cbor.CborValue;
import dev.cairn.pel.model.OperatorId;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The operator of {@code docs/programs.md} compiles, is found and runs. */
class OwnOperatorTest {
  private static final Pattern EXAMPLE = Pattern.compile("(?ms)^```java\n(.*?)^```$");

  @Test
  void theExampleOfThePageIsFoundOnTheClassPathAndRuns(@TempDir Path folder) throws IOException {
    compile(example(), folder);
    Files.createDirectories(folder.resolve("META-INF/services"));
    Files.writeString(
        folder.resolve("META-INF/services/" + Operator.class.getName()), "com.example.Reverse\n");
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try (URLClassLoader loader =
        new URLClassLoader(new URL[] {folder.toUri().toURL()}, getClass().getClassLoader())) {
      thread.setContextClassLoader(loader);
      Operator found =
          OperatorRegistry.discover().find(new OperatorId("example/reverse", 1)).orElseThrow();
      OperatorContext context =
          new OperatorContext(
              List.of(MemoryInput.text("abc")),
              new Parameters(new CborValue.Dict(new TreeMap<>())));
      try (InputStream payload = found.run(context).payload()) {
        assertThat(payload.readAllBytes()).asString(StandardCharsets.UTF_8).isEqualTo("cba");
      }
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  private static void compile(String source, Path folder) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    JavaFileObject file =
        new SimpleJavaFileObject(
            URI.create("string:///com/example/Reverse.java"), JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return source;
          }
        };
    List<String> options =
        List.of("-d", folder.toString(), "-cp", System.getProperty("java.class.path"));
    assertThat(compiler.getTask(null, null, null, options, null, List.of(file)).call()).isTrue();
  }

  private static String example() throws IOException {
    Path root = Path.of("").toAbsolutePath();
    while (root != null && !Files.exists(root.resolve("docs/programs.md"))) {
      root = root.getParent();
    }
    assertThat(root).isNotNull();
    Matcher matcher = EXAMPLE.matcher(Files.readString(root.resolve("docs/programs.md")));
    assertThat(matcher.find()).isTrue();
    return matcher.group(1);
  }
}
