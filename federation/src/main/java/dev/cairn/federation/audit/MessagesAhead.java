package dev.cairn.federation.audit;

import dev.cairn.federation.protocol.DeltaReader;
import dev.cairn.federation.protocol.PeerMessage;
import java.util.Iterator;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The reading of a difference as pieces of work, for a thread that reads ahead of whoever takes the
 * messages: each piece gives the next one, or nothing behind the last. There are pieces until
 * {@link #end} is called. Asked by one thread, which need not be the one that does the pieces;
 * those are done one after another.
 */
final class MessagesAhead implements Iterator<Supplier<Optional<PeerMessage>>> {
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
  public Supplier<Optional<PeerMessage>> next() {
    return () -> Optional.ofNullable(delta.next());
  }
}
