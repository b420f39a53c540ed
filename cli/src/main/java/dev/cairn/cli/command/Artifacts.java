package dev.cairn.cli.command;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.View;

/** What people are shown of artifacts. */
final class Artifacts {
  private Artifacts() {}

  /** A label for drawings: the beginning of the digest, and the type if the artifact is live. */
  static String label(View view, ArtifactKey key) {
    String digits = key.digest().slice(0, 6).toHex();
    return view.known(key)
        .map(entry -> entry.artifact().tag())
        .map(tag -> digits + " " + tag)
        .orElse(digits);
  }
}
