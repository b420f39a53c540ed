package dev.cairn.federation.filter;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.Origin;
import java.util.List;

/**
 * A run of an origin's log that ends at a signed checkpoint, of which some records are there and of
 * the others the leaf hash. Nothing in it is believed.
 *
 * @param origin whose log
 * @param key the origin's public key
 * @param firstIndex index of the first item
 * @param items in log order
 * @param checkpoint the signed note that covers the log up to the last item
 */
public record PartialStretch(
    Origin origin, PublicKey key, long firstIndex, List<Item> items, Bytes checkpoint) {
  public PartialStretch {
    items = List.copyOf(items);
  }

  /** A place of the log. */
  public sealed interface Item {
    /** Its leaf in the Merkle tree. */
    Bytes leaf();
  }

  /** A record. */
  public record Held(Bytes record) implements Item {
    @Override
    public Bytes leaf() {
      return TreeHasher.leaf(record);
    }
  }

  /** A record that is not here. */
  public record Hole(Bytes leaf) implements Item {
    public Hole {
      if (leaf.length() != TreeHasher.HASH_BYTES) {
        throw new MalformedException("a leaf hash of " + leaf.length() + " bytes");
      }
    }
  }
}
