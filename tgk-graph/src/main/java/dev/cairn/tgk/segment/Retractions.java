package dev.cairn.tgk.segment;

import dev.cairn.asl.model.ArtifactKey;
import java.util.function.Consumer;

/** The edges that tombstones within a cut name, some at a time. One owner. */
public interface Retractions {
  /** Hands on some more, each at least once; false once there are none left. */
  boolean next(Consumer<ArtifactKey> sink);
}
