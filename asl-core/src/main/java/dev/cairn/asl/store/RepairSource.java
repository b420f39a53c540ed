package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Where a repair gets what a store lost. Nothing that it gives is believed: payloads must hash to
 * their digest, keys to their node, checkpoints must verify, records must give the root that a
 * checkpoint signs. One owner at a time.
 */
public interface RepairSource {
  /**
   * A payload that will be asked for.
   *
   * @param digest of the payload, or of a note
   * @param length of it
   */
  record Need(PayloadDigest digest, long length) {}

  /** Most payloads that are announced at once. */
  int NEEDS_MAX = 1_024;

  /**
   * Announces payloads that will be asked for next, so that many can be fetched at once.
   *
   * @param needs at most {@link #NEEDS_MAX}
   * @param held chunks that the damaged store holds and that verify: they need not be fetched
   */
  default void announce(List<Need> needs, Function<PayloadChunk, Optional<Bytes>> held) {}

  /** A payload, or the note of a tombstone, if it is there; the caller closes it. */
  Optional<InputStream> payload(PayloadDigest digest);

  /** The public key of a node. */
  Optional<PublicKey> key(NodeId node);

  /** The encoded checkpoint of a log at a size. */
  Optional<Bytes> checkpoint(Origin origin, long treeSize);

  /**
   * Encoded records of a log, from {@code from} to before {@code to}; fewer, or none, if it does
   * not have them all.
   */
  List<Bytes> records(Origin origin, long from, long to);

  /** Another store, which must stay open meanwhile. */
  static RepairSource of(Store store) {
    return new RepairSource() {
      @Override
      public Optional<InputStream> payload(PayloadDigest digest) {
        return store.hasPayload(digest) ? Optional.of(store.openPayload(digest)) : Optional.empty();
      }

      @Override
      public Optional<PublicKey> key(NodeId node) {
        return store.heads().stream()
            .filter(head -> head.origin().node().equals(node))
            .map(LogHead::key)
            .findFirst();
      }

      @Override
      public Optional<Bytes> checkpoint(Origin origin, long treeSize) {
        return Optional.ofNullable(store.checkpoints(origin, treeSize - 1, 1).get(treeSize));
      }

      @Override
      public List<Bytes> records(Origin origin, long from, long to) {
        List<Bytes> records = new ArrayList<>();
        try (RecordCursor cursor = store.records(origin, from, to)) {
          while (cursor.next()) {
            records.add(cursor.encoded());
          }
        }
        return records;
      }
    };
  }
}
