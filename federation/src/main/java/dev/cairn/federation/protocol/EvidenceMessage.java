package dev.cairn.federation.protocol;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.evidence.Evidence;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.note.SignedNote;

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
