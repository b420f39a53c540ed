package dev.cairn.testkit.crash;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A process of our own under {@code file-operations.c}. */
final class Child {
  private static final int SECONDS_MAX = 120;
  private static final String SOURCE = "file-operations.c";

  /**
   * Java from this one on writes a warning, into the output that is read, if it loads a library.
   */
  private static final int FIRST_THAT_WARNS = 22;

  /** RocksDB's native library in its jar, and the name by which the system looks for it. */
  private static final String PACKED = "librocksdbjni-linux64.so";

  private static final String UNPACKED = "librocksdbjni.so";

  private final Path folder;
  private final Path library;

  /**
   * Compiles the library; a machine without a C compiler fails here, by name.
   *
   * @param folder where it and the child's native libraries go
   */
  Child(Path folder) {
    this.folder = folder;
    this.library = folder.resolve("file-operations.so");
    Path source = folder.resolve(SOURCE);
    try (InputStream in = Child.class.getResourceAsStream(SOURCE)) {
      if (in == null) {
        throw new AssertionError(SOURCE + " is not on the class path");
      }
      Files.copy(in, source);
      unpack();
      Process compiler =
          new ProcessBuilder(
                  "cc",
                  "-O1",
                  "-shared",
                  "-fPIC",
                  "-pthread",
                  "-o",
                  library.toString(),
                  source.toString())
              .redirectErrorStream(true)
              .start();
      String said = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (compiler.waitFor() != 0) {
        throw new AssertionError("cc does not compile " + SOURCE + ": " + said);
      }
    } catch (IOException e) {
      throw new AssertionError("these tests need Linux and a C compiler called cc: " + e, e);
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted while compiling", e);
    }
  }

  /**
   * Unpacks RocksDB's native library once for all children: each would do it for itself, and a
   * killed one would leave it behind.
   */
  private void unpack() throws IOException {
    try (InputStream in = Child.class.getClassLoader().getResourceAsStream(PACKED)) {
      if (in == null) {
        throw new AssertionError("these tests need " + PACKED + ", so Linux on x86-64 with glibc");
      }
      Files.copy(in, folder.resolve(UNPACKED));
    }
  }

  /** Runs {@link CommittingProcess} and gives what it printed. */
  String commit(Map<String, String> environment, String... arguments) {
    try {
      Path output = Files.createTempFile(folder, "output", ".txt");
      Process process = start(environment, output, arguments);
      if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("a child hangs: " + Files.readString(output));
      }
      String said = Files.readString(output);
      if (process.exitValue() != 0) {
        throw new AssertionError("a child ended with " + process.exitValue() + ": " + said);
      }
      return said;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted while a child runs", e);
    }
  }

  /** Starts {@link CommittingProcess}. */
  Process start(Map<String, String> environment, Path output, String... arguments)
      throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx192m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xshare:auto",
                "-Djava.library.path=" + folder,
                "-cp",
                System.getProperty("java.class.path"),
                CommittingProcess.class.getName()));
    if (Runtime.version().feature() >= FIRST_THAT_WARNS) {
      command.add(1, "--enable-native-access=ALL-UNNAMED");
    }
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("LD_PRELOAD", library.toString());
    builder.environment().putAll(environment);
    return builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
  }
}
