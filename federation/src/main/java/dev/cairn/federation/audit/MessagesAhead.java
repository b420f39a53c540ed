package dev.cairn.federation.audit;

import dev.cairn.federation.protocol.DeltaReader;
import dev.cairn.federation.protocol.PeerMessage;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;

/**
 * The reading of a difference as pieces of work, for a thread that reads ahead of whoever takes the
 * messages: each piece gives the next ones, of about {@link #PIECE_BYTES} together, or none behind
 * the last. There are pieces until {@link #end} is called. Asked by one thread, which need not be
 * the one that does the pieces; those are done one after another.
 */
final class MessagesAhead implements Iterator<Supplier<List<PeerMessage>>> {
  private static final long PIECE_BYTES = 1 << 20;

  private final DeltaReader delta;
  private boolean ended;

  MessagesAhead(DeltaReader delta) {
    this.delta = delta;
  }

  /** No more pieces: one of them has given nothing. */
  void end() {
    ended = true;
  }

  @Override
  public boolean hasNext() {
    return !ended;
  }

  @Override
  public Supplier<List<PeerMessage>> next() {
    return this::read;
  }

  private List<PeerMessage> read() {
    List<PeerMessage> read = new ArrayList<>();
    long enough = delta.sent().bytes() + PIECE_BYTES;
    PeerMessage next = delta.next();
    while (next != null) {
      read.add(next);
      next = delta.sent().bytes() < enough ? delta.next() : null;
    }
    return read;
  }
}
