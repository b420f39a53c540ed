package dev.cairn.asl.store;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** One piece after another, on the calling thread. */
enum CallingWorker implements Workers {
  INSTANCE;

  @Override
  public <T> List<T> all(List<Supplier<T>> pieces) {
    List<T> done = new ArrayList<>(pieces.size());
    pieces.forEach(piece -> done.add(piece.get()));
    return done;
  }
}
