package dev.cairn.pel.operator.archive;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** The members of an archive, one after another. One owner; close it. */
public interface ArchiveReader extends Closeable {
  /** Most members of an archive. */
  int ENTRIES_MAX = 1_000_000;

  /** Longest path, in UTF-16 units. */
  int PATH_CHARS_MAX = 4096;

  /**
   * The next member, null at the end.
   *
   * @throws dev.cairn.pel.model.Refusal if the archive is not what its format demands
   */
  @Nullable ArchiveEntry next() throws IOException;

  /**
   * The content of the member that {@link #next} gave last, asked for at most once; its reads may
   * throw a {@link dev.cairn.pel.model.Refusal}.
   */
  InputStream content() throws IOException;
}
