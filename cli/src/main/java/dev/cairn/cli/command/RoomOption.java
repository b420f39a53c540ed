package dev.cairn.cli.command;

import dev.cairn.cli.console.CommandFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that bounds what a peer nobody trusts may fill of a disk. */
final class RoomOption {
  private static final int MEBIBYTE_BITS = 20;
  private static final long MIB_MAX = Long.MAX_VALUE >> MEBIBYTE_BITS;

  @Option(
      names = "--room",
      paramLabel = "MIB",
      description = {
        "Most MiB of disk that the copy of a peer may take, in the folder of temporary files"
            + " unless",
        "it is kept; half of what is free there if left out. A peer that sends more leaves it",
        "undecided."
      })
  private @Nullable Long mebibytes;

  /** Refuses what cannot be. */
  void check() {
    if (mebibytes != null && (mebibytes < 1 || mebibytes > MIB_MAX)) {
      throw CommandFailure.usage("--room " + mebibytes, "give a number from 1 to " + MIB_MAX);
    }
  }

  /** Bytes that a copy in this folder may take. */
  long bytes(Path folder) {
    if (mebibytes != null) {
      return mebibytes << MEBIBYTE_BITS;
    }
    try {
      return Math.max(1, Files.getFileStore(folder).getUsableSpace() / 2);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
