package dev.cairn.testkit.sim;

import dev.cairn.asl.crypto.SignatureCheck;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.store.Index;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.protocol.EvidenceMessage;
import dev.cairn.federation.protocol.FilterMessage;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.pel.operator.OperatorRegistry;
import java.util.List;

/**
 * A defect built into a simulation's harness, never into production code, to show that the oracles
 * would see it. Each is a bug that a store of this kind has had or could well have.
 */
public enum PlantedBug {
  /** Nothing is wrong. */
  NONE,

  /**
   * A sender keeps one cursor for a peer, not one for each origin, and so skips late commits of
   * third nodes.
   */
  ONE_CURSOR_PER_PEER {
    @Override
    PeerMessage received(Store store, PeerMessage message) {
      return message instanceof PeerMessage.Hello hello
          ? PlantedCursor.collapse(store, hello)
          : message;
    }
  },

  /** Applying a replicated tombstone leaves the target's liveness row as it was. */
  FORGOTTEN_TOMBSTONE {
    @Override
    StorageEngine engine(SigningKey key, MemoryEngine engine) {
      return PlantedEngine.forgettingTombstones(key, engine);
    }
  },

  /** An index orders by logseq alone, so that ties go to whichever record arrived last. */
  TIES_BY_ARRIVAL {
    @Override
    List<Index> indexes() {
      return List.of(new PlantedIndex());
    }
  },

  /** Appends are acknowledged before they are durable. */
  ACKNOWLEDGED_TOO_EARLY {
    @Override
    StorageEngine engine(SigningKey key, MemoryEngine engine) {
      return PlantedEngine.acknowledgingTooEarly(engine);
    }
  },

  /** A checkpoint is given out although what it signs may still be lost. */
  SIGNED_TOO_EARLY {
    @Override
    StorageEngine engine(SigningKey key, MemoryEngine engine) {
      return PlantedEngine.signingTooEarly(engine);
    }
  },

  /** A replicated checkpoint is believed whoever signed it. */
  CHECKPOINT_NOT_VERIFIED {
    @Override
    SignatureCheck signatures(SignatureCheck check) {
      return (key, message, signature) -> true;
    }
  },

  /** A refused append leaves half of its records behind. */
  TORN_COMMIT {
    @Override
    StorageEngine engine(SigningKey key, MemoryEngine engine) {
      return PlantedEngine.tearing(engine);
    }
  },

  /** A replica keeps another record than the one that it verified. */
  ALTERED_RECORD {
    @Override
    StorageEngine engine(SigningKey key, MemoryEngine engine) {
      return PlantedEngine.altering(key, engine);
    }
  },

  /** A replicated edge is not entered in its slot. */
  FORGOTTEN_SLOT {
    @Override
    StorageEngine engine(SigningKey key, MemoryEngine engine) {
      return PlantedEngine.forgettingSlots(key, engine);
    }
  },

  /** A replicated finding is not entered among the findings. */
  FORGOTTEN_FINDING {
    @Override
    StorageEngine engine(SigningKey key, MemoryEngine engine) {
      return PlantedEngine.forgettingFindings(key, engine);
    }
  },

  /** An occurrence is written though its finding is not here. */
  ORPHANED_OCCURRENCE {
    @Override
    boolean looksForParents() {
      return false;
    }
  },

  /** Replicated statements about membership are not entered, so that nobody waits for others. */
  FORGOTTEN_MEMBER {
    @Override
    StorageEngine engine(SigningKey key, MemoryEngine engine) {
      return PlantedEngine.forgettingMembers(key, engine);
    }
  },

  /** A member acknowledges what it does not hold. */
  ACKNOWLEDGED_BEYOND {
    @Override
    boolean acknowledgesBeyond() {
      return true;
    }
  },

  /** A node does not hear which roots its peer's logs have, so that it cannot compare them. */
  ROOTS_UNSAID {
    @Override
    PeerMessage received(Store store, PeerMessage message) {
      return message instanceof PeerMessage.Hello hello
          ? PlantedSilence.withoutRoots(hello)
          : message;
    }
  },

  /** A node does not look at the evidence that it is shown. */
  EVIDENCE_UNREAD {
    @Override
    PeerMessage received(Store store, PeerMessage message) {
      return message instanceof EvidenceMessage.EvidenceShown
          ? new PeerMessage.Heartbeat(0)
          : message;
    }
  },

  /** A store does not notice that it is a copy, and goes on in the epoch of the other one. */
  COPY_UNNOTICED {
    @Override
    boolean noticesCopies() {
      return false;
    }
  },

  /** Of what is of interest to a peer some is left out, as if it were not. */
  INTEREST_OVERLOOKED {
    @Override
    PeerMessage received(Store store, PeerMessage message) {
      return message instanceof FilterMessage.PartialRun run
          ? PlantedSilence.withoutFirst(run)
          : message;
    }
  },

  /** Of what is shown to a peer since it asks for more some is left out. */
  FILL_OVERLOOKED {
    @Override
    PeerMessage received(Store store, PeerMessage message) {
      return message instanceof FilterMessage.Fills fills
          ? PlantedSilence.withoutFirst(fills)
          : message;
    }
  },

  /** A peer is shown edges whatever it asks for. */
  INTEREST_EXCEEDED {
    @Override
    PeerMessage received(Store store, PeerMessage message) {
      return message instanceof FilterMessage.Interest asked
          ? new FilterMessage.Interest(
              asked.filter() + " | kind:edge", asked.cursor(), asked.removals())
          : message;
    }
  },

  /** A put is committed without its payload. */
  FORGOTTEN_PAYLOAD {
    @Override
    StorageEngine engine(SigningKey key, MemoryEngine engine) {
      return PlantedEngine.forgettingPayloads(engine);
    }
  },

  /** An erasure leaves the payload where it was. */
  FORGOTTEN_ERASURE {
    @Override
    StorageEngine engine(SigningKey key, MemoryEngine engine) {
      return PlantedEngine.forgettingErasures(engine);
    }
  },

  /** An operator's output tells the time. */
  CLOCK_IN_OPERATOR {
    @Override
    OperatorRegistry operators(Schedule schedule) {
      return PlantedOperator.registry(schedule);
    }
  },

  /** A session that hears nothing waits for ever. */
  NO_TIMEOUTS;

  StorageEngine engine(SigningKey key, MemoryEngine engine) {
    return engine;
  }

  SignatureCheck signatures(SignatureCheck check) {
    return check;
  }

  List<Index> indexes() {
    return List.of();
  }

  boolean looksForParents() {
    return true;
  }

  boolean acknowledgesBeyond() {
    return false;
  }

  boolean noticesCopies() {
    return true;
  }

  OperatorRegistry operators(Schedule schedule) {
    return OperatorRegistry.builtIn();
  }

  PeerMessage received(Store store, PeerMessage message) {
    return message;
  }
}
