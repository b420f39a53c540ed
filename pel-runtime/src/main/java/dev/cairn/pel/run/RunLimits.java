package dev.cairn.pel.run;

/**
 * What a run may cost. Passing a limit ends the run with a {@link
 * dev.cairn.asl.error.RefusedException} and no receipt: limits are this node's, not the program's.
 *
 * @param inputBytesInMemoryMax longest payload that an operator may read into memory whole
 * @param outputBytesMax longest output of one node
 * @param heldBytesMax bytes of small outputs, which are held in memory until the run is committed
 */
public record RunLimits(long inputBytesInMemoryMax, long outputBytesMax, long heldBytesMax) {
  /** 64 MiB, 16 GiB, 256 MiB. */
  public static final RunLimits DEFAULT = new RunLimits(64L << 20, 16L << 30, 256L << 20);

  public RunLimits {
    if (inputBytesInMemoryMax < 0 || outputBytesMax < 0 || heldBytesMax < 0) {
      throw new IllegalArgumentException("a negative limit");
    }
  }
}
