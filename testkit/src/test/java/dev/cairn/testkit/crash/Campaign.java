package dev.cairn.testkit.crash;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What every campaign needs: its size and seed, folders on fast media, two threads. */
final class Campaign {
  static final long SEED = Long.getLong("cairn.crash.seed", 2026);

  private static final int THREADS = Integer.getInteger("cairn.crash.threads", 2);
  private static final Path MEMORY = Path.of("/dev/shm");

  private Campaign() {}

  /** The number of cases: the property {@code cairn.crash.NAME}, or the short form's. */
  static int cases(String name, int inShortForm) {
    return Integer.getInteger("cairn.crash." + name, inShortForm);
  }

  /** The end of a failure's message. */
  static String repeat(String what) {
    return what + "; repeat with -Dcairn.crash.seed=" + SEED;
  }

  /** A fresh folder, in memory if the machine has such a place: a campaign writes gigabytes. */
  static Path folder() {
    try {
      return Files.isWritable(MEMORY)
          ? Files.createTempDirectory(MEMORY, "cairn-crash-")
          : Files.createTempDirectory("cairn-crash-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One case of a campaign. */
  interface Case {
    void run(int number) throws Exception;
  }

  /** Runs cases 0 to {@code count} on a few threads; the first failure is thrown. */
  static void run(int count, Case oneCase) throws InterruptedException {
    List<Thread> threads = new ArrayList<>();
    Throwable[] failure = new Throwable[1];
    int[] next = new int[1];
    Object turn = new Object();
    for (int i = 0; i < THREADS; i++) {
      Thread thread =
          new Thread(
              () -> {
                while (true) {
                  int number;
                  synchronized (turn) {
                    if (next[0] >= count || failure[0] != null) {
                      return;
                    }
                    number = next[0]++;
                  }
                  Throwable failed = outcome(oneCase, number);
                  synchronized (turn) {
                    failure[0] = failure[0] == null ? failed : failure[0];
                  }
                }
              });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    if (failure[0] != null) {
      throw new AssertionError(repeat(String.valueOf(failure[0].getMessage())), failure[0]);
    }
  }

  private static @Nullable Throwable outcome(Case oneCase, int number) {
    try {
      oneCase.run(number);
      return null;
    } catch (Exception | Error e) {
      return new AssertionError("case " + number + ": " + e, e);
    }
  }

  /** Removes a folder with all in it. */
  static void delete(Path folder) {
    try {
      Files.walkFileTree(
          folder,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              Files.delete(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path left, @Nullable IOException failed)
                throws IOException {
              Files.delete(left);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Copies a folder of files. */
  static void copy(Path from, Path to) {
    try (Stream<Path> files = Files.list(from)) {
      Files.createDirectories(to);
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName().toString()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Every file of a database with its bytes, but for those that only say who has it open. */
  static Map<String, byte[]> contents(Path folder) {
    Map<String, byte[]> contents = allContents(folder);
    contents.keySet().removeAll(List.of("cairn.lock", "cairn.holder"));
    return contents;
  }

  /** Every file with its bytes. */
  static Map<String, byte[]> allContents(Path folder) {
    Map<String, byte[]> contents = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        contents.put(file.getFileName().toString(), Files.readAllBytes(file));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return contents;
  }
}
