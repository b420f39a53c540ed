package dev.cairn.federation.reconcile;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.StateTreeView;
import dev.cairn.federation.protocol.PartMessage;
import dev.cairn.federation.protocol.PeerMessage.CursorEntry;
import java.util.List;

/**
 * What nodes say to find what they differ in: the messages of {@code reconcile/1}. Each question
 * has one answer; a side asks its next question when it has the answer to the last one.
 */
public sealed interface ReconcileMessage extends PartMessage {
  /** Nodes or subtrees that one message asks for, and the answers in one. */
  int PLACES_MAX = 64;

  /** Most bytes of a message about ranges. */
  int RANGES_BYTES_MAX = 1 << 20;

  /** Whether it asks; otherwise it answers. */
  default boolean isQuestion() {
    return this instanceof RangesAsk
        || this instanceof StateAsk
        || this instanceof LogAsk
        || this instanceof RecordAsk;
  }

  /**
   * A question about ranges of the payloads that are held.
   *
   * @param ranges a message of {@link Reconciler}
   */
  record RangesAsk(Bytes ranges) implements ReconcileMessage {
    public RangesAsk {
      atMost("ranges", ranges.length(), RANGES_BYTES_MAX);
    }
  }

  /** The answer to {@link RangesAsk}. */
  record RangesTell(Bytes ranges) implements ReconcileMessage {
    public RangesTell {
      atMost("ranges", ranges.length(), RANGES_BYTES_MAX);
    }
  }

  /**
   * A node of the state tree.
   *
   * @param depth how many nibbles name it
   * @param path these nibbles, padded with a zero one to whole bytes
   */
  record StateNodeName(int depth, Bytes path) {
    public StateNodeName {
      if (depth < 0 || depth >= StateTreeView.DEPTH_MAX || path.length() != (depth + 1) / 2) {
        throw new MalformedException(
            "state node: a depth of " + depth + " with " + path.length() + " bytes");
      }
      if ((depth & 1) == 1 && (path.at(path.length() - 1) & 0xf) != 0) {
        throw new MalformedException("state node: more nibbles than its depth says");
      }
    }
  }

  /**
   * Asks for nodes of the state tree under a cut.
   *
   * @param cut how far each log goes, in order of origins; of an entry only origin and logseq count
   * @param nodes at least one
   */
  record StateAsk(List<CursorEntry> cut, List<StateNodeName> nodes) implements ReconcileMessage {
    public StateAsk {
      cut = List.copyOf(cut);
      nodes = List.copyOf(nodes);
      CursorEntry.checkOrder(cut);
      some("state nodes", nodes.size());
    }
  }

  /**
   * The answer to {@link StateAsk}.
   *
   * @param contents what each node's hash is made of, in the order asked
   */
  record StateTell(List<Bytes> contents) implements ReconcileMessage {
    public StateTell {
      contents = List.copyOf(contents);
      some("state contents", contents.size());
    }

    @Override
    public boolean carriesProof() {
      return true;
    }
  }

  /**
   * A complete subtree of a log's Merkle tree.
   *
   * @param level it has 2^level leaves
   * @param index from the left
   */
  record Subtree(int level, long index) {
    public Subtree {
      if (level < 0 || level > 62 || index < 0 || index > Long.MAX_VALUE >>> level) {
        throw new MalformedException("subtree: number " + index + " of level " + level);
      }
    }
  }

  /** Asks for hashes of complete subtrees of a log. */
  record LogAsk(Origin origin, List<Subtree> subtrees) implements ReconcileMessage {
    public LogAsk {
      subtrees = List.copyOf(subtrees);
      some("subtrees", subtrees.size());
    }
  }

  /** The answer to {@link LogAsk}, in the order asked. */
  record LogTell(List<Bytes> hashes) implements ReconcileMessage {
    public LogTell {
      hashes = List.copyOf(hashes);
      some("hashes", hashes.size());
    }

    @Override
    public boolean carriesProof() {
      return true;
    }
  }

  /** Asks for a record of a log. */
  record RecordAsk(Origin origin, long index) implements ReconcileMessage {
    public RecordAsk {
      if (index < 0) {
        throw new MalformedException("record: index " + index);
      }
    }
  }

  /** The answer to {@link RecordAsk}: canonical bytes. */
  record RecordTell(Bytes record) implements ReconcileMessage {
    @Override
    public boolean carriesProof() {
      return true;
    }
  }

  private static void some(String what, int count) {
    if (count == 0) {
      throw new MalformedException(what + ": none");
    }
    atMost(what, count, PLACES_MAX);
  }

  private static void atMost(String what, int count, int max) {
    if (count > max) {
      throw new MalformedException(what + ": " + count + ", more than " + max);
    }
  }
}
