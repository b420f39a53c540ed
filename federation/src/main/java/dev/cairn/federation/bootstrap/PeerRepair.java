package dev.cairn.federation.bootstrap;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.store.AbsentPayload;
import dev.cairn.asl.store.ChunkStage;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.PayloadChunk;
import dev.cairn.asl.store.PayloadStage;
import dev.cairn.asl.store.RepairSource;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.bootstrap.BootstrapMessage.StretchAsk;
import dev.cairn.federation.fetch.FetchCall;
import dev.cairn.federation.fetch.FetchPart;
import dev.cairn.federation.fetch.FetchPlan;
import dev.cairn.federation.fetch.FetchStore;
import java.io.InputStream;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a damaged store lost, from a peer. Payloads that were announced are fetched together, by
 * chunk, into a scratch store, and of large ones only those chunks that the damaged store does not
 * hold; every other question is a conversation of its own. A peer that breaks off, or is found to
 * send what was not asked for, is not asked again.
 *
 * <p>One owner at a time.
 */
public final class PeerRepair implements RepairSource {
  private final FetchCall peer;
  private final Store scratch;
  private @Nullable CairnException failure;

  /**
   * @param scratch takes payloads; of the same federation, and nobody else's. It stays open, and
   *     holds whatever was fetched
   */
  public PeerRepair(FetchCall peer, Store scratch) {
    this.peer = peer;
    this.scratch = scratch;
  }

  /** What people call the peer. */
  public String name() {
    return peer.name();
  }

  /** Why the peer is not asked any more, if it is not. */
  public Optional<CairnException> failure() {
    return Optional.ofNullable(failure);
  }

  @Override
  public void announce(List<Need> needs, Function<PayloadChunk, Optional<Bytes>> held) {
    try (FetchPlan plan = new FetchPlan(new ScratchPayloads(FetchStore.of(scratch), held))) {
      for (Need need : needs) {
        if (!plan.want(need.digest(), need.length())) {
          throw new AssertionError("a page of needs is less than a plan holds");
        }
      }
      if (failure == null && !plan.isDone()) {
        attempt(() -> peer.talk(FetchPart.asking(FetchStore.of(scratch), plan)).orThrow());
      }
    }
  }

  @Override
  public Optional<InputStream> payload(PayloadDigest digest) {
    return scratch.hasPayload(digest) ? Optional.of(scratch.openPayload(digest)) : Optional.empty();
  }

  @Override
  public Optional<PublicKey> key(NodeId node) {
    Bytes key = ask(new StretchAsk(new Origin(node, 1), 0, 0, false)).key();
    try {
      return key.isEmpty() ? Optional.empty() : Optional.of(PublicKey.of(key));
    } catch (MalformedException e) {
      failure = e;
      return Optional.empty();
    }
  }

  @Override
  public Optional<Bytes> checkpoint(Origin origin, long treeSize) {
    return Optional.of(ask(new StretchAsk(origin, treeSize, treeSize, false)).note())
        .filter(note -> !note.isEmpty());
  }

  @Override
  public List<Bytes> records(Origin origin, long from, long to) {
    return ask(new StretchAsk(origin, from, to, false)).records();
  }

  private RecordsTalk ask(StretchAsk question) {
    RecordsTalk talk = new RecordsTalk(question);
    if (failure == null) {
      attempt(() -> peer.talk(BootstrapPart.asking(talk)).orThrow());
    }
    return talk;
  }

  private void attempt(Runnable talk) {
    try {
      talk.run();
    } catch (CairnException e) {
      failure = e;
    }
  }

  /** The scratch store's payloads, with the damaged store's chunks at hand. */
  private record ScratchPayloads(FetchStore scratch, Function<PayloadChunk, Optional<Bytes>> held)
      implements FetchStore {
    @Override
    public boolean hasPayload(PayloadDigest digest) {
      return scratch.hasPayload(digest);
    }

    @Override
    public Bytes payload(PayloadDigest digest, long maxBytes) {
      return scratch.payload(digest, maxBytes);
    }

    @Override
    public List<PayloadChunk> payloadChunks(PayloadDigest digest) {
      return scratch.payloadChunks(digest);
    }

    @Override
    public boolean isOf(PayloadDigest digest, Predicate<ArtifactId> test) {
      return scratch.isOf(digest, test);
    }

    @Override
    public long arrivals() {
      return scratch.arrivals();
    }

    @Override
    public Optional<Bytes> payloadChunk(PayloadDigest digest, Bytes chunk) {
      return scratch.payloadChunk(digest, chunk);
    }

    @Override
    public List<AbsentPayload> absentPayloads(@Nullable PayloadDigest after, int limit) {
      return List.of();
    }

    @Override
    public List<LogHead> heads() {
      return List.of();
    }

    @Override
    public List<AbsentPayload> absentPayloads(Origin origin, long from, long to) {
      return List.of();
    }

    @Override
    public PayloadStage stagePayload(PayloadDigest expected, long length) {
      return scratch.stagePayload(expected, length);
    }

    @Override
    public ChunkStage stageChunks(PayloadDigest expected, long length, List<PayloadChunk> chunks) {
      return new Assisted(scratch.stageChunks(expected, length, chunks), held);
    }

    /** They wait in the scratch store as they are: there is no record to put them beside. */
    @Override
    public List<PayloadDigest> keepPayloads(Collection<PayloadDigest> digests) {
      return List.copyOf(digests);
    }
  }

  /** A stage that finds chunks at hand before it says that they are missing. */
  private record Assisted(ChunkStage stage, Function<PayloadChunk, Optional<Bytes>> held)
      implements ChunkStage {
    @Override
    public boolean has(PayloadChunk chunk) {
      if (stage.has(chunk)) {
        return true;
      }
      Optional<Bytes> found = held.apply(chunk);
      found.ifPresent(bytes -> stage.put(chunk, bytes));
      return found.isPresent();
    }

    @Override
    public void put(PayloadChunk chunk, Bytes bytes) {
      stage.put(chunk, bytes);
    }

    @Override
    public void finish() {
      stage.finish();
    }

    @Override
    public void close() {
      stage.close();
    }
  }
}
