package dev.cairn.cli.command;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.evidence.Evidence;
import dev.cairn.asl.evidence.StateEvidence;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.federation.node.StoreDirectory;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reads what people write for a source: a store's directory or the folder it lies in, a bundle or
 * evidence file, else a peer. What exists as a file is that; a peer of the same name has to wait.
 */
final class Sources {
  private static final int HEAD_BYTES = 16;

  private Sources() {}

  static Source find(CairnCommand cairn, String text) {
    Path path = text.startsWith("unix:") ? null : cairn.path(text);
    if (path == null || !Files.exists(path)) {
      if (text.contains("/") && path != null) {
        throw CommandFailure.unfinished("no such file: " + path, "check the path");
      }
      return new Source.Peer(text);
    }
    if (StoreDirectory.isStore(path)) {
      return new Source.StoreAt(text, path);
    }
    Path within = path.resolve(StoreDirectory.CONVENTIONAL_NAME);
    if (StoreDirectory.isStore(within)) {
      return new Source.StoreAt(text, within);
    }
    if (!Files.isDirectory(path)) {
      return isEvidence(path)
          ? new Source.EvidenceFile(text, path)
          : new Source.BundleFile(text, path);
    }
    if (text.contains("/") || text.startsWith(".")) {
      throw CommandFailure.unfinished("no store at " + path, "check the path");
    }
    return new Source.Peer(text);
  }

  private static boolean isEvidence(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      Bytes beginning = Bytes.wrap(in.readNBytes(HEAD_BYTES));
      return Evidence.isEvidence(beginning) || StateEvidence.isEvidence(beginning);
    } catch (IOException e) {
      // Whoever reads all of it will say why that fails.
      return false;
    }
  }

  /** What an evidence file holds, and one byte more than it may. */
  static Bytes evidence(Source.EvidenceFile source) {
    try (InputStream in = Files.newInputStream(source.file())) {
      return Bytes.wrap(in.readNBytes(Evidence.BYTES_MAX + 1));
    } catch (IOException e) {
      throw CommandFailure.unfinished("cannot read " + source.file(), "check the file", e);
    }
  }
}
