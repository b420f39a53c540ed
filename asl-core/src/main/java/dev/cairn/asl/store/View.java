package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.Origin;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The store as of a cut, or as of now. Safe for any thread.
 *
 * <p>A view of a cut never changes; a view of now moves with the store.
 */
public interface View {
  /** The artifact's latest put if it is live here. */
  Optional<LiveEntry> live(ArtifactKey key);

  /** True if the artifact is live here. */
  default boolean isLive(ArtifactKey key) {
    return live(key).isPresent();
  }

  /** True if a commit of this origin and logseq lies within the view. */
  boolean includes(Origin origin, long logseq);

  /** Every live entry, in the order of digests. */
  void forEachLive(Consumer<LiveEntry> action);

  /**
   * Every id that the store has a record of and whose digest, followed by its hash id, lies in a
   * range, whether or not it is live here.
   *
   * @param from the least, or any beginning of it
   * @param to exclusive end; {@link Bytes#EMPTY} means no end
   */
  IdCursor ids(Bytes from, Bytes to);

  /** The cut that this view shows; nothing if it moves. */
  Optional<Cut> cut();
}
