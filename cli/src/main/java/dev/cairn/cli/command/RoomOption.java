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

  /**
   * What a copy may take.
   *
   * @param free bytes that it is half of; null if the user said how much
   */
  record Bound(long bytesMax, @Nullable Long free) {
    /** Half of what is free in a folder; a file system that tells nothing bounds nothing. */
    static Bound halfOf(long usable) {
      return usable <= 0 ? new Bound(Long.MAX_VALUE, null) : new Bound((usable + 1) / 2, usable);
    }

    /** That a copy took more. */
    CommandFailure passed(Path folder, boolean temporary, Exception cause) {
      String wrong =
          "the copy of a peer in " + folder + " takes more than " + Describe.bytes(bytesMax);
      if (free == null) {
        return CommandFailure.unfinished(
            wrong + ": " + cause.getMessage(),
            "allow more with --room MIB if the peer may hold so much",
            cause);
      }
      return CommandFailure.unfinished(
          wrong + ": only " + Describe.bytes(free) + " were free there, of which it may take half",
          "make room there, "
              + (temporary
                  ? "set another folder with CAIRN_JAVA_OPTS=-Djava.io.tmpdir=DIR"
                  : "name a folder on another disk")
              + ", or allow more with --room MIB",
          cause);
    }
  }

  /** Refuses what cannot be. */
  void check() {
    if (mebibytes != null && (mebibytes < 1 || mebibytes > MIB_MAX)) {
      throw CommandFailure.usage("--room " + mebibytes, "give a number from 1 to " + MIB_MAX);
    }
  }

  /** What a copy in this folder may take. */
  Bound bound(Path folder) {
    if (mebibytes != null) {
      return new Bound(mebibytes << MEBIBYTE_BITS, null);
    }
    try {
      return Bound.halfOf(Files.getFileStore(folder).getUsableSpace());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
