package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.ErasedException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Reads artifacts by key, as they are now or were at a cut.
 *
 * <p>What cannot be read is one of these, and its message names the artifact:
 *
 * <table>
 *   <caption>Why an artifact is not given</caption>
 *   <tr><td>nothing is known of it in this view</td><td>{@link NotFoundException}</td></tr>
 *   <tr><td>it was removed: at which logseq, by whom</td><td>{@link NotFoundException}</td></tr>
 *   <tr><td>it was erased: at which logseq, by whom</td><td>{@link ErasedException}</td></tr>
 *   <tr><td>it is live, and its payload was never fetched</td>
 *       <td>{@link UnavailableException}</td></tr>
 *   <tr><td>its bytes are not what its key says</td>
 *       <td>{@link dev.cairn.asl.error.DamagedException}</td></tr>
 * </table>
 *
 * <p>Safe for any thread; its streams have one owner each.
 */
public final class ArtifactReader {
  private final Store store;
  private final View view;

  ArtifactReader(Store store, View view) {
    this.store = store;
    this.view = view;
  }

  /** True if the artifact is live in this view. Says nothing of its payload. */
  public boolean exists(ArtifactKey key) {
    return view.isLive(key);
  }

  /** The artifact's latest put, if it is live in this view; else an exception that says why not. */
  public LiveEntry require(ArtifactKey key) {
    return view.live(key).orElseThrow(() -> whyNot(key));
  }

  /**
   * What is known of a live artifact's bytes: as the record states them that they lie beside, or
   * the latest put while they are not here.
   */
  public ArtifactId identify(ArtifactKey key) {
    return store.held(require(key).artifact());
  }

  /**
   * An artifact's whole payload, verified.
   *
   * @throws RefusedException if it is longer than {@code maxBytes}: {@link #open} it
   */
  public Bytes get(ArtifactKey key, int maxBytes) {
    return read(require(key), maxBytes);
  }

  private Bytes read(LiveEntry entry, int maxBytes) {
    return payload(entry, () -> store.payload(entry, maxBytes));
  }

  /**
   * An artifact's whole payload; verified as it is read, the last read failing if the whole does
   * not verify: use nothing of it before.
   */
  public InputStream open(ArtifactKey key) {
    LiveEntry entry = require(key);
    return payload(entry, () -> store.openPayload(entry.artifact()));
  }

  /**
   * Bytes {@code [from, to)} of an artifact's payload. Only the chunks that hold them are read, and
   * each is verified before any of it is given out.
   *
   * @throws RefusedException if that is not within the payload
   */
  public InputStream open(ArtifactKey key, long from, long to) {
    LiveEntry entry = require(key);
    ArtifactId id = store.held(entry.artifact());
    return payload(
        entry,
        () ->
            from == 0 && to == id.payloadLength()
                ? store.openPayload(id)
                : store.openPayload(id.payloadDigest(), from, to));
  }

  /**
   * The payloads of several artifacts, in the order of their keys: empty where {@link #get} would
   * say that it is unknown, removed, erased or not fetched. Damage is an exception here too.
   *
   * @param totalBytesMax most bytes of all together; more is a {@link RefusedException}
   */
  public List<Optional<Bytes>> getAll(List<ArtifactKey> keys, int totalBytesMax) {
    List<Optional<Bytes>> payloads = new ArrayList<>(keys.size());
    int left = totalBytesMax;
    for (ArtifactKey key : keys) {
      Optional<Bytes> payload = find(key, left);
      payloads.add(payload);
      left -= payload.map(Bytes::length).orElse(0);
    }
    return Collections.unmodifiableList(payloads);
  }

  private Optional<Bytes> find(ArtifactKey key, int maxBytes) {
    Optional<LiveEntry> entry = view.live(key);
    if (entry.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(read(entry.get(), maxBytes));
    } catch (NotFoundException | ErasedException | UnavailableException e) {
      return Optional.empty();
    }
  }

  /** The artifact is live in the view: only its payload can be missing. */
  private <T> T payload(LiveEntry entry, Supplier<T> read) {
    try {
      return read.get();
    } catch (NotFoundException e) {
      ArtifactKey key = entry.key();
      throw store
          .erasure(key)
          .<CairnException>map(erasure -> erased(key, erasure))
          .orElseGet(
              () ->
                  new UnavailableException(
                      "the payload of " + key + " is not held here: fetch it from a peer", e));
    }
  }

  private CairnException whyNot(ArtifactKey key) {
    List<HistoryEntry> seen =
        store.history(key).stream()
            .filter(entry -> view.includes(entry.origin(), entry.record().logseq()))
            .toList();
    if (seen.isEmpty()) {
      return new NotFoundException("no artifact " + key);
    }
    HistoryEntry last = seen.get(seen.size() - 1);
    return store
        .erasure(key)
        .filter(seen::contains)
        .<CairnException>map(erasure -> erased(key, erasure))
        .orElseGet(() -> new NotFoundException(key + " was removed" + where(last)));
  }

  private static ErasedException erased(ArtifactKey key, HistoryEntry erasure) {
    return new ErasedException(key + " was erased" + where(erasure));
  }

  private static String where(HistoryEntry entry) {
    return " at logseq " + entry.record().logseq() + " by " + entry.origin();
  }
}
