package dev.cairn.asl.engine;

import dev.cairn.asl.bytes.Bytes;
import java.util.List;

/**
 * What an engine can do, so that the core can adapt and the conformance suite asks accordingly.
 *
 * @param valueBytesMax longest row value
 * @param batchBytesMax most bytes of keys and values in one append or write
 * @param atomicMultiKey whether derived rows go atomically with the records
 * @param durableOnAck whether a {@link Durability#SYNCED} call survives a crash of the machine
 */
public record EngineCapabilities(
    int valueBytesMax, long batchBytesMax, boolean atomicMultiKey, boolean durableOnAck) {
  /** Refuses, as the caller's mistake, what is larger than an append or write may be. */
  public void requireFits(List<Bytes> records, List<RowChange> rows) {
    long total = 0;
    for (Bytes record : records) {
      total += requireFits(record);
    }
    for (RowChange row : rows) {
      Bytes value = row.value();
      total += row.key().length() + (value == null ? 0 : requireFits(value));
    }
    if (total > batchBytesMax) {
      throw new IllegalArgumentException(
          "batch of " + total + " bytes; the most is " + batchBytesMax);
    }
  }

  private int requireFits(Bytes value) {
    if (value.length() > valueBytesMax) {
      throw new IllegalArgumentException(
          "value of " + value.length() + " bytes; the most is " + valueBytesMax);
    }
    return value.length();
  }
}
