package dev.cairn.federation.protocol;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.evidence.Evidence;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.ContentCursor;
import dev.cairn.asl.store.HeldEvidence;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.PayloadStage;
import dev.cairn.asl.store.RecordCursor;
import dev.cairn.asl.store.ReplicaResult;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.Stretch;
import dev.cairn.asl.store.VerifiedStretch;
import java.io.InputStream;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Store} as replication sees it: with nothing that a loss of power could take. Safe for
 * any thread; does not own the store.
 */
public final class StoreReplica implements ReplicaStore, EvidenceStore {
  private final Store store;
  private final Executor writer;
  private final Predicate<Origin> beside;

  /** The replica side of {@code store}, written by whoever calls. */
  public StoreReplica(Store store) {
    this(store, Runnable::run);
  }

  /**
   * The replica side of {@code store}.
   *
   * @param writer writes stretches, one after another, for as long as this is used
   */
  public StoreReplica(Store store, Executor writer) {
    this(store, writer, origin -> false);
  }

  /**
   * The replica side of {@code store}.
   *
   * @param beside true of logs of which something is held beside those of the store: evidence
   *     against them always has room
   */
  public StoreReplica(Store store, Executor writer, Predicate<Origin> beside) {
    this.store = store;
    this.writer = writer;
    this.beside = beside;
  }

  @Override
  public String federation() {
    return store.federation();
  }

  @Override
  public PublicKey key() {
    return store.signingKey().publicKey();
  }

  @Override
  public void signHead() {
    store.signHead();
  }

  @Override
  public List<LogHead> heads() {
    return store.durableHeads();
  }

  @Override
  public NavigableMap<Long, Bytes> checkpoints(Origin origin, long after, int limit) {
    return store.checkpoints(origin, after, limit);
  }

  @Override
  public long believed(Origin origin) {
    return store.believed(origin);
  }

  @Override
  public RecordCursor records(Origin origin, long from, long to) {
    return store.records(origin, from, to);
  }

  @Override
  public ContentCursor contents(Origin origin, long from, long to) {
    return store.contents(origin, from, to);
  }

  @Override
  public Optional<LogRecord> record(Origin origin, long index) {
    return store.record(origin, index);
  }

  @Override
  public long firstIndexAfter(Origin origin, long logseq) {
    return store.firstIndexAfter(origin, logseq);
  }

  @Override
  public boolean hasPayload(PayloadDigest digest) {
    return store.hasPayload(digest);
  }

  @Override
  public boolean isStructured(@Nullable TypeTag tag) {
    return store.isStructured(tag);
  }

  @Override
  public Bytes payload(PayloadDigest digest, long maxBytes) {
    return store.payload(digest, maxBytes);
  }

  @Override
  public InputStream openPayload(PayloadDigest digest) {
    return store.openPayload(digest);
  }

  @Override
  public PayloadStage stagePayload(PayloadDigest expected, long length) {
    return store.stagePayload(expected, length);
  }

  @Override
  public Bytes logRoot(Origin origin, long treeSize) {
    return store.logRoot(origin, treeSize);
  }

  @Override
  public Optional<Bytes> lastCheckpoint(Origin origin) {
    return store.lastCheckpoint(origin);
  }

  @Override
  public Optional<Bytes> durableCheckpoint(Origin origin) {
    return store.durableCheckpoint(origin);
  }

  @Override
  public List<Bytes> prefixProof(Origin origin, long oldSize, long newSize) {
    return store.prefixProof(origin, oldSize, newSize);
  }

  @Override
  public Set<Origin> frozen() {
    return store.frozen();
  }

  @Override
  public Optional<HeldEvidence> evidence(Origin origin) {
    return store.evidence(origin);
  }

  @Override
  public boolean keep(Evidence evidence, boolean held) {
    return store.keep(evidence, held || beside.test(evidence.origin()));
  }

  @Override
  public Optional<Evidence> examine(Bytes note, PublicKey key) {
    return store.examine(note, key);
  }

  @Override
  public VerifiedStretch verify(Stretch stretch) {
    return store.verify(stretch);
  }

  @Override
  public Supplier<ReplicaResult> replicate(VerifiedStretch verified) {
    FutureTask<ReplicaResult> writing = new FutureTask<>(() -> store.replicate(verified));
    writer.execute(writing);
    return () -> await(writing);
  }

  /** An interrupt is kept for later: what is being written may lean on what the caller holds. */
  private static ReplicaResult await(FutureTask<ReplicaResult> writing) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return writing.get();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failed) {
        throw failed;
      }
      if (e.getCause() instanceof Error failed) {
        throw failed;
      }
      throw new AssertionError("replication throws unchecked exceptions only", e.getCause());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
