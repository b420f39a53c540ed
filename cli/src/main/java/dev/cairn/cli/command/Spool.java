package dev.cairn.cli.command;

import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.Progress;
import dev.cairn.cli.console.ProgressStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Keeps standard input in a file, for what reads it twice. */
final class Spool {
  private Spool() {}

  /** Copies it into a file that is not there yet. */
  static void copy(Console console, Path file) throws IOException {
    try (Progress progress = console.byteProgress("standard input", -1)) {
      long unused = Files.copy(new ProgressStream(console.in(), progress), file);
    }
  }
}
