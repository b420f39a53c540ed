package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.TableReader;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.TypeTag;
import java.io.InputStream;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An artifact store: the log of one node, the logs it holds of others, and the indexes folded from
 * them.
 *
 * <p>Safe for any thread. Writes go through one sequencer; callers that wait together share a sync.
 * A call that returned is durable. After {@link dev.cairn.asl.error.StoreFailedException} the store
 * refuses writes until it is opened again.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class Store implements AutoCloseable {
  private Store() {}

  /**
   * Opens a store on an engine, which it closes in {@link #close}. A fresh engine becomes a fresh
   * store.
   */
  public static Store open(StorageEngine engine, StoreConfig config) {
    throw new AssertionError();
  }

  /** This node's log. */
  public Origin origin() {
    throw new AssertionError();
  }

  /** The federation's name. */
  public String federation() {
    throw new AssertionError();
  }

  /** The node's key: for signing checkpoints, bundles and certificates. */
  public SigningKey signingKey() {
    throw new AssertionError();
  }

  // ---- writing

  /** Hashes and checks an artifact that is in memory. */
  public PreparedArtifact prepare(@Nullable TypeTag tag, Bytes payload) {
    throw new AssertionError();
  }

  /**
   * Hashes an artifact of any size in one pass; a large payload is written to the store on the way,
   * invisible until committed.
   */
  public PreparedArtifact prepare(@Nullable TypeTag tag, InputStream payload)
      throws java.io.IOException {
    throw new AssertionError();
  }

  /** Commits a draft; returns once it is durable. */
  public CommitResult commit(CommitDraft draft) {
    throw new AssertionError();
  }

  /**
   * Verifies a stretch of another origin's log and makes it visible, all or nothing. What is held
   * already is compared and dropped.
   */
  public ReplicaResult replicate(Stretch stretch) {
    throw new AssertionError();
  }

  /**
   * Takes a payload that arrives in pieces, before the stretch that needs it. It stays invisible,
   * and is kept only if it hashes to {@code expected}.
   */
  public PayloadStage stagePayload(PayloadDigest expected, long length) {
    throw new AssertionError();
  }

  // ---- reading

  /** The store as it is, moving. */
  public View now() {
    throw new AssertionError();
  }

  /** The store as of a cut of what it holds. */
  public View at(Cut cut) {
    throw new AssertionError();
  }

  /** True if the payload's bytes are here. */
  public boolean hasPayload(PayloadDigest digest) {
    throw new AssertionError();
  }

  /** A payload of at most {@code maxBytes}, verified. */
  public Bytes payload(PayloadDigest digest, long maxBytes) {
    throw new AssertionError();
  }

  /**
   * A payload of any size; verified as it is read, chunk by chunk, the last read failing if the
   * whole does not verify.
   */
  public InputStream openPayload(PayloadDigest digest) {
    throw new AssertionError();
  }

  /** Bytes {@code [from, to)} of a payload, reading only the chunks that hold them. */
  public InputStream openPayload(PayloadDigest digest, long from, long to) {
    throw new AssertionError();
  }

  /** Every record of an id in the total order. */
  public List<HistoryEntry> history(ArtifactKey key) {
    throw new AssertionError();
  }

  /** The artifacts, live or not, whose payload has this digest, in order of keys. */
  public List<ArtifactKey> byPayload(PayloadDigest digest) {
    throw new AssertionError();
  }

  /**
   * Keys known here, live or not, whose digest begins with a hex prefix; at most {@code limit}, in
   * order of digests.
   */
  public List<ArtifactKey> byPrefix(String hexPrefix, int limit) {
    throw new AssertionError();
  }

  // ---- logs

  /**
   * Where each log ends, in order of origins; one's own first epoch included once it has a record.
   */
  public List<LogHead> heads() {
    throw new AssertionError();
  }

  /** One log's end, if any record of it is held. */
  public Optional<LogHead> head(Origin origin) {
    throw new AssertionError();
  }

  /** Records {@code [from, to)} of a log; must be closed. */
  public RecordCursor records(Origin origin, long from, long to) {
    throw new AssertionError();
  }

  /** One record. */
  public Optional<LogRecord> record(Origin origin, long index) {
    throw new AssertionError();
  }

  /**
   * The least index of a log whose record has a logseq above {@code logseq}; the log's size if
   * there is none.
   */
  public long firstIndexAfter(Origin origin, long logseq) {
    throw new AssertionError();
  }

  /**
   * Signs the present end of this node's log, if it has a record and is not signed yet; the encoded
   * note.
   */
  public Optional<Bytes> signHead() {
    throw new AssertionError();
  }

  /**
   * The checkpoints held of a log with {@code treeSize > after}, by tree size; at most {@code
   * limit}.
   */
  public NavigableMap<Long, Bytes> checkpoints(Origin origin, long after, int limit) {
    throw new AssertionError();
  }

  /** RFC 6962 proof that record {@code index} is in the log of {@code treeSize} records. */
  public List<Bytes> inclusionProof(Origin origin, long index, long treeSize) {
    throw new AssertionError();
  }

  /** RFC 6962 proof that the log of {@code newSize} records extends that of {@code oldSize}. */
  public List<Bytes> consistencyProof(Origin origin, long oldSize, long newSize) {
    throw new AssertionError();
  }

  /** Merkle root of a log's first {@code treeSize} records. */
  public Bytes logRoot(Origin origin, long treeSize) {
    throw new AssertionError();
  }

  // ---- state and snapshots

  /**
   * Root of the live state's tree; takes time proportional to what changed since it was asked last.
   */
  public Bytes stateRoot() {
    throw new AssertionError();
  }

  /** How much is live. */
  public LiveCounts liveCounts() {
    throw new AssertionError();
  }

  /** The state root under a cut, from nothing. */
  public Bytes stateRootAt(Cut cut) {
    throw new AssertionError();
  }

  /**
   * Takes a snapshot of the present. Changes no log. The same state gives the same snapshot; a new
   * label replaces the old one.
   */
  public SnapshotInfo snapshot(@Nullable String label) {
    throw new AssertionError();
  }

  /** The snapshots kept here, oldest first. */
  public List<SnapshotInfo> snapshots() {
    throw new AssertionError();
  }

  // ---- rows

  /** Reads the rows of indexes and local tables. */
  public TableReader rows() {
    throw new AssertionError();
  }

  /** Writes rows of local tables. */
  public void writeLocal(List<RowChange> changes, Durability durability) {
    throw new AssertionError();
  }

  /** Bytes that the store takes on its medium, roughly. */
  public long bytesOnDisk() {
    throw new AssertionError();
  }

  @Override
  public void close() {
    throw new AssertionError();
  }
}
