package dev.cairn.asl.store;

import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.model.LogRecord;

/**
 * Bounds and promises of a {@link PutQueue}.
 *
 * @param itemsMax puts that are not completed yet
 * @param bytesMax bytes that these hold in memory: of payloads given as bytes, and a buffer's worth
 *     of others
 * @param commitRecordsMax puts that go into one commit at most
 * @param waitMillisMax how long a put waits for room; 0 refuses at once
 * @param closeMillisMax how long {@link PutQueue#close} waits for what is under way
 * @param hashing where payloads are read and hashed
 * @param durability of the commits
 */
public record PutQueueOptions(
    int itemsMax,
    long bytesMax,
    int commitRecordsMax,
    long waitMillisMax,
    long closeMillisMax,
    Hashing hashing,
    Durability durability) {
  /** Where payloads are read and hashed. */
  public enum Hashing {
    /** By whoever puts, before the call returns. */
    IN_CALLER,
    /** On the queue's executor: what was put must not change until then. */
    ON_EXECUTOR
  }

  /**
   * 10,000 puts, 64 MiB, 1,000 a commit, durable; callers hash, and wait up to a minute for room.
   */
  public static final PutQueueOptions DEFAULT =
      new PutQueueOptions(
          10_000, 64L << 20, 1_000, 60_000, 600_000, Hashing.IN_CALLER, Durability.SYNCED);

  public PutQueueOptions {
    if (itemsMax < 1
        || bytesMax < 1
        || commitRecordsMax < 1
        || commitRecordsMax > LogRecord.COMMIT_RECORDS_MAX
        || waitMillisMax < 0
        || closeMillisMax < 0) {
      throw new IllegalArgumentException(
          itemsMax
              + " items, "
              + bytesMax
              + " bytes, "
              + commitRecordsMax
              + " records a commit, waiting "
              + waitMillisMax
              + " ms for room and "
              + closeMillisMax
              + " ms to close");
    }
  }

  /** The same with other bounds on what is under way. */
  public PutQueueOptions withRoom(int items, long bytes) {
    return new PutQueueOptions(
        items, bytes, commitRecordsMax, waitMillisMax, closeMillisMax, hashing, durability);
  }

  /** The same with another wait for room. */
  public PutQueueOptions withWaitMillisMax(long millis) {
    return new PutQueueOptions(
        itemsMax, bytesMax, commitRecordsMax, millis, closeMillisMax, hashing, durability);
  }

  /** The same with hashing elsewhere. */
  public PutQueueOptions withHashing(Hashing where) {
    return new PutQueueOptions(
        itemsMax, bytesMax, commitRecordsMax, waitMillisMax, closeMillisMax, where, durability);
  }

  /** The same with another promise. */
  public PutQueueOptions withDurability(Durability promise) {
    return new PutQueueOptions(
        itemsMax, bytesMax, commitRecordsMax, waitMillisMax, closeMillisMax, hashing, promise);
  }
}
