package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactId;
import java.lang.ref.Cleaner;
import org.jspecify.annotations.Nullable;

/**
 * An artifact hashed and ready to be committed; made by {@link Store#prepare}. Its large payload is
 * already written, though invisible; a small one travels in the commit.
 *
 * <p>The large payload stays, whatever is collected or erased meanwhile, until the artifact is
 * committed or closed; one that is only forgotten is closed by the garbage collector. Safe for any
 * thread.
 */
public final class PreparedArtifact implements AutoCloseable {
  private final ArtifactId id;
  private final @Nullable Bytes inline;
  private final Cleaner.@Nullable Cleanable hold;

  /**
   * One of a payload in memory, or of one that is stored whatever happens.
   *
   * @param id all that names it
   * @param inline the payload, or null if it is stored in chunks already
   */
  public PreparedArtifact(ArtifactId id, @Nullable Bytes inline) {
    this.id = id;
    this.inline = inline;
    this.hold = null;
  }

  /**
   * One whose payload is stored, and held.
   *
   * @param release lets go of it; called once; must not lead to this object
   */
  PreparedArtifact(ArtifactId id, Runnable release) {
    this.id = id;
    this.inline = null;
    this.hold = Forgotten.CLEANER.register(this, release);
  }

  /** All that names it. */
  public ArtifactId id() {
    return id;
  }

  /** The payload, or null if it is stored in chunks already. */
  public @Nullable Bytes inline() {
    return inline;
  }

  /** Gives it up, if it is not committed: a collection may take its payload. */
  @Override
  public void close() {
    if (hold != null) {
      hold.clean();
    }
  }

  /** Has its thread only where a large payload is put. */
  private static final class Forgotten {
    static final Cleaner CLEANER =
        Cleaner.create(
            work -> {
              Thread thread = new Thread(work, "cairn-prepared");
              thread.setDaemon(true);
              return thread;
            });
  }
}
