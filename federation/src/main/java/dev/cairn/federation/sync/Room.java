package dev.cairn.federation.sync;

import java.util.function.LongSupplier;

/**
 * How much room on a disk a store may take with what a peer sends: for stores that are filled by
 * peers whom nobody trusts. Of one conversation; safe for any thread.
 */
public final class Room {
  private final LongSupplier taken;
  private final long bytesMax;
  private volatile boolean passed;

  /**
   * Some room.
   *
   * @param taken bytes that are taken now; asked by the thread that syncs, more often the less room
   *     is left
   * @param bytesMax most of them, 1 at least. A store may take more by what a few frames come to,
   *     and while its engine merges files
   */
  public Room(LongSupplier taken, long bytesMax) {
    if (bytesMax < 1) {
      throw new IllegalArgumentException("room of " + bytesMax + " bytes");
    }
    this.taken = taken;
    this.bytesMax = bytesMax;
  }

  /** Most bytes that may be taken. */
  public long bytesMax() {
    return bytesMax;
  }

  /** Whether a conversation was ended because more was taken. */
  public boolean isPassed() {
    return passed;
  }

  /** Bytes that may still be taken; negative if it is passed. */
  long left() {
    long left = bytesMax - taken.getAsLong();
    if (left < 0) {
      passed = true;
    }
    return left;
  }
}
