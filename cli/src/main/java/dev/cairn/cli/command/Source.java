package dev.cairn.cli.command;

import java.nio.file.Path;

/** What can be replayed, audited and synced with. */
sealed interface Source {
  /** What the user called it. */
  String name();

  /**
   * A store on this machine.
   *
   * @param name what the user called it
   * @param directory the store's own directory
   */
  record StoreAt(String name, Path directory) implements Source {}

  /**
   * A bundle.
   *
   * @param name what the user called it
   * @param file the bundle
   */
  record BundleFile(String name, Path file) implements Source {}

  /**
   * Evidence against a node.
   *
   * @param name what the user called it
   * @param file the evidence
   */
  record EvidenceFile(String name, Path file) implements Source {}

  /**
   * A peer that listens somewhere: a name given with {@code cairn peer add}, or an address.
   *
   * @param name what the user called it
   */
  record Peer(String name) implements Source {}
}
