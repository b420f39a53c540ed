package dev.cairn.asl.engine.rocksdb;

import dev.cairn.asl.error.StoreFailedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * Runs a native call that may never return on a thread of its own, and gives it up when nothing
 * moves any more.
 *
 * <p>Progress is a change of the folder's files, by name or size: opening writes its own log, table
 * files and a MANIFEST. A native call cannot be interrupted: one that is given up goes on as a
 * daemon thread, and the folder stays locked; only the end of the process helps. Should it return
 * after all, its result is closed.
 */
final class OpenWatchdog {
  private static final int LOOKS = 20;

  private OpenWatchdog() {}

  /**
   * What {@code opening} gives.
   *
   * @param stallMillisMax how long nothing may move
   * @param meanwhile what the caller has to do as well, at most as long as opening may stall
   * @param tooLate takes a result, or null, that came after this gave up
   * @throws StoreFailedException if nothing moved for so long
   */
  static <T extends AutoCloseable> T run(
      Path directory, int stallMillisMax, Callable<T> opening, Runnable meanwhile, Runnable tooLate)
      throws Exception {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                T opened = opening.call();
                if (!result.complete(opened)) {
                  opened.close();
                  tooLate.run();
                }
              } catch (Throwable e) {
                if (!result.completeExceptionally(e)) {
                  tooLate.run();
                }
              }
            },
            "cairn-open");
    thread.setDaemon(true);
    thread.start();
    try {
      meanwhile.run();
    } catch (RuntimeException | Error e) {
      if (!result.completeExceptionally(e) && !result.isCompletedExceptionally()) {
        result.join().close();
      }
      throw e;
    }
    boolean interrupted = false;
    try {
      int still = 0;
      Map<String, Long> seen = Map.of();
      while (true) {
        try {
          return result.get(Math.max(1, stallMillisMax / LOOKS), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
          interrupted = true; // Opening goes on; whoever waits is told afterwards.
        } catch (TimeoutException e) {
          Map<String, Long> now = look(directory);
          still = now.equals(seen) ? still + 1 : 0;
          seen = now;
          if (still >= LOOKS && result.completeExceptionally(gaveUp(directory, stallMillisMax))) {
            throw gaveUp(directory, stallMillisMax);
          }
        }
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception failed) {
        throw failed;
      }
      throw e;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static StoreFailedException gaveUp(Path directory, int stallMillis) {
    return new StoreFailedException(
        "opening "
            + directory
            + " has not moved for "
            + stallMillis
            + " ms and was given up; a native call cannot be interrupted, so the folder stays"
            + " locked until this process ends");
  }

  private static Map<String, Long> look(Path directory) {
    Map<String, Long> sizes = new TreeMap<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        sizes.put(file.toString(), file.toFile().length());
      }
    } catch (IOException | UncheckedIOException e) {
      sizes.put(e.toString(), 0L);
    }
    return sizes;
  }
}
