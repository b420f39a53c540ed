package dev.cairn.pel.run;

/**
 * What a run may cost. Passing a limit ends the run with a {@link
 * dev.cairn.asl.error.RefusedException} that names it, and no receipt: limits are this node's, not
 * the program's.
 *
 * <p>A step's time is looked at while it runs: it is interrupted at most an eighth of its limit
 * late, and what it then still does is thrown away.
 *
 * @param inputBytesInMemoryMax longest payload that an operator may read into memory whole
 * @param stepInputBytesInMemoryMax bytes of all payloads together that an operator may read into
 *     memory whole, in one node or for one item that it is applied to
 * @param outputBytesMax longest output of one node
 * @param heldBytesMax bytes of small outputs, which are held in memory until the run is committed
 * @param runOutputBytesMax bytes of all outputs of a run
 * @param stepMillisMax longest time of one node, each try by itself
 * @param runMillisMax longest time of a run, waiting for further tries included
 */
public record RunLimits(
    long inputBytesInMemoryMax,
    long stepInputBytesInMemoryMax,
    long outputBytesMax,
    long heldBytesMax,
    long runOutputBytesMax,
    long stepMillisMax,
    long runMillisMax) {
  /** 64 MiB, 512 MiB, 16 GiB, 256 MiB, 64 GiB, an hour, a day. */
  public static final RunLimits DEFAULT =
      new RunLimits(64L << 20, 512L << 20, 16L << 30, 256L << 20, 64L << 30, 3_600_000, 86_400_000);

  public RunLimits {
    if (inputBytesInMemoryMax < 0
        || stepInputBytesInMemoryMax < 0
        || outputBytesMax < 0
        || heldBytesMax < 0
        || runOutputBytesMax < 0
        || stepMillisMax < 1
        || runMillisMax < 1) {
      throw new IllegalArgumentException("a limit below zero, or no time at all");
    }
  }

  /** These limits of bytes; the others as in {@link #DEFAULT}. */
  public RunLimits(long inputBytesInMemoryMax, long outputBytesMax, long heldBytesMax) {
    this(
        inputBytesInMemoryMax,
        DEFAULT.stepInputBytesInMemoryMax,
        outputBytesMax,
        heldBytesMax,
        DEFAULT.runOutputBytesMax,
        DEFAULT.stepMillisMax,
        DEFAULT.runMillisMax);
  }

  /** The same with another bound for all outputs together. */
  public RunLimits withRunOutputBytesMax(long bytes) {
    return new RunLimits(
        inputBytesInMemoryMax,
        stepInputBytesInMemoryMax,
        outputBytesMax,
        heldBytesMax,
        bytes,
        stepMillisMax,
        runMillisMax);
  }

  /** The same with another time for a node. */
  public RunLimits withStepMillisMax(long millis) {
    return new RunLimits(
        inputBytesInMemoryMax,
        stepInputBytesInMemoryMax,
        outputBytesMax,
        heldBytesMax,
        runOutputBytesMax,
        millis,
        runMillisMax);
  }

  /** The same with another time for the run. */
  public RunLimits withRunMillisMax(long millis) {
    return new RunLimits(
        inputBytesInMemoryMax,
        stepInputBytesInMemoryMax,
        outputBytesMax,
        heldBytesMax,
        runOutputBytesMax,
        stepMillisMax,
        millis);
  }
}
