package dev.cairn.pel.run;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.ErasedException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.asl.store.PreparedArtifact;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.View;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The artifacts that one run can read: those live in its view, those that it reuses, and what it
 * made itself, which is not committed yet. Safe for any thread.
 */
final class Material {
  private final Store store;
  private final View view;
  private final View now;
  private final RunLimits limits;
  private final Map<ArtifactKey, PreparedArtifact> made = new ConcurrentHashMap<>();
  private final AtomicLong heldBytes = new AtomicLong();

  Material(Store store, View view, RunLimits limits) {
    this.store = store;
    this.view = view;
    this.now = store.now();
    this.limits = limits;
  }

  RunLimits limits() {
    return limits;
  }

  /** Keeps what a node gave, for the nodes behind it and for the commit. */
  ArtifactKey keep(PreparedArtifact artifact) {
    ArtifactKey key = artifact.id().key();
    Bytes inline = artifact.inline();
    boolean isNew = made.putIfAbsent(key, artifact) == null;
    if (isNew && inline != null && heldBytes.addAndGet(inline.length()) > limits.heldBytesMax()) {
      throw new RefusedException(
          "the outputs of this run take more than the "
              + limits.heldBytesMax()
              + " bytes of memory that it may hold until it is committed");
    }
    return key;
  }

  /** What {@link #keep} got under a key. */
  PreparedArtifact made(ArtifactKey key) {
    PreparedArtifact artifact = made.get(key);
    if (artifact == null) {
      throw new AssertionError("not made by this run: " + key);
    }
    return artifact;
  }

  /** True if all are live and held, so that a step that gives them need not run. */
  boolean allUsable(List<ArtifactKey> keys) {
    return keys.stream()
        .allMatch(
            key ->
                now.live(key)
                    .map(entry -> store.hasPayload(entry.artifact().payloadDigest()))
                    .orElse(false));
  }

  /**
   * All that names an artifact.
   *
   * @throws NotFoundException if it cannot be read here
   */
  ArtifactId identify(ArtifactKey key) {
    PreparedArtifact own = made.get(key);
    if (own != null) {
      return own.id();
    }
    return view.live(key)
        .or(() -> now.live(key))
        .map(LiveEntry::artifact)
        .orElseThrow(() -> absent(key));
  }

  /** As {@link #identify}, but only what is live in the run's view. */
  ArtifactId identifyInView(ArtifactKey key) {
    return view.live(key).map(LiveEntry::artifact).orElseThrow(() -> absent(key));
  }

  private RuntimeException absent(ArtifactKey key) {
    if (store.erasure(key).isPresent()) {
      return new ErasedException("artifact " + key + " was erased");
    }
    return new NotFoundException("artifact " + key + " is not live here");
  }

  InputStream open(ArtifactId id) {
    return open(id, 0, id.payloadLength());
  }

  InputStream open(ArtifactId id, long from, long to) {
    PreparedArtifact own = made.get(id.key());
    Bytes inline = own == null ? null : own.inline();
    if (inline != null) {
      return new ByteArrayInputStream(inline.slice((int) from, (int) to).toArray());
    }
    return from == 0 && to == id.payloadLength()
        ? store.openPayload(id)
        : store.openPayload(id.payloadDigest(), from, to);
  }

  Bytes read(ArtifactId id) {
    PreparedArtifact own = made.get(id.key());
    Bytes inline = own == null ? null : own.inline();
    if (id.payloadLength() > limits.inputBytesInMemoryMax()) {
      throw new RefusedException(
          "artifact "
              + id.key()
              + ": "
              + id.payloadLength()
              + " bytes, more than the "
              + limits.inputBytesInMemoryMax()
              + " that an operator may read into memory");
    }
    if (inline != null) {
      return inline;
    }
    try (InputStream payload = store.openPayload(id)) {
      return Bytes.wrap(payload.readAllBytes());
    } catch (IOException e) {
      throw new AssertionError("payload streams throw unchecked exceptions only", e);
    }
  }
}
