package dev.cairn.cli.imports;

import java.io.IOException;

/**
 * What documents of one kind say. Reading one twice must say the same: the first time everything is
 * checked, the second time it is written.
 */
public interface DocumentFormat {
  /** The namespace of its edge types. */
  String namespace();

  /**
   * Tells {@code statements} all that the document says; calls {@link Statements#document} first.
   *
   * @throws dev.cairn.asl.error.MalformedException that begins with the place in the document
   */
  void read(Document document, Statements statements) throws IOException;
}
