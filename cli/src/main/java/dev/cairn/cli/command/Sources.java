package dev.cairn.cli.command;

import dev.cairn.cli.console.CommandFailure;
import dev.cairn.federation.node.StoreDirectory;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reads what people write for a source: a store's directory or the folder it lies in, a bundle
 * file, else a peer. What exists as a file is that; a peer of the same name has to wait.
 */
final class Sources {
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
      return new Source.BundleFile(text, path);
    }
    if (text.contains("/") || text.startsWith(".")) {
      throw CommandFailure.unfinished("no store at " + path, "check the path");
    }
    return new Source.Peer(text);
  }
}
