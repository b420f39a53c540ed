package dev.cairn.federation.bootstrap;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.Origin;
import dev.cairn.federation.protocol.PartMessage;
import dev.cairn.federation.protocol.ProtocolLimits;

/**
 * What nodes say to hand over much at once: the messages of {@code bootstrap/1}. Questions are
 * answered in the order in which they came; a stretch in any number of {@link StretchData}, and one
 * {@link StretchEnd}.
 */
public sealed interface BootstrapMessage extends PartMessage {
  /** Most bytes of a {@link StretchData}. */
  int DATA_BYTES_MAX = 1 << 20;

  /** Most bytes of a {@link SnapshotTell}: {@link ProtocolLimits#ORIGINS_MAX} heads. */
  int SNAPSHOT_BYTES_MAX = 3 << 20;

  /** Most bytes of a canonical record. */
  int RECORD_BYTES_MAX = 1_024;

  /** Most bytes of a checkpoint's note. */
  int NOTE_BYTES_MAX = 64 << 10;

  /** Whether it asks; otherwise it answers. */
  default boolean isQuestion() {
    return this instanceof SnapshotAsk || this instanceof StretchAsk;
  }

  /** Asks what there is to be had now. */
  record SnapshotAsk() implements BootstrapMessage {}

  /**
   * The answer to {@link SnapshotAsk}.
   *
   * @param snapshot payload of a {@link dev.cairn.asl.model.Snapshot}
   */
  record SnapshotTell(Bytes snapshot) implements BootstrapMessage {
    public SnapshotTell {
      if (snapshot.isEmpty() || snapshot.length() > SNAPSHOT_BYTES_MAX) {
        throw new MalformedException("snapshot: " + snapshot.length() + " bytes");
      }
    }
  }

  /**
   * Asks for records of a log, and who it is that signs them.
   *
   * @param from index of the first
   * @param to behind the last; with {@code from} the same only key and checkpoint are asked for
   * @param whole with payloads, and with checkpoints in between
   */
  record StretchAsk(Origin origin, long from, long to, boolean whole) implements BootstrapMessage {
    public StretchAsk {
      if (from < 0 || to < from) {
        throw new MalformedException("stretch: records " + from + " to " + to);
      }
    }
  }

  /**
   * Some of the stretch that was asked for; see {@link StretchParser} for the layout.
   *
   * @param data goes on where the last one ended, at any byte
   */
  record StretchData(Bytes data) implements BootstrapMessage {
    public StretchData {
      if (data.isEmpty() || data.length() > DATA_BYTES_MAX) {
        throw new MalformedException("stretch data: " + data.length() + " bytes");
      }
    }
  }

  /**
   * The end of the answer to {@link StretchAsk}.
   *
   * @param held whether all of it was there; else what came is a part of it
   * @param key the origin's public key; empty if it is not known
   * @param note the encoded checkpoint at the end asked for; empty if there is none
   */
  record StretchEnd(boolean held, Bytes key, Bytes note) implements BootstrapMessage {
    public StretchEnd {
      if (!key.isEmpty() && key.length() != PublicKey.KEY_BYTES) {
        throw new MalformedException("stretch end: a key of " + key.length() + " bytes");
      }
      if (note.length() > NOTE_BYTES_MAX) {
        throw new MalformedException("stretch end: a note of " + note.length() + " bytes");
      }
    }
  }
}
