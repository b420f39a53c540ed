package dev.cairn.asl.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.error.UnavailableException;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.StringTokenizer;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Folders that go with their owners. */
final class TemporaryFolderTest {
  private static final int THREADS = 4;
  private static final int ROUNDS = 8;
  private static final int FOLDERS = 8;
  private static final int FILES = 40;

  @TempDir private Path directory;

  @Test
  void filesThatVanishMeanwhileDoNotEndTheRemoval() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      for (int round = 0; round < ROUNDS; round++) {
        Path folder = Files.createDirectory(directory.resolve("folder" + round));
        for (int i = 0; i < FOLDERS; i++) {
          Path inner = Files.createDirectory(folder.resolve("inner" + i));
          for (int j = 0; j < FILES; j++) {
            Files.createFile(inner.resolve("file" + j));
          }
        }
        CyclicBarrier start = new CyclicBarrier(THREADS);
        List<Future<?>> removals = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
          removals.add(
              threads.submit(
                  () -> {
                    start.await();
                    FileTree.delete(folder);
                    return null;
                  }));
        }
        for (Future<?> removal : removals) {
          removal.get(); // Each takes what the others remove for gone, and throws nothing.
        }
        assertThat(folder).doesNotExist();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void oneThatCannotBeMadeIsToldAsUnavailable() {
    assertThatThrownBy(() -> new TemporaryFolder("x".repeat(300)))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("temporary files");
    Path missing = directory.resolve("missing");
    assertThatThrownBy(() -> new TemporaryFolder(missing, "cairn-test-"))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining(missing.toString());
  }

  @Test
  void oneInAFolderOfOnesOwnStandsThereAndGoes() {
    Path held;
    try (TemporaryFolder folder = new TemporaryFolder(directory, "cairn-test-")) {
      held = folder.path();
      assertThat(held).isDirectory().hasParent(directory);
    }
    assertThat(held).doesNotExist();
  }

  @Test
  void oneThatIsNotThereIsNoError() throws IOException {
    FileTree.delete(directory.resolve("never made"));
  }

  @Test
  void whatAKilledProcessLeftGoesWhenTheNextFolderIsMade() throws Exception {
    Path left = Files.createTempDirectory("cairn-test-");
    Process owner =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.io.tmpdir=" + left.getParent(),
                "-cp",
                System.getProperty("java.class.path"),
                Owner.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    Path held;
    try {
      held = Path.of(owner.inputReader().readLine());
      try (TemporaryFolder beside = new TemporaryFolder("cairn-test-")) {
        assertThat(beside.path()).isDirectory();
        assertThat(held.resolve("file")).as("of a process that lives").exists();
      }
    } finally {
      owner.destroyForcibly().waitFor();
    }
    assertThat(held.resolve("file")).as("it was killed").exists();
    try (TemporaryFolder first = new TemporaryFolder("cairn-test-");
        TemporaryFolder second = new TemporaryFolder("cairn-test-")) {
      assertThat(held).doesNotExist();
      assertThat(left).as("of nobody knows whom").isDirectory();
      assertThat(first.path()).as("of this process").isDirectory();
      assertThat(second.path()).isDirectory();
    }
    Files.delete(left);
  }

  @Test
  void aDraftThatAKilledProcessLeftGoesWhenTheSameIsBegunAgainAndAtASignalAtOnce()
      throws Exception {
    for (boolean killed : new boolean[] {true, false}) {
      Process owner =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-cp",
                  System.getProperty("java.class.path"),
                  Owner.class.getName(),
                  directory.toString(),
                  ".draft-a-")
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      Path held;
      try {
        held = Path.of(owner.inputReader().readLine());
        TemporaryFolder.forDraft(directory, ".draft-a-").close();
        assertThat(held.resolve("file")).as("of a process that lives").exists();
      } finally {
        if (killed) {
          owner.destroyForcibly().waitFor();
        } else {
          owner.destroy();
          owner.waitFor();
        }
      }
      assertThat(Files.exists(held)).isEqualTo(killed);
      TemporaryFolder.forDraft(directory, ".draft-b-").close();
      assertThat(Files.exists(held)).as("of another place").isEqualTo(killed);
      TemporaryFolder.forDraft(directory, ".draft-a-").close();
      assertThat(held).doesNotExist();
    }
  }

  /**
   * A lock goes when its process closes the file, under whatever name and by whichever loader's
   * classes: then another process would take the folder for nobody's.
   */
  @Test
  void aFolderIsKeptUnderEveryNameAndForEveryLoader() throws Exception {
    Path parent = Files.createDirectory(directory.resolve("parent"));
    Path link = Files.createSymbolicLink(directory.resolve("link"), parent);
    try (TemporaryFolder folder = new TemporaryFolder(link, "cairn-test-");
        URLClassLoader loader = new URLClassLoader(classPath(), null)) {
      FolderLock.removeAbandoned(parent.resolve("cairn-new"));
      Path beside = Files.createDirectory(parent.resolve("cairn-new"));
      Method remove =
          loader
              .loadClass(FolderLock.class.getName())
              .getDeclaredMethod("removeAbandoned", Path.class);
      remove.setAccessible(true);
      remove.invoke(null, beside);
      assertThat(clean(beside)).isZero();
      assertThat(folder.path()).isDirectory();
    }
    assertThat(System.getProperties().stringPropertyNames())
        .noneMatch(name -> name.startsWith("dev.cairn.folder:" + parent));
  }

  private static URL[] classPath() throws IOException {
    List<URL> places = new ArrayList<>();
    StringTokenizer path =
        new StringTokenizer(System.getProperty("java.class.path"), File.pathSeparator);
    while (path.hasMoreTokens()) {
      places.add(Path.of(path.nextToken()).toUri().toURL());
    }
    return places.toArray(URL[]::new);
  }

  /** What another process makes of it that looks for what is abandoned. */
  private static int clean(Path beside) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Cleaner.class.getName(),
                beside.toString())
            .inheritIO()
            .start();
    return process.waitFor();
  }

  /** A process that removes what is abandoned beside a folder. */
  static final class Cleaner {
    private Cleaner() {}

    public static void main(String[] args) {
      FolderLock.removeAbandoned(Path.of(args[0]));
    }
  }

  @Test
  void manyMadeAndClosedAtOnceHinderNobody() throws Exception {
    Path temporary = Files.createDirectory(directory.resolve("temporary"));
    List<Process> processes = new ArrayList<>();
    try {
      for (int i = 0; i < 2; i++) {
        processes.add(
            new ProcessBuilder(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Djava.io.tmpdir=" + temporary,
                    "-cp",
                    System.getProperty("java.class.path"),
                    Busy.class.getName())
                .inheritIO()
                .start());
      }
      for (Process process : processes) {
        assertThat(process.waitFor()).isZero();
      }
    } finally {
      processes.forEach(Process::destroyForcibly);
    }
    assertThat(temporary).isEmptyDirectory();
  }

  /** A process whose threads make and close folders. */
  static final class Busy {
    private static final int TIMES = 100;

    private Busy() {}

    public static void main(String[] args) throws Exception {
      ExecutorService threads = Executors.newFixedThreadPool(THREADS);
      List<Future<?>> makers = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        makers.add(
            threads.submit(
                () -> {
                  for (int j = 0; j < TIMES; j++) {
                    try (TemporaryFolder folder = new TemporaryFolder("cairn-test-")) {
                      Files.createFile(folder.path().resolve("file"));
                    }
                  }
                  return null;
                }));
      }
      threads.shutdown();
      for (Future<?> maker : makers) {
        maker.get();
      }
    }
  }

  @Test
  void whatIsBesideAFolderThatCannotBeLookedAtHindersNobody() {
    FolderLock.removeAbandoned(directory.resolve("not there").resolve("cairn-test-"));
    FolderLock.removeAbandoned(directory.resolve("gone"));
  }

  @Test
  void whereNothingCanBeLockedAFolderGoesWithout() throws IOException {
    Path folder = Files.createDirectory(directory.resolve("cairn-test-"));
    Files.createFile(folder.resolve(FolderLock.NAME + ".new"));
    try (FolderLock lock = FolderLock.of(folder)) {
      assertThat(lock).isNotNull();
      assertThat(folder.resolve(FolderLock.NAME)).doesNotExist();
    }
  }

  @Test
  void onlyAFolderThatItsOwnerFileNamesIsAbandoned() throws IOException {
    Path abandoned = Files.createDirectory(directory.resolve("cairn-left"));
    Path copy = Files.createDirectory(directory.resolve("cairn-copy"));
    for (Path folder : List.of(abandoned, copy)) {
      Files.writeString(folder.resolve(FolderLock.NAME), "cairn-left");
      Files.createFile(folder.resolve("file"));
    }
    FolderLock.removeAbandoned(Files.createDirectory(directory.resolve("cairn-new")));
    assertThat(abandoned).doesNotExist();
    assertThat(copy.resolve("file")).exists();
  }

  /** A process that makes a folder and waits to be killed. */
  static final class Owner {
    private Owner() {}

    public static void main(String[] args) throws IOException {
      TemporaryFolder folder =
          args.length == 0
              ? new TemporaryFolder("cairn-test-")
              : TemporaryFolder.forDraft(Path.of(args[0]), args[1]);
      Files.createFile(folder.path().resolve("file"));
      System.out.println(folder.path());
      int unused = System.in.read();
    }
  }
}
