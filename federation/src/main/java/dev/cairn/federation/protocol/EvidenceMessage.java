package dev.cairn.federation.protocol;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.evidence.Evidence;
import dev.cairn.asl.merkle.MerkleProofs;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.note.SignedNote;
import java.util.List;

/**
 * How nodes find logs that contradict each other, and prove it: the messages of {@code evidence/1}.
 */
public sealed interface EvidenceMessage extends PartMessage {
  /**
   * Asks for the signed checkpoint behind a root that contradicts the asker's log.
   *
   * @param origin whose log
   * @param treeSize of the checkpoint, as the other side's hello said it
   */
  record CheckpointWanted(Origin origin, long treeSize) implements EvidenceMessage {
    public CheckpointWanted {
      if (treeSize < 1) {
        throw new MalformedException("checkpoint wanted: tree size " + treeSize);
      }
    }
  }

  /**
   * The answer to one {@link CheckpointWanted}.
   *
   * @param origin whose log
   * @param note the signed note; empty if there is none of that size
   */
  record CheckpointShown(Origin origin, Bytes note) implements EvidenceMessage {
    public CheckpointShown {
      if (note.length() > SignedNote.NOTE_BYTES_MAX) {
        throw new MalformedException("checkpoint shown: " + note.length() + " bytes");
      }
    }

    @Override
    public boolean carriesProof() {
      return true;
    }
  }

  /**
   * Asks how the other side's log begins, of which something came that does not verify on top of
   * what is held here. Only of who says that it {@link LogRoots#proves}.
   *
   * @param origin whose log
   * @param treeSize how much of it the asker holds, or its checkpoint covers
   */
  record PrefixWanted(Origin origin, long treeSize) implements EvidenceMessage {
    public PrefixWanted {
      if (treeSize < 1) {
        throw new MalformedException("prefix wanted: tree size " + treeSize);
      }
    }
  }

  /**
   * The answer to one {@link PrefixWanted}.
   *
   * @param origin whose log
   * @param note the last checkpoint of it; empty if there is none
   * @param proof a prefix proof from the size that was asked for to that of the note; empty if the
   *     note's is not greater
   */
  record PrefixShown(Origin origin, Bytes note, List<Bytes> proof) implements EvidenceMessage {
    /** Most hashes of a proof. */
    public static final int HASHES_MAX = MerkleProofs.PROOF_HASHES_MAX + 1;

    public PrefixShown {
      proof = List.copyOf(proof);
      if (note.length() > SignedNote.NOTE_BYTES_MAX || proof.size() > HASHES_MAX) {
        throw new MalformedException(
            "prefix shown: " + note.length() + " bytes and " + proof.size() + " hashes");
      }
      for (Bytes hash : proof) {
        if (hash.length() != TreeHasher.HASH_BYTES) {
          throw new MalformedException("prefix shown: a hash of " + hash.length() + " bytes");
        }
      }
    }

    @Override
    public boolean carriesProof() {
      return true;
    }
  }

  /**
   * Evidence against a log.
   *
   * @param evidence the bytes of an {@link Evidence}, not checked yet
   */
  record EvidenceShown(Bytes evidence) implements EvidenceMessage {
    public EvidenceShown {
      if (evidence.isEmpty() || evidence.length() > Evidence.BYTES_MAX) {
        throw new MalformedException("evidence shown: " + evidence.length() + " bytes");
      }
    }

    @Override
    public boolean carriesProof() {
      return true;
    }
  }
}
