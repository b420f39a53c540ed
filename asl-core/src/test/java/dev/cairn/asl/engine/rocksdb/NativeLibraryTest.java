package dev.cairn.asl.engine.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.error.UnavailableException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLibraryTest {
  @TempDir Path folder;

  /** Loads twice, and prints what each was told. */
  static final class Loader {
    private Loader() {}

    public static void main(String[] args) {
      for (int i = 0; i < 2; i++) {
        try {
          NativeLibrary.load();
          System.out.println("loaded");
        } catch (UnavailableException e) {
          System.out.println(e.getMessage());
        }
      }
    }
  }

  @Test
  void aLibraryThatCannotBeLoadedIsToldAgainAsItWasTheFirstTime()
      throws IOException, InterruptedException {
    Process loader =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.io.tmpdir=" + folder.resolve("nowhere"),
                "-cp",
                System.getProperty("java.class.path"),
                Loader.class.getName())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String told = new String(loader.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(loader.waitFor()).isZero();
    String[] lines = told.strip().split("\n", -1);
    assertThat(lines).hasSize(2);
    assertThat(lines[0])
        .startsWith("RocksDB's library cannot be loaded: ")
        .doesNotContain("timeout");
    assertThat(lines[1]).isEqualTo(lines[0]);
  }
}
