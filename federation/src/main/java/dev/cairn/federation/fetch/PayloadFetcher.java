package dev.cairn.federation.fetch;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.store.ArtifactReader;
import dev.cairn.asl.store.Store;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Reads payloads that may not be here: from the store, else from any peer that has them, several
 * peers at once. What was fetched stays in the store. Safe for any thread.
 */
public final class PayloadFetcher {
  /** Most peers that are asked at once. */
  public static final int PEERS_MAX = 8;

  /** Most payloads that are tried of one artifact. */
  public static final int STATEMENTS_MAX = 64;

  private final Store store;
  private final List<FetchCall> peers;
  private volatile @Nullable FetchPlan plan;

  /**
   * @param peers asked in this order of preference, the first {@link #PEERS_MAX} of them
   */
  public PayloadFetcher(Store store, List<? extends FetchCall> peers) {
    this.store = store;
    this.peers = List.copyOf(peers.subList(0, Math.min(peers.size(), PEERS_MAX)));
  }

  /**
   * What became of a fetch.
   *
   * @param kept payloads that came
   * @param bytes of them and of chunks of others
   * @param missing payloads that no peer had, in order
   * @param failures peers that failed, and why
   */
  public record Result(
      long kept, long bytes, List<PayloadDigest> missing, Map<String, String> failures) {
    public Result {
      missing = List.copyOf(missing);
      failures = new TreeMap<>(failures);
    }

    private Result and(Result later) {
      TreeSet<PayloadDigest> neither = new TreeSet<>(missing);
      neither.addAll(later.missing);
      TreeMap<String, String> all = new TreeMap<>(failures);
      all.putAll(later.failures);
      return new Result(kept + later.kept, bytes + later.bytes, List.copyOf(neither), all);
    }
  }

  /** Bytes of all payloads that the fetch under way wants, for who watches; 0 if there is none. */
  public long bytesWanted() {
    FetchPlan now = plan;
    return now == null ? 0 : now.bytesWanted();
  }

  /** How many of {@link #bytesWanted} are done with. */
  public long bytesSettled() {
    FetchPlan now = plan;
    return now == null ? 0 : now.bytesSettled();
  }

  /**
   * Fetches the payloads of live artifacts that are not here: those that the latest records state,
   * then, of artifacts whose latest record lied or of which nobody had that, what other logs state,
   * up to {@link #STATEMENTS_MAX} in all.
   */
  public Result fetch(Collection<ArtifactKey> keys) {
    ArtifactReader reader = store.reader();
    keys.forEach(reader::require);
    Result result = fetchArtifacts(stated(keys, 0, 1));
    List<ArtifactId> others = stated(keys, 1, STATEMENTS_MAX);
    for (int from = 0; from < others.size(); from += FetchPlan.GOALS_MAX) {
      int to = Math.min(others.size(), from + FetchPlan.GOALS_MAX);
      result = result.and(fetchArtifacts(others.subList(from, to)));
    }
    return result;
  }

  private List<ArtifactId> stated(Collection<ArtifactKey> keys, int from, int to) {
    List<ArtifactId> stated = new ArrayList<>();
    for (ArtifactKey key : keys) {
      boolean due = store.now().live(key).filter(entry -> !store.hasPayload(entry)).isPresent();
      if (due) {
        store.statements(key, to).stream().skip(from).forEach(stated::add);
      }
    }
    return stated;
  }

  /**
   * Fetches the payloads of artifacts of which the store itself need not know: those that are not
   * here. One that belongs to no live artifact of the store stays until collection.
   */
  public Result fetchArtifacts(Collection<ArtifactId> artifacts) {
    try (FetchPlan plan = new FetchPlan(FetchStore.of(store))) {
      for (ArtifactId id : artifacts) {
        if (!plan.want(id.payloadDigest(), id.payloadLength())) {
          throw new IllegalArgumentException("more than " + FetchPlan.GOALS_MAX + " payloads");
        }
      }
      return run(plan);
    }
  }

  /** Works on a plan with all peers, until it is done or none can help. */
  public Result run(FetchPlan plan) {
    Map<String, String> failures = new ConcurrentSkipListMap<>();
    this.plan = plan;
    if (!plan.isDone() && !peers.isEmpty()) {
      ExecutorService threads = Executors.newFixedThreadPool(peers.size());
      try {
        List<Future<?>> calls = new ArrayList<>();
        for (FetchCall peer : peers) {
          calls.add(threads.submit(() -> call(peer, plan, failures)));
        }
        await(calls);
      } finally {
        threads.shutdownNow();
      }
    }
    plan.refused().forEach((digest, why) -> failures.put(digest.toString(), why));
    return new Result(plan.kept(), plan.bytesCame(), plan.missing(), failures);
  }

  private void call(FetchCall peer, FetchPlan plan, Map<String, String> failures) {
    try {
      peer.talk(FetchPart.asking(FetchStore.of(store), plan)).orThrow();
    } catch (CairnException e) {
      failures.put(peer.name(), String.valueOf(e.getMessage()));
    }
  }

  private static void await(List<Future<?>> calls) {
    for (Future<?> call : calls) {
      try {
        call.get();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new UnavailableException("interrupted while payloads were fetched", e);
      } catch (ExecutionException e) {
        throw new AssertionError("a call failed with what no peer can cause", e.getCause());
      }
    }
  }

  /**
   * A live artifact's payload, fetched if it is not here; verified as {@link ArtifactReader#open}
   * does.
   *
   * @throws UnavailableException if it is not here and no peer has it
   */
  public InputStream open(ArtifactKey key) {
    ArtifactReader reader = store.reader();
    if (!store.hasPayload(reader.require(key))) {
      Result result = fetch(List.of(key));
      if (!store.hasPayload(reader.require(key))) {
        throw new UnavailableException(
            "the payload of "
                + key
                + " is not held here, and none of "
                + peers.size()
                + " peers gave it "
                + result.failures());
      }
    }
    return reader.open(key);
  }
}
