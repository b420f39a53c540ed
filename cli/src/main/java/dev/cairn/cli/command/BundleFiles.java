package dev.cairn.cli.command;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.federation.bundle.BundleReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.function.Supplier;

/** What commands need of bundle files besides the bundles themselves. */
final class BundleFiles {
  private BundleFiles() {}

  static Path existing(CairnCommand cairn, String file) throws NoSuchFileException {
    Path path = cairn.path(file);
    if (!Files.exists(path)) {
      throw new NoSuchFileException(path.toString());
    }
    return path;
  }

  /** Length of a bundle. */
  static long bytes(Path bundle) {
    try {
      return Files.size(bundle);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The federation that a bundle names. */
  static String federation(Path bundle) {
    try (BundleReader reader = BundleReader.open(bundle)) {
      return reader.header().federation();
    }
  }

  /** How many records a whole bundle comes to by its header; -1 of one whose header is damaged. */
  static long records(Path bundle) {
    try (BundleReader reader = BundleReader.open(bundle)) {
      return Snapshots.records(reader.header().snapshot());
    } catch (CairnException e) {
      // Whoever reads all of it will say why that fails.
      return -1;
    }
  }

  /**
   * Does something with a bundle. Damage in it is not damage of the store, and calls for other
   * advice.
   */
  static <T> T undamaged(Path bundle, Supplier<T> work) {
    try {
      return work.get();
    } catch (DamagedException e) {
      // What names the bundle is about the bundle; a store may be damaged as well.
      if (!String.valueOf(e.getMessage()).startsWith(bundle.toString())) {
        throw e;
      }
      throw CommandFailure.negative(
          String.valueOf(e.getMessage()), "get the bundle again from where it was made", e);
    }
  }
}
