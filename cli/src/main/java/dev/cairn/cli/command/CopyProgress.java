package dev.cairn.cli.command;

import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.Stage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Progress of copies of stores, as the files show it. */
final class CopyProgress {
  private CopyProgress() {}

  /**
   * Makes a copy.
   *
   * @param total bytes of what is copied
   * @param copy makes it, and tells the folder in which it does
   */
  static void watch(Console console, String task, long total, Consumer<Consumer<Path>> copy) {
    AtomicReference<Path> draft = new AtomicReference<>();
    boolean unused =
        console.watching(
            () -> Stage.ofBytes(task, total, bytes(draft.get())),
            () -> {
              copy.accept(draft::set);
              return true;
            });
  }

  /** Bytes of all files below a folder, as far as they are there. */
  static long bytes(@Nullable Path folder) {
    if (folder == null) {
      return 0;
    }
    long bytes = 0;
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        bytes += Files.isRegularFile(file) ? Files.size(file) : 0;
      }
    } catch (IOException | UncheckedIOException e) {
      // It changes while it is looked at: there is another look soon.
      return bytes;
    }
    return bytes;
  }
}
