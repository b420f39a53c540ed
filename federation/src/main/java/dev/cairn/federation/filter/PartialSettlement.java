package dev.cairn.federation.filter;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.evidence.Evidence;
import dev.cairn.asl.model.Origin;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What became of the logs held in part when they were cleared up.
 *
 * @param dropped held as a whole by the store
 * @param promoted handed to the store
 * @param forked of which the store holds other records
 * @param refused without holes, but not taken by the store; and why
 */
public record PartialSettlement(
    List<Origin> dropped, List<Origin> promoted, List<Fork> forked, Map<Origin, String> refused) {
  /** Nothing. */
  public static final PartialSettlement NONE =
      new PartialSettlement(List.of(), List.of(), List.of(), Map.of());

  public PartialSettlement {
    dropped = List.copyOf(dropped);
    promoted = List.copyOf(promoted);
    forked = List.copyOf(forked);
    refused = new TreeMap<>(refused);
  }

  /**
   * Two logs of one origin.
   *
   * @param origin whose
   * @param whole checkpoint of the one that the store holds; empty if none is at hand
   * @param part checkpoint of the one held in part
   * @param evidence what the two prove; null if there is nothing signed to prove it by
   */
  public record Fork(Origin origin, Bytes whole, Bytes part, @Nullable Evidence evidence) {}
}
