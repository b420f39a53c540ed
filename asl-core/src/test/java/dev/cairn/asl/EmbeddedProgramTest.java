package dev.cairn.asl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.store.Store;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import org.bouncycastle.crypto.signers.Ed25519Signer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDB;
import org.slf4j.Logger;

/**
 * A program of somebody else's that uses nothing but the exported packages, compiled and run in a
 * process of its own: as a named module and from the class path, with the libraries that are needed
 * and without those that are optional. A module is compiled with the annotations and runs without.
 */
class EmbeddedProgramTest {
  private static final int SECONDS_MAX = 120;

  private static final String MODULE =
      """
      module consumer {
        requires dev.cairn.asl;
      }
      """;

  private static final String PROGRAM =
      """
      package consumer;

      import dev.cairn.asl.bytes.Bytes;
      import dev.cairn.asl.crypto.SigningKey;
      import dev.cairn.asl.engine.StorageEngine;
      import dev.cairn.asl.engine.memory.MemoryEngine;
      import dev.cairn.asl.engine.rocksdb.RocksEngine;
      import dev.cairn.asl.engine.rocksdb.RocksOptions;
      import dev.cairn.asl.model.ArtifactKey;
      import dev.cairn.asl.model.TypeTag;
      import dev.cairn.asl.store.PageLimits;
      import dev.cairn.asl.store.Store;
      import dev.cairn.asl.store.StoreConfig;
      import dev.cairn.asl.time.WallClock;
      import java.nio.file.Path;
      import java.util.List;
      import java.util.Set;

      public class Main {
        public static void main(String[] args) {
          var tables = StoreConfig.tables(List.of(), List.of());
          use(new MemoryEngine(tables));
          use(RocksEngine.open(Path.of(args[0]), tables, RocksOptions.DEFAULT));
          System.out.println("module " + Main.class.getModule().getName());
        }

        static void use(StorageEngine engine) {
          StoreConfig config =
              new StoreConfig(
                  "default",
                  SigningKey.fromSeed(Bytes.wrap(new byte[SigningKey.SEED_BYTES])),
                  1,
                  List.of(),
                  List.of(),
                  WallClock.system());
          try (Store store = Store.open(engine, config)) {
            ArtifactKey key = store.put(new TypeTag("text/plain"), Bytes.utf8("hello"));
            String text = store.reader().get(key, 100).toUtf8();
            int commits = store.log().read(store.log().start(), PageLimits.DEFAULT).commits().size();
            System.out.println(text + " " + commits + " " + store.snapshot("s").label());
          }
        }
      }
      """;

  @TempDir Path folder;

  private static Path home(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  /** What a program needs at least: no test classes, no Micrometer, no annotations. */
  private static String libraries() {
    return String.join(
        File.pathSeparator,
        List.of(
            home(Store.class).toString(),
            home(RocksDB.class).toString(),
            home(Ed25519Signer.class).toString(),
            home(Logger.class).toString()));
  }

  private Path compile(String path, boolean asModule) throws IOException {
    Path sources = Files.createDirectories(folder.resolve("src").resolve("consumer"));
    Path classes = folder.resolve("classes");
    List<String> options = new ArrayList<>(List.of("-d", classes.toString(), "--release", "17"));
    options.addAll(List.of(asModule ? "--module-path" : "--class-path", path));
    options.add(Files.writeString(sources.resolve("Main.java"), PROGRAM).toString());
    if (asModule) {
      Path module = sources.resolveSibling("module-info.java");
      options.add(Files.writeString(module, MODULE).toString());
    }
    StringWriter said = new StringWriter();
    PrintWriter out = new PrintWriter(said);
    int code =
        ToolProvider.findFirst("javac").orElseThrow().run(out, out, options.toArray(String[]::new));
    assertThat(code).as(said.toString()).isZero();
    return classes;
  }

  private List<String> run(String... options) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(options));
    command.add(folder.resolve("store").toString());
    Path out = folder.resolve("out");
    Path errors = folder.resolve("err");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(errors.toFile())
            .start();
    try {
      assertThat(process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.exitValue()).as(Files.readString(errors)).isZero();
    return Files.readAllLines(out);
  }

  @Test
  void itRunsAsANamedModule() throws IOException, InterruptedException {
    Path classes = compile(libraries() + File.pathSeparator + home(Nullable.class), true);
    assertThat(
            run("-p", classes + File.pathSeparator + libraries(), "-m", "consumer/consumer.Main"))
        .containsExactly("hello 1 s", "hello 1 s", "module consumer");
  }

  @Test
  void itRunsFromTheClassPath() throws IOException, InterruptedException {
    Path classes = compile(libraries(), false);
    assertThat(run("-cp", classes + File.pathSeparator + libraries(), "consumer.Main"))
        .containsExactly("hello 1 s", "hello 1 s", "module null");
  }
}
