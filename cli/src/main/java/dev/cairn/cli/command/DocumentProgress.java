package dev.cairn.cli.command;

import dev.cairn.cli.console.Progress;
import dev.cairn.cli.imports.Document;

/**
 * A document's part of the progress of an import. How often a document is read depends on what is
 * in it: at most so often as is counted here, and what is left of that when it is checked, and when
 * it is done, counts then. One owner.
 */
final class DocumentProgress implements Document.Watcher {
  /** To find out what it is, and to hash it or to take it apart. */
  private static final int READ_TO_CHECK = 2;

  /** The same, and to put it. */
  private static final int READ_TO_WRITE = 3;

  private final Progress progress;
  private final long size;
  private long limit;
  private long counted;

  /**
   * @param size bytes of the document
   */
  DocumentProgress(Progress progress, long size) {
    this.progress = progress;
    this.size = size;
    this.limit = READ_TO_CHECK * size;
  }

  /** Steps of a document of {@code size} bytes. */
  static long steps(long size) {
    return (READ_TO_CHECK + READ_TO_WRITE) * size;
  }

  @Override
  public void read(long bytes) {
    long more = Math.min(bytes, limit - counted);
    counted += more;
    progress.step(more);
  }

  @Override
  public void checked() {
    read(limit - counted);
    limit = steps(size);
  }

  @Override
  public void done() {
    limit = steps(size);
    read(limit - counted);
  }
}
