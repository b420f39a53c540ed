package dev.cairn.cli.demo;

import dev.cairn.asl.files.FileTree;
import dev.cairn.cli.console.CommandFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The folder that the tour works in. {@link #close} removes it, unless it is to be kept.
 *
 * <p>When the process is told to end meanwhile (SIGINT, SIGTERM), the thread that made this is
 * interrupted and given {@link #GRACE_SECONDS} to close everything; what is left then is removed.
 */
final class Scratch implements AutoCloseable {
  /** How long a process that is told to end waits for the tour to stop. */
  static final long GRACE_SECONDS = 10;

  private static final int REMOVAL_TRIES = 5;

  private final Path folder;
  private final boolean kept;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread hook;

  private Scratch(Path folder, boolean kept) {
    this.folder = folder;
    this.kept = kept;
    Thread owner = Thread.currentThread();
    this.hook = new Thread(() -> stop(owner), "cairn-demo-clean-up");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** A temporary folder, or {@code keep}, which must be new or empty. */
  static Scratch open(@Nullable Path keep) throws IOException {
    if (keep == null) {
      return new Scratch(Files.createTempDirectory("cairn-demo-"), false);
    }
    if (Files.exists(keep) && !isEmptyDirectory(keep)) {
      throw CommandFailure.usage(
          keep + " is there already", "name a new or an empty folder with --keep");
    }
    Files.createDirectories(keep);
    return new Scratch(keep, true);
  }

  private static boolean isEmptyDirectory(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      return false;
    }
    try (Stream<Path> entries = Files.list(path)) {
      return entries.findAny().isEmpty();
    }
  }

  /** A file or folder in it. */
  Path at(String name) {
    return folder.resolve(name);
  }

  private void stop(Thread owner) {
    owner.interrupt();
    try {
      if (!closed.await(GRACE_SECONDS, TimeUnit.SECONDS)) {
        remove();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void remove() throws IOException {
    for (int i = 1; !kept && Files.exists(folder); i++) {
      try {
        FileTree.delete(folder);
      } catch (IOException e) {
        if (i == REMOVAL_TRIES) {
          throw e;
        }
      }
    }
  }

  @Override
  public void close() throws IOException {
    try {
      remove();
    } finally {
      closed.countDown();
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        // The process is ending: the hook is what waits for this.
        closed.countDown();
      }
    }
  }
}
