package dev.cairn.asl.store;

import dev.cairn.asl.model.ArtifactKey;
import java.util.Optional;

/**
 * Ids that the store has a record of, live in a view or not, in the order of digests and then of
 * hash ids. Starts before the first. One owner at a time; must be closed.
 */
public interface IdCursor extends AutoCloseable {
  /** Moves to the next id; false at the end. */
  boolean next();

  /** The present id. */
  ArtifactKey key();

  /** Its latest put if it is live in the view. */
  Optional<LiveEntry> live();

  /** What it is if it is live in the view: {@link View#known}. */
  Optional<LiveEntry> known();

  @Override
  void close();
}
