package dev.cairn.pel.operator.archive;

import java.io.IOException;
import java.io.InputStream;

/** The bytes of an archive, at any place. */
public interface ArchiveSource {
  /** How many there are. */
  long length();

  /** Bytes {@code [from, to)}. */
  InputStream open(long from, long to) throws IOException;
}
