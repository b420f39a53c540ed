package dev.cairn.federation.bundle;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.MisbehaviourException;
import dev.cairn.asl.evidence.Evidence;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.HeldEvidence;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.protocol.ConflictSeen;
import dev.cairn.federation.protocol.LogDoubt;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerMessage.CheckpointNote;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * The logs of a bundle that contradict what the store holds, or whose nodes broke the rules:
 * nothing of them is taken, and the other logs are. A bundle answers no questions, so its
 * checkpoints are all the evidence there is. Safe for one thread.
 */
final class LogsLeftOut {
  private final Store store;
  private final Consumer<ConflictSeen> conflicts;
  private final Set<Origin> frozenBefore;
  private final Map<Origin, Bytes> shown = new TreeMap<>();
  private final List<CairnException> reasons = new ArrayList<>();

  LogsLeftOut(Store store, Consumer<ConflictSeen> conflicts) {
    this.store = store;
    this.conflicts = conflicts;
    this.frozenBefore = new TreeSet<>(store.frozen());
  }

  /** Notes what the bundle has of checkpoints. */
  void sees(PeerMessage message) {
    if (message instanceof CheckpointNote note) {
      shown.put(note.origin(), note.note());
    }
  }

  /** The log's node broke the rules, or is known to have. */
  void broken(CairnException why) {
    reasons.add(why);
  }

  /** Finds out whether a log that does not go on from what is held is a proven fork. */
  boolean examine(LogDoubt doubt) {
    store.signHead(); // as the log may be this node's own
    Bytes note = shown.get(doubt.origin());
    Optional<Evidence> found = note == null ? Optional.empty() : store.examine(note, doubt.key());
    if (found.isPresent()) {
      Evidence evidence = found.get();
      reasons.add(new MisbehaviourException(evidence.describe(), evidence.id().toHex()));
    } else {
      conflicts.accept(
          new ConflictSeen(
              ConflictSeen.Kind.DIFFERENCE,
              doubt.origin().toString(),
              "the bundle's log does not go on from the one held, and no checkpoint of it shows"
                  + " why",
              store.lastCheckpoint(doubt.origin()).orElse(Bytes.EMPTY),
              note == null ? Bytes.EMPTY : note));
      reasons.add(doubt.what());
    }
    return true;
  }

  /** Tells of the nodes that were found out since the beginning. */
  void tell() {
    for (HeldEvidence held : store.evidence()) {
      if (!frozenBefore.contains(held.evidence().origin())) {
        conflicts.accept(ConflictSeen.proven(held.evidence()));
      }
    }
  }

  /** Why each was left out, as they came. */
  List<CairnException> reasons() {
    return List.copyOf(reasons);
  }
}
