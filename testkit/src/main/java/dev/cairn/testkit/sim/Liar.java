package dev.cairn.testkit.sim;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.note.NoteSignature;
import dev.cairn.asl.note.SignedNote;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerMessage.CheckpointNote;
import dev.cairn.federation.protocol.PeerMessage.Item;
import dev.cairn.federation.protocol.PeerMessage.PayloadPiece;
import dev.cairn.federation.protocol.PeerMessage.Records;
import dev.cairn.federation.protocol.PeerMessage.Run;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a peer that lies says instead of the truth, in frames that are well formed: what others said
 * before, checkpoints under signatures that are none, other bytes in records and payloads. One
 * thread.
 */
final class Liar {
  private static final int FRAMES_OVERHEARD = 32;

  private final Chance chance;
  private final ArrayDeque<Bytes> overheard = new ArrayDeque<>();

  Liar(Chance chance) {
    this.chance = chance;
  }

  /** A frame of any conversation before, now this one too. */
  Bytes replay(Bytes frame) {
    overheard.add(frame);
    if (overheard.size() > FRAMES_OVERHEARD) {
      overheard.remove();
    }
    return chance.pick(List.copyOf(overheard));
  }

  /** The same text under another signature. */
  CheckpointNote forge(CheckpointNote note) {
    SignedNote signed = SignedNote.parse(note.note());
    NoteSignature good = signed.signatures().get(0);
    NoteSignature signature =
        new NoteSignature(good.name(), good.keyHash(), altered(good.signature()));
    return new CheckpointNote(
        note.origin(), note.treeSize(), new SignedNote(signed.text(), List.of(signature)).encode());
  }

  /** The same message with a bit of its content changed; empty if it has none. */
  Optional<PeerMessage> alter(PeerMessage message) {
    if (message instanceof PayloadPiece piece) {
      return Optional.of(
          new PayloadPiece(piece.digest(), piece.length(), piece.offset(), altered(piece.data())));
    }
    if (message instanceof Records records) {
      List<Run> runs = new ArrayList<>(records.runs());
      int which = chance.below(runs.size());
      runs.set(which, altered(runs.get(which)));
      return Optional.of(new Records(runs));
    }
    return Optional.empty();
  }

  private Run altered(Run run) {
    List<Item> items = new ArrayList<>(run.items());
    int which = chance.below(items.size());
    Item item = items.get(which);
    Bytes payload = item.payload();
    items.set(
        which,
        payload != null && !payload.isEmpty() && chance.oneIn(2)
            ? new Item(item.record(), altered(payload))
            : new Item(altered(item.record()), payload));
    return new Run(run.origin(), run.firstIndex(), items);
  }

  private Bytes altered(Bytes bytes) {
    byte[] copy = bytes.toArray();
    copy[chance.below(copy.length)] ^= (byte) (1 << chance.below(8));
    return Bytes.wrap(copy);
  }
}
