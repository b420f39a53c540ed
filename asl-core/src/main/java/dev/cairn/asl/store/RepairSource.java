package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import java.io.InputStream;
import java.util.Optional;

/**
 * Where a repair gets what a store lost. Nothing that it gives is believed: payloads must hash to
 * their digest, keys to their node, checkpoints must verify. One owner at a time.
 */
public interface RepairSource {
  /** A payload, or the note of a tombstone, if it is there; the caller closes it. */
  Optional<InputStream> payload(PayloadDigest digest);

  /** The public key of a node. */
  Optional<PublicKey> key(NodeId node);

  /** The encoded checkpoint of a log at a size. */
  Optional<Bytes> checkpoint(Origin origin, long treeSize);

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
    };
  }
}
