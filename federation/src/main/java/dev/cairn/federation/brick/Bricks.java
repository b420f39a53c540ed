package dev.cairn.federation.brick;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.fetch.FetchCall;
import dev.cairn.federation.fetch.PayloadFetcher;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Brings the bricks that a view needs, and no others: the records of all must be here, payloads are
 * fetched from peers and verified as every payload is. Safe for any thread.
 */
public final class Bricks {
  private final Store store;

  /** The bricks of {@code store}. */
  public Bricks(Store store) {
    this.store = store;
  }

  /**
   * What became of a query.
   *
   * @param meeting the bricks that meet the view, in the manifest's order
   * @param fetchedBytes of payloads that came
   * @param missing bricks among them whose payload is not here, in the same order
   * @param failures peers that failed, and why
   */
  public record Result(
      List<Brick> meeting, long fetchedBytes, List<Brick> missing, Map<String, String> failures) {
    public Result {
      meeting = List.copyOf(meeting);
      missing = List.copyOf(missing);
      failures = new TreeMap<>(failures);
    }
  }

  /**
   * Reads a live manifest.
   *
   * @throws NotFoundException if it is not live here
   * @throws UnavailableException if its payload is not here
   * @throws RefusedException if the artifact is of another type, or too long
   * @throws MalformedException if it is none
   */
  public BrickManifest manifest(ArtifactKey key) {
    LiveEntry entry = requireManifest(key);
    if (!store.hasPayload(entry)) {
      throw new UnavailableException("the payload of " + key + " is not held here");
    }
    return BrickManifest.decode(store.payload(entry, BrickManifest.BYTES_MAX));
  }

  /**
   * The same, fetching its payload first if that is not here.
   *
   * @throws UnavailableException if nobody has it either
   */
  public BrickManifest manifest(ArtifactKey key, PayloadFetcher fetcher) {
    if (!store.hasPayload(requireManifest(key))) {
      fetcher.fetch(List.of(key));
    }
    return manifest(key);
  }

  private LiveEntry requireManifest(ArtifactKey key) {
    LiveEntry entry = store.reader().require(key);
    TypeTag tag = store.held(entry.artifact()).tag();
    if (!BrickManifest.TYPE.equals(tag)) {
      throw new RefusedException(
          "artifact "
              + key
              + (tag == null ? " has no type" : " is of type " + tag)
              + ": it is no brick manifest");
    }
    return entry;
  }

  /**
   * Finds the bricks that meet a view, and fetches the payloads of those that are not here.
   *
   * @param peers whom to ask; none to see only what is here
   */
  public Result query(BrickManifest manifest, Frustum frustum, List<? extends FetchCall> peers) {
    return query(manifest, frustum, new PayloadFetcher(store, peers));
  }

  /** The same with what fetches them, which tells how far it is. */
  public Result query(BrickManifest manifest, Frustum frustum, PayloadFetcher fetcher) {
    List<Brick> meeting = manifest.meeting(frustum);
    List<ArtifactKey> live =
        meeting.stream().map(Brick::key).distinct().filter(store.now()::isLive).toList();
    PayloadFetcher.Result fetched = fetcher.fetch(live);
    List<Brick> missing = new ArrayList<>();
    for (Brick brick : meeting) {
      if (!isHere(brick)) {
        missing.add(brick);
      }
    }
    return new Result(meeting, fetched.bytes(), missing, fetched.failures());
  }

  /** True if a brick's payload can be read here. */
  public boolean isHere(Brick brick) {
    return store.now().live(brick.key()).filter(store::hasPayload).isPresent();
  }

  /** The artifact, if it is live here. */
  public Optional<ArtifactId> artifact(ArtifactKey key) {
    return store.now().live(key).map(entry -> store.held(entry.artifact()));
  }
}
