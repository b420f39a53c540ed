package dev.cairn.asl.store;

import java.util.List;
import java.util.function.Supplier;

/** Does pieces of work, on one thread or on several. */
public interface Workers {
  /**
   * Does all pieces; what they gave, in their order.
   *
   * @throws RuntimeException what the first of them in this order threw
   */
  <T> List<T> all(List<Supplier<T>> pieces);

  /** Does all of it on the calling thread. */
  static Workers caller() {
    return CallingWorker.INSTANCE;
  }
}
