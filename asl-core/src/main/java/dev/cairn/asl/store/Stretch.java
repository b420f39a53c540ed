package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.model.Origin;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A run of another origin's records, ending at one of its signed checkpoints: the unit of
 * replication. Nothing in it is believed; {@link Store#replicate} verifies all of it before
 * anything becomes visible.
 *
 * @param origin whose log
 * @param key the origin's public key
 * @param firstIndex index of the first item
 * @param items records in log order
 * @param checkpoint the encoded note that covers the log up to the last item
 */
public record Stretch(
    Origin origin, PublicKey key, long firstIndex, List<Item> items, Bytes checkpoint) {
  /**
   * A record on its way.
   *
   * @param record encoded record
   * @param payload its payload if it came inline; null if it was staged before ({@link
   *     Store#stagePayload}) or did not come
   */
  public record Item(Bytes record, @Nullable Bytes payload) {}

  public Stretch {
    items = List.copyOf(items);
  }
}
