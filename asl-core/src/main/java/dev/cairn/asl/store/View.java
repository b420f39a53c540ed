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

  /**
   * What a live artifact is, as far as records prove it. A record that travelled without its
   * payload may state anything of a key; one of a type that the store looks into ({@link
   * Store#isStructured}) was taken with its payload only, which gave the key. So if a put within
   * the view is of such a type, puts that state another one lie, and count for nothing: neither do
   * they say what the artifact is, nor do they make it live again. Without any such put it is what
   * the latest put says.
   *
   * <p>A function of the records within the view, whatever payloads are here: {@link Store#held}
   * asks those. If the latest put is of such a type it costs what {@link #live} does, else one look
   * more, and one row for each other record of the key.
   */
  Optional<LiveEntry> known(ArtifactKey key);

  /** True if the artifact is live here as it is {@link #known}: not by a lie. */
  default boolean isKnown(ArtifactKey key) {
    return known(key).isPresent();
  }

  /**
   * The put by which an artifact is known, live or not; empty if no put of it is within the view.
   */
  Optional<LiveEntry> told(ArtifactKey key);

  /** True if the artifact is live here. */
  default boolean isLive(ArtifactKey key) {
    return live(key).isPresent();
  }

  /** True if a commit of this origin and logseq lies within the view. */
  boolean includes(Origin origin, long logseq);

  /** Every live entry, in the order of digests. */
  default void forEachLive(Consumer<LiveEntry> action) {
    try (IdCursor ids = ids(Bytes.EMPTY, Bytes.EMPTY)) {
      while (ids.next()) {
        ids.live().ifPresent(action);
      }
    }
  }

  /**
   * Every live artifact as it is {@link #known}, in the order of digests. Reads each live row once,
   * and once at most each row of what they do not show.
   */
  default void forEachKnown(Consumer<LiveEntry> action) {
    try (IdCursor ids = ids(Bytes.EMPTY, Bytes.EMPTY)) {
      while (ids.next()) {
        ids.known().ifPresent(action);
      }
    }
  }

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
