package dev.cairn.pel.run;

import dev.cairn.asl.error.RefusedException;

/**
 * How much an operator has read into memory whole, in one node or for one item that it is applied
 * to: it may hold all of it at once. For the thread that runs the operator.
 */
final class Reading {
  private final Meter.Part part;
  private final long bytesMax;
  private long bytes;

  Reading(RunLimits limits, Meter.Part part) {
    this.part = part;
    this.bytesMax = limits.stepInputBytesInMemoryMax();
  }

  /** Of the node, whatever is read. */
  Meter.Part part() {
    return part;
  }

  /** Before a payload is read for the first time. */
  void takes(long length) {
    if (length > bytesMax - bytes) {
      throw new RefusedException(
          "what an operator reads into memory is longer than the "
              + bytesMax
              + " bytes that all of it may be (limit step-input-memory-bytes)");
    }
    bytes += length;
  }
}
