package dev.cairn.testkit.sim;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.store.Store;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Which payloads a store holds, each looked for once: good while nothing is written to it. */
final class HeldPayloads {
  private final PayloadsSeen seen;
  private final Store store;
  private final Map<PayloadDigest, Optional<Bytes>> found = new HashMap<>();

  HeldPayloads(PayloadsSeen seen, Store store) {
    this.seen = seen;
    this.store = store;
  }

  /** The payload, of so many bytes; null if the store does not hold it. */
  @Nullable Bytes find(PayloadDigest digest, long bytes) {
    return found.computeIfAbsent(digest, unknown -> look(unknown, bytes)).orElse(null);
  }

  private Optional<Bytes> look(PayloadDigest digest, long bytes) {
    return store.hasPayload(digest) ? Optional.of(seen.of(store, digest, bytes)) : Optional.empty();
  }
}
