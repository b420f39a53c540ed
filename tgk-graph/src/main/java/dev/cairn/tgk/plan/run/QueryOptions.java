package dev.cairn.tgk.plan.run;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a query may use. None of it changes the answer or its order.
 *
 * @param shards ranges of digests that scans are cut into
 * @param threads that read shards; 1 means the caller's own and no other
 * @param memoryBytesMax what all operators that keep rows may keep in memory, by their own
 *     reckoning; more goes to scratch files. Single edges, up to {@link
 *     dev.cairn.tgk.model.Edge#EDGE_BYTES_MAX}, come on top
 * @param scratchBytesMax what may lie in scratch files at a time
 * @param scratch the folder for those; null for the system's own
 */
public record QueryOptions(
    int shards, int threads, long memoryBytesMax, long scratchBytesMax, @Nullable Path scratch) {
  /** Most shards. */
  public static final int SHARDS_MAX = 65_536;

  /** Most threads. */
  public static final int THREADS_MAX = 256;

  /** Least memory. */
  public static final long MEMORY_BYTES_MIN = 4 << 10;

  /** One thread, 64 MiB of memory, 16 GiB of scratch. */
  public static final QueryOptions DEFAULT = new QueryOptions(16, 1, 64L << 20, 16L << 30, null);

  public QueryOptions {
    if (shards < 1 || shards > SHARDS_MAX || threads < 1 || threads > THREADS_MAX) {
      throw new IllegalArgumentException("query: " + shards + " shards, " + threads + " threads");
    }
    if (memoryBytesMax < MEMORY_BYTES_MIN || scratchBytesMax < 0) {
      throw new IllegalArgumentException(
          "query: memory of "
              + memoryBytesMax
              + " bytes, scratch of "
              + scratchBytesMax
              + "; memory must be "
              + MEMORY_BYTES_MIN
              + " or more");
    }
  }

  /** The same with other shards and threads. */
  public QueryOptions withShards(int count, int readers) {
    return new QueryOptions(count, readers, memoryBytesMax, scratchBytesMax, scratch);
  }

  /** The same with other room. */
  public QueryOptions withRoom(long memoryBytes, long scratchBytes) {
    return new QueryOptions(shards, threads, memoryBytes, scratchBytes, scratch);
  }

  /** The same with another folder for scratch files. */
  public QueryOptions withScratch(Path folder) {
    return new QueryOptions(shards, threads, memoryBytesMax, scratchBytesMax, folder);
  }
}
