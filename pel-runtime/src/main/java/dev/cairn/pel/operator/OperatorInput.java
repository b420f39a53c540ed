package dev.cairn.pel.operator;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An artifact given to an operator, or one that a list given to it names. For one thread at a time.
 *
 * <p>Reads verify. What is not here or does not verify ends the run with an exception of the store;
 * an operator lets it pass.
 */
public interface OperatorInput {
  /** Its key. */
  ArtifactKey key();

  /** What the list calls it; null for what was given directly. */
  @Nullable String label();

  /** Its type, if any. */
  @Nullable TypeTag tag();

  /** Bytes of its payload. */
  long length();

  /** The payload from its beginning; the caller closes it. */
  InputStream open() throws IOException;

  /** Bytes {@code [from, to)} of the payload; the caller closes it. */
  InputStream open(long from, long to) throws IOException;

  /**
   * The payload in memory.
   *
   * @throws dev.cairn.asl.error.RefusedException if it is longer than this run allows
   */
  Bytes read() throws IOException;

  /** True if its type is {@code pel/list}. */
  boolean isList();

  /**
   * The artifacts that it names, where {@link #isList}. A list inside a list is not opened.
   *
   * @throws OperatorFailure if the payload is no list
   */
  List<OperatorInput> items() throws IOException;
}
