package dev.cairn.asl.metrics;

import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.time.Ticker;

/**
 * Listens to the work of one store: what was put, in which batches, how long writes and waits took.
 *
 * <p>Called by the threads that do the work, some under the sequencer's lock: an implementation is
 * safe for any thread, returns at once and calls no store. What it throws is logged and otherwise
 * ignored. Every method does nothing unless overridden. {@code
 * dev.cairn.asl.metrics.micrometer.MicrometerMetrics} fills a Micrometer registry.
 */
public interface StoreMetrics {
  /** Hears nothing, and reads no clock. */
  StoreMetrics NONE = new StoreMetrics() {};

  /** By which times are taken; one that stands still unless overridden. */
  default Ticker ticker() {
    return () -> 0;
  }

  /** A draft waited so long until its group was begun. */
  default void draftWaited(long nanos) {}

  /**
   * A group of drafts that shared one append is acknowledged.
   *
   * @param drafts commits in it
   * @param putsWritten puts that wrote a record
   * @param putsKnown puts of what was live already
   * @param tombstones tombstones that wrote a record
   * @param payloadBytes payload bytes of the puts that wrote a record
   */
  default void committed(
      int drafts, long putsWritten, long putsKnown, long tombstones, long payloadBytes) {}

  /**
   * The engine took an append, one's own or of another node's log.
   *
   * @param records in it
   * @param rows changed with it
   * @param durability as asked; a synced one holds the time of the sync
   * @param nanos that the call took
   */
  default void appended(int records, int rows, Durability durability, long nanos) {}

  /** A sync without an append took so long. */
  default void synced(long nanos) {}

  /**
   * Something came from a peer that does not fit what is held.
   *
   * @param kind of the few kinds that there are: {@code equivocation}, {@code wrong-bytes}
   */
  default void conflict(String kind) {}

  /**
   * Indexes are built from the log before the store is open. Not called if all are up to date.
   *
   * @param commits to be folded into them, of each index all
   */
  default void indexing(long commits) {}

  /** So many of these commits more are folded. */
  default void indexed(long commits) {}

  /** A caller of a full put queue was stalled for so long, whether there was room then or not. */
  default void putStalled(long nanos) {}
}
