package dev.cairn.federation.sync;

import java.util.function.LongSupplier;

/**
 * How much room on a disk a store may take with what a peer sends: for stores that are filled by
 * peers whom nobody trusts.
 *
 * @param taken bytes that the store takes now; asked by the thread that syncs, more often the less
 *     room is left
 * @param bytesMax most of them. A store may take more by what a few frames come to, and while its
 *     engine merges files
 */
public record Room(LongSupplier taken, long bytesMax) {
  /** What is allowed must be some room. */
  public Room {
    if (bytesMax < 1) {
      throw new IllegalArgumentException("room of " + bytesMax + " bytes");
    }
  }
}
