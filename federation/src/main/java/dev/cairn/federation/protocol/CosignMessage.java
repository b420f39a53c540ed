package dev.cairn.federation.protocol;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.note.Cosignature;
import java.util.List;

/** How nodes tell each other which checkpoints were cosigned: the messages of {@code cosign/1}. */
public sealed interface CosignMessage extends PartMessage {
  /** Most cosignatures in one message. */
  int ENTRIES_MAX = 256;

  /**
   * One cosignature.
   *
   * @param origin whose checkpoint
   * @param treeSize records that it covers
   * @param root that it signs
   * @param key who cosigned
   * @param cosignature not checked yet
   */
  record Entry(Origin origin, long treeSize, Bytes root, PublicKey key, Cosignature cosignature) {
    public Entry {
      if (treeSize < 1 || root.length() != TreeHasher.HASH_BYTES) {
        throw new MalformedException(
            "cosignature: tree size " + treeSize + " or a root of " + root.length() + " bytes");
      }
    }

    /** Who cosigned. */
    public NodeId node() {
      return NodeId.of(key);
    }
  }

  /**
   * Cosignatures, in any order.
   *
   * @param entries at least one
   */
  record Cosignatures(List<Entry> entries) implements CosignMessage {
    public Cosignatures {
      entries = List.copyOf(entries);
      if (entries.isEmpty() || entries.size() > ENTRIES_MAX) {
        throw new MalformedException("cosignatures: " + entries.size() + " in one message");
      }
    }

    @Override
    public boolean carriesProof() {
      return true;
    }
  }
}
