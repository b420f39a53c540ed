package dev.cairn.tgk.render;

import dev.cairn.asl.model.ArtifactKey;

/** Names a node for people; what it returns is escaped by the renderer. */
@FunctionalInterface
public interface NodeLabel {
  /** The key's text form. */
  NodeLabel KEY = ArtifactKey::toString;

  /** The hash function and the first 12 hex digits: short enough for a drawing. */
  NodeLabel SHORT = key -> key.algorithm().label() + ":" + key.digest().toHex().substring(0, 12);

  /** The label of {@code key}. */
  String of(ArtifactKey key);
}
