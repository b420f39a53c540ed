package dev.cairn.cli.command;

import dev.cairn.asl.error.ErasedException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.HistoryEntry;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.View;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Looks artifacts up, and says why one is not there. */
final class Artifacts {
  private Artifacts() {}

  /** The artifact, live now; else an exception that says what became of it. */
  static ArtifactId live(Store store, ArtifactKey key) {
    Optional<LiveEntry> entry = store.now().live(key);
    if (entry.isPresent()) {
      return entry.get().artifact();
    }
    List<HistoryEntry> history = store.history(key);
    if (history.isEmpty()) {
      throw new NotFoundException("no artifact " + key);
    }
    Optional<HistoryEntry> erasure = store.erasure(key);
    if (erasure.isPresent()) {
      throw new ErasedException(key + " was erased" + where(erasure.get()));
    }
    throw new NotFoundException(key + " was removed" + where(history.get(history.size() - 1)));
  }

  private static String where(HistoryEntry entry) {
    return " at logseq " + entry.record().logseq() + " by " + entry.origin();
  }

  /** What its latest put says of the artifact, live or not; null if no put of it is known. */
  static @Nullable ArtifactId known(List<HistoryEntry> history) {
    for (int i = history.size() - 1; i >= 0; i--) {
      var record = history.get(i).record();
      if (record.isPut()) {
        return new ArtifactId(
            record.id(), record.tag(), record.payloadLength(), record.payloadDigest());
      }
    }
    return null;
  }

  /** A label for drawings: the beginning of the digest, and the type if the artifact is live. */
  static String label(View view, ArtifactKey key) {
    String digits = key.digest().slice(0, 6).toHex();
    return view.live(key)
        .map(entry -> entry.artifact().tag())
        .map(tag -> digits + " " + tag)
        .orElse(digits);
  }
}
