package dev.cairn.asl.store;

import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.model.TypeTag;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** One artifact a commit, durably: what most callers want of a store. Safe for any thread. */
final class ArtifactWriter {
  private final Store store;

  ArtifactWriter(Store store) {
    this.store = store;
  }

  /** Hashes a file of any size and commits nothing. */
  PreparedArtifact prepare(@Nullable TypeTag tag, Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return store.prepare(tag, in);
    }
  }

  ArtifactKey put(PreparedArtifact artifact) {
    store.commit(new CommitDraft().put(artifact));
    return artifact.id().key();
  }

  CommitResult.Outcome tombstone(ArtifactKey key, @Nullable String reason) {
    store.stat(key);
    return tombstone(key, new TombstoneNote(false, reason));
  }

  CommitResult.Outcome erase(ArtifactKey key, @Nullable String reason) {
    store.stat(key);
    if (!store.isErasable(key)) {
      throw new RefusedException(
          key
              + " keeps its payload, for the indexes of every node are made from it: give it a"
              + " tombstone");
    }
    return tombstone(key, new TombstoneNote(true, reason));
  }

  private CommitResult.Outcome tombstone(ArtifactKey key, TombstoneNote note) {
    return store.commit(new CommitDraft().tombstone(key, note)).of(key);
  }
}
