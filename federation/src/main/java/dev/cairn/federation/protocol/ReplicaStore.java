package dev.cairn.federation.protocol;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.ContentCursor;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.PayloadStage;
import dev.cairn.asl.store.RecordCursor;
import dev.cairn.asl.store.ReplicaResult;
import dev.cairn.asl.store.Stretch;
import dev.cairn.asl.store.VerifiedStretch;
import java.io.InputStream;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What replication needs of a store, and no more: {@link StoreReplica} gives it over a real one, a
 * simulator over its own. The contracts are those of {@link dev.cairn.asl.store.Store}'s methods of
 * the same names, and of its {@code durableHeads}.
 */
public interface ReplicaStore {
  /** The federation's name. */
  String federation();

  /** The node's public key. */
  PublicKey key();

  /** The node. */
  default NodeId node() {
    return NodeId.of(key());
  }

  /** Signs the present end of the node's own log, if there is anything to sign. */
  void signHead();

  /** Where each log durably ends, in order of origins. */
  List<LogHead> heads();

  /** Checkpoints held with {@code treeSize > after}, by tree size; at most {@code limit}. */
  NavigableMap<Long, Bytes> checkpoints(Origin origin, long after, int limit);

  /** How many records of a log are believed here; {@link Long#MAX_VALUE} if there is no bound. */
  default long believed(Origin origin) {
    return Long.MAX_VALUE;
  }

  /** Records {@code [from, to)} of a log; must be closed. */
  RecordCursor records(Origin origin, long from, long to);

  /** Records {@code [from, to)} of a log with their payloads, in one pass; must be closed. */
  ContentCursor contents(Origin origin, long from, long to);

  /** One record. */
  Optional<LogRecord> record(Origin origin, long index);

  /** The least index whose record has a logseq above {@code logseq}, or the log's size. */
  long firstIndexAfter(Origin origin, long logseq);

  /** True if the payload's bytes are here. */
  boolean hasPayload(PayloadDigest digest);

  /** True if records of this type cannot be taken without their payload. */
  boolean isStructured(@Nullable TypeTag tag);

  /** A payload of at most {@code maxBytes}, verified. */
  Bytes payload(PayloadDigest digest, long maxBytes);

  /** A payload of any size, verified as it is read. */
  InputStream openPayload(PayloadDigest digest);

  /** Takes a payload in pieces, invisible until a stretch needs it. */
  PayloadStage stagePayload(PayloadDigest expected, long length);

  /** Verifies of a stretch all but that it goes on with the log; changes nothing. */
  VerifiedStretch verify(Stretch stretch);

  /**
   * Begins to make a verified stretch visible, all or nothing: at once, or on another thread while
   * the caller goes on. One that was begun is carried out, whether anyone asks or not.
   *
   * @return waits until that is done, durably, whatever interrupts; gives the result, or throws
   *     what {@link dev.cairn.asl.store.Store#replicate(VerifiedStretch)} threw
   */
  Supplier<ReplicaResult> replicate(VerifiedStretch verified);
}
