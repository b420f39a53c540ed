package dev.cairn.federation.audit;

import java.util.function.LongConsumer;

/** Counts the records of a source that were read, for who watches. One owner. */
final class RecordsRead {
  private final LongConsumer progress;
  private long read;
  private long told;

  /**
   * @param progress told how many more were read; what is read again, once
   */
  RecordsRead(LongConsumer progress) {
    this.progress = progress;
  }

  /** So many more were read. */
  void add(long records) {
    read += records;
    if (read > told) {
      progress.accept(read - told);
      told = read;
    }
  }

  /** All are read again, from the first one on. */
  void again() {
    read = 0;
  }
}
