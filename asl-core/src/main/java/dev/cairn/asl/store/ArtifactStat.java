package dev.cairn.asl.store;

import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that a store knows of an artifact.
 *
 * @param key its name
 * @param id what the record says of it that its payload lies beside, else what its latest put says;
 *     null if only tombstones of it are known
 * @param state what has become of it
 * @param held whether its payload is here
 * @param chunks that the payload is kept in; 0 if it is kept whole or not here
 * @param history every record of it, in the total order
 */
public record ArtifactStat(
    ArtifactKey key,
    @Nullable ArtifactId id,
    State state,
    boolean held,
    int chunks,
    List<HistoryEntry> history) {
  /** What has become of an artifact. */
  public enum State {
    /** It is there. */
    LIVE,
    /** A tombstone says that it is not. */
    REMOVED,
    /** A tombstone says so, and asked for the payload to go. */
    ERASED
  }

  public ArtifactStat {
    history = List.copyOf(history);
  }

  static ArtifactStat of(Store store, ArtifactKey key) {
    List<HistoryEntry> history = store.history(key);
    if (history.isEmpty()) {
      throw new NotFoundException("no artifact " + key);
    }
    ArtifactId stated = latestPut(history);
    ArtifactId id = stated == null ? null : store.held(stated);
    boolean held = id != null && store.hasPayload(id);
    return new ArtifactStat(
        key,
        id,
        state(store, key),
        held,
        id != null && held ? store.chunks(id.payloadDigest()).size() : 0,
        history);
  }

  private static State state(Store store, ArtifactKey key) {
    if (store.now().isLive(key)) {
      return State.LIVE;
    }
    return store.erasure(key).isPresent() ? State.ERASED : State.REMOVED;
  }

  private static @Nullable ArtifactId latestPut(List<HistoryEntry> history) {
    for (int i = history.size() - 1; i >= 0; i--) {
      LogRecord record = history.get(i).record();
      if (record.isPut()) {
        return new ArtifactId(
            record.id(), record.tag(), record.payloadLength(), record.payloadDigest());
      }
    }
    return null;
  }
}
