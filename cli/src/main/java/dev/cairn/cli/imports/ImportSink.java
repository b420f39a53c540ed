package dev.cairn.cli.imports;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactHasher;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.PreparedArtifact;
import dev.cairn.asl.store.Store;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Puts many artifacts in commits of a fair size: one is being filled while the one before is being
 * written. What is live already gives no record, so that an import can be repeated.
 *
 * <p>One owner at a time; must be closed. {@link #flush} returns once all that was put is durable.
 * After a failure of a commit every call throws it again.
 */
public final class ImportSink implements AutoCloseable {
  /** Records in a commit. */
  public static final int COMMIT_RECORDS = 1_000;

  /** Bytes of payloads held in memory for one commit. */
  public static final long COMMIT_BYTES = 8L << 20;

  private static final long CLOSE_SECONDS_MAX = 60;

  private final Store store;
  private final ThreadPoolExecutor writer;
  private CommitDraft draft = new CommitDraft();
  private long draftBytes;
  private @Nullable Future<Long> writing;
  private long written;

  /** A sink into a store. */
  public ImportSink(Store store) {
    this.store = store;
    this.writer =
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(1),
            task -> {
              Thread thread = new Thread(task, "cairn-import-commit");
              thread.setDaemon(true);
              return thread;
            });
  }

  /** Puts an artifact that is in memory. */
  public ArtifactId put(@Nullable TypeTag tag, Bytes payload) {
    if (payload.length() > Store.INLINE_BYTES_MAX) {
      // A large payload is written as it is prepared: not again if it is here.
      ArtifactId id = ArtifactHasher.identify(payload, tag);
      if (store.now().isLive(id.key()) && store.hasPayload(id.payloadDigest())) {
        return id;
      }
    }
    return put(store.prepare(tag, payload));
  }

  /** Puts an artifact of any size; its large payload is not held in memory. */
  public ArtifactId put(@Nullable TypeTag tag, InputStream payload) throws IOException {
    return put(store.prepare(tag, payload));
  }

  private ArtifactId put(PreparedArtifact artifact) {
    Bytes inline = artifact.inline();
    draft.put(artifact);
    draftBytes += inline == null ? 0 : inline.length();
    endDraftIfFull();
    return artifact.id();
  }

  /** States that an artifact is no longer live, in a commit after all that was put before. */
  public void tombstone(ArtifactKey target, TombstoneNote note) {
    draft.tombstone(target, note);
    endDraftIfFull();
  }

  /** Ends the commit being filled: what comes next is later in the total order. */
  public void endCommit() {
    if (draft.isEmpty()) {
      return;
    }
    await();
    CommitDraft full = draft;
    draft = new CommitDraft();
    draftBytes = 0;
    writing = writer.submit(() -> store.commit(full).written());
  }

  /** Ends the commit being filled and waits until all is durable. */
  public void flush() {
    endCommit();
    await();
  }

  /** Records written so far, of the commits that are durable. */
  public long written() {
    return written;
  }

  private void endDraftIfFull() {
    if (draft.size() >= COMMIT_RECORDS || draftBytes >= COMMIT_BYTES) {
      endCommit();
    }
  }

  private void await() {
    if (writing == null) {
      return;
    }
    try {
      written += writing.get();
      writing = null;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException known) {
        throw known;
      }
      throw new AssertionError("a commit failed", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new dev.cairn.asl.error.UnavailableException("interrupted while writing", e);
    }
  }

  /** Waits for the commit being written; what was put after it is dropped. */
  @Override
  public void close() {
    writer.shutdown();
    try {
      if (!writer.awaitTermination(CLOSE_SECONDS_MAX, TimeUnit.SECONDS)) {
        writer.shutdownNow();
      }
    } catch (InterruptedException e) {
      writer.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
