package dev.cairn.federation.protocol;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.evidence.Evidence;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.HeldEvidence;
import dev.cairn.asl.store.LogHead;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;

/**
 * What {@link EvidencePart} needs of a store; the contracts are those of {@link
 * dev.cairn.asl.store.Store}'s methods of the same names.
 */
public interface EvidenceStore {
  /** Where each log durably ends, in order of origins. */
  List<LogHead> heads();

  /** Merkle root of a log's first {@code treeSize} records. */
  Bytes logRoot(Origin origin, long treeSize);

  /** Checkpoints held with {@code treeSize > after}, by tree size; at most {@code limit}. */
  NavigableMap<Long, Bytes> checkpoints(Origin origin, long after, int limit);

  /** The last checkpoint held of a log, if there is one. */
  Optional<Bytes> lastCheckpoint(Origin origin);

  /** The last checkpoint held of a log that is not beyond what {@link #heads} says of it. */
  Optional<Bytes> durableCheckpoint(Origin origin);

  /** A proof of how a log's first {@code newSize} records begin; {@code oldSize} from 1, less. */
  List<Bytes> prefixProof(Origin origin, long oldSize, long newSize);

  /** The logs that are frozen. */
  Set<Origin> frozen();

  /** The evidence for which a log is frozen, if it is. */
  Optional<HeldEvidence> evidence(Origin origin);

  /**
   * Keeps evidence and freezes its log; false if it is frozen already.
   *
   * @param held whether something of the log is held here, in part perhaps: then there is room
   */
  boolean keep(Evidence evidence, boolean held);

  /** Compares a checkpoint with the log held here; what contradicts is kept as evidence. */
  Optional<Evidence> examine(Bytes note, PublicKey key);
}
