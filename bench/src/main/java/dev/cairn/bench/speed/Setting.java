package dev.cairn.bench.speed;

import java.nio.file.Path;

/**
 * What a measurement is given.
 *
 * @param count artifacts of 1 KiB in the store, or to be put into it
 * @param treeMebibytes size of the tree of files
 * @param folder where it may write; shared by the measurements of one run
 * @param prepared a store of {@code count} artifacts, and its raw counterpart, are below it
 */
record Setting(long count, int treeMebibytes, Path folder, Path prepared) {
  /** Bytes of a small artifact's payload. */
  static final int PAYLOAD_BYTES = 1024;

  /** Artifacts in a batch. */
  static final int BATCH = 1000;

  Setting {
    if (count < BATCH || treeMebibytes < 1) {
      throw new IllegalArgumentException(
          "at least "
              + BATCH
              + " artifacts and 1 MiB of files, not "
              + count
              + " and "
              + treeMebibytes);
    }
  }

  /** The prepared store's folder. */
  Path ownFolder() {
    return prepared.resolve("own");
  }

  /** The prepared raw database's folder. */
  Path rawFolder() {
    return prepared.resolve("raw");
  }
}
