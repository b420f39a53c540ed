package dev.cairn.federation.bootstrap;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.Origin;
import dev.cairn.federation.bootstrap.BootstrapMessage.SnapshotTell;
import dev.cairn.federation.bootstrap.BootstrapMessage.StretchAsk;
import dev.cairn.federation.bootstrap.BootstrapMessage.StretchEnd;
import java.util.ArrayDeque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Answers a peer's questions from a store, in the order in which they came. Reads as it goes; at
 * most {@link #ASKED_MAX} questions wait. One owner at a time; must be closed.
 */
final class BootstrapAnswers implements AutoCloseable {
  /** Most questions that wait for their answers. */
  static final int ASKED_MAX = 64;

  private final BootstrapStore store;
  private final ArrayDeque<BootstrapMessage> asked = new ArrayDeque<>();
  private @Nullable StretchReader reading;

  BootstrapAnswers(BootstrapStore store) {
    this.store = store;
  }

  void ask(BootstrapMessage question) {
    if (asked.size() >= ASKED_MAX) {
      throw new RefusedException("bootstrap: more than " + ASKED_MAX + " questions wait");
    }
    asked.add(question);
  }

  boolean hasNext() {
    return !asked.isEmpty();
  }

  @Nullable BootstrapMessage next() {
    BootstrapMessage question = asked.peek();
    if (question == null) {
      return null;
    }
    if (!(question instanceof StretchAsk stretch)) {
      asked.remove();
      return new SnapshotTell(store.snapshot().encode());
    }
    StretchReader reader = reading;
    if (reader == null) {
      reader = new StretchReader(store, stretch);
      reading = reader;
    }
    Optional<Bytes> data = reader.next();
    if (data.isPresent()) {
      return new BootstrapMessage.StretchData(data.get());
    }
    close();
    asked.remove();
    return end(stretch, reader.isWhole());
  }

  private StretchEnd end(StretchAsk stretch, boolean held) {
    Origin origin = stretch.origin();
    Bytes key = store.key(origin.node()).map(PublicKey::encoded).orElse(Bytes.EMPTY);
    Bytes note =
        stretch.to() == 0
            ? Bytes.EMPTY
            : store
                .checkpoints(origin, stretch.to() - 1, 1)
                .getOrDefault(stretch.to(), Bytes.EMPTY);
    return new StretchEnd(held, key, note);
  }

  @Override
  public void close() {
    if (reading != null) {
      reading.close();
      reading = null;
    }
  }
}
