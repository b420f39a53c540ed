package dev.cairn.pel.run;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.ErasedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.asl.store.PreparedArtifact;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.View;
import dev.cairn.pel.model.ArtifactList;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
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

  /** What counts already: made here, or given by a memo. */
  private final Set<ArtifactKey> counted = ConcurrentHashMap.newKeySet();

  private final AtomicLong heldBytes = new AtomicLong();
  private final AtomicLong outputBytes = new AtomicLong();

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
    made.putIfAbsent(artifact.id().key(), artifact);
    count(artifact.id().key(), artifact.id().payloadLength());
    return artifact.id().key();
  }

  /** Counts what a node made that ran for another run as if it had run for this one. */
  void count(StepMemo.Artifact artifact) {
    BoundedStream.check(artifact.length(), outputBytesMax());
    count(artifact.key(), artifact.length());
  }

  private void count(ArtifactKey key, long length) {
    if (!counted.add(key)) {
      return;
    }
    if (outputBytes.addAndGet(length) > limits.runOutputBytesMax()) {
      throw new RefusedException(
          "the outputs of this run are longer than the "
              + limits.runOutputBytesMax()
              + " bytes that all of them may be (limit run-output-bytes)");
    }
    if (length <= Store.INLINE_BYTES_MAX) {
      hold(length);
    }
  }

  /** Counts what is held until the run is committed. */
  void hold(long bytes) {
    if (heldBytes.addAndGet(bytes) > limits.heldBytesMax()) {
      throw new RefusedException(
          "the outputs of this run, and what is noted of items that an operator is applied to, take"
              + " more than the "
              + limits.heldBytesMax()
              + " bytes of memory that it may hold until it is committed (limit run-memory-bytes)");
    }
  }

  /** What was counted is held no more. */
  void release(long bytes) {
    heldBytes.addAndGet(-bytes);
  }

  /** True if an artifact is here whatever becomes of the run. */
  boolean isLive(ArtifactKey key) {
    return now.isLive(key);
  }

  /**
   * What this run made of some outputs: themselves, and what the lists among them name, lists in
   * lists too.
   */
  SortedMap<ArtifactKey, PreparedArtifact> madeFor(Collection<ArtifactKey> outputs) {
    SortedMap<ArtifactKey, PreparedArtifact> found = new TreeMap<>();
    ArrayDeque<ArtifactKey> open = new ArrayDeque<>(outputs);
    while (!open.isEmpty()) {
      PreparedArtifact artifact = made.get(open.remove());
      if (artifact != null && found.put(artifact.id().key(), artifact) == null) {
        open.addAll(itemsOf(artifact.id()));
      }
    }
    return found;
  }

  /** Longest output that a node may still give; one byte more shows that it is too long. */
  long outputBytesMax() {
    long left = limits.runOutputBytesMax() - outputBytes.get();
    return Math.max(0, Math.min(limits.outputBytesMax(), left));
  }

  /**
   * True if all are live and held, so that a step that gives them need not run; of a list also what
   * it names.
   */
  boolean allUsable(List<ArtifactKey> keys) {
    Set<ArtifactKey> seen = new HashSet<>(keys);
    ArrayDeque<ArtifactKey> open = new ArrayDeque<>(seen);
    while (!open.isEmpty()) {
      ArtifactKey key = open.remove();
      Optional<LiveEntry> live = now.live(key);
      if (live.isEmpty() || !store.hasPayload(live.get())) {
        return false;
      }
      for (ArtifactKey item : itemsOf(store.held(live.get().artifact()))) {
        if (seen.add(item)) {
          open.add(item);
        }
      }
    }
    return true;
  }

  /** What a list names; nothing if it is none or not well-formed. */
  private List<ArtifactKey> itemsOf(ArtifactId id) {
    if (!ArtifactList.TYPE.equals(id.tag())
        || id.payloadLength() > ArtifactList.ENCODED_BYTES_MAX) {
      return List.of();
    }
    PreparedArtifact own = made.get(id.key());
    Bytes inline = own == null ? null : own.inline();
    Bytes payload = inline != null ? inline : readAll(id);
    try {
      return ArtifactList.decode(payload).items().stream().map(ArtifactList.Item::key).toList();
    } catch (MalformedException e) {
      return List.of();
    }
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
        .map(entry -> store.held(entry.artifact()))
        .orElseThrow(() -> absent(key));
  }

  /** As {@link #identify}, but only what is live in the run's view. */
  ArtifactId identifyInView(ArtifactKey key) {
    return view.live(key).map(entry -> store.held(entry.artifact())).orElseThrow(() -> absent(key));
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

  /** Refuses what is too long to be read into memory. */
  void checkReadable(ArtifactId id) {
    if (id.payloadLength() > limits.inputBytesInMemoryMax()) {
      throw new RefusedException(
          "artifact "
              + id.key()
              + ": "
              + id.payloadLength()
              + " bytes, more than the "
              + limits.inputBytesInMemoryMax()
              + " that an operator may read into memory (limit input-memory-bytes)");
    }
  }

  Bytes read(ArtifactId id) {
    PreparedArtifact own = made.get(id.key());
    Bytes inline = own == null ? null : own.inline();
    return inline != null ? inline : readAll(id);
  }

  private Bytes readAll(ArtifactId id) {
    try (InputStream payload = store.openPayload(id)) {
      return Bytes.wrap(payload.readAllBytes());
    } catch (IOException e) {
      throw new AssertionError("payload streams throw unchecked exceptions only", e);
    }
  }
}
