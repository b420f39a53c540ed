package dev.cairn.cli.imports;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.cli.console.ProgressStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file to import, and what people call it.
 *
 * @param name as it stands in messages
 * @param file where its bytes are
 * @param watcher told how far the import of it is
 */
public record Document(String name, Path file, Watcher watcher) {
  /** Most bytes of a document that is held in memory as a whole. */
  public static final int BYTES_MAX = 256 << 20;

  /** A document that nobody watches. */
  public Document(String name, Path file) {
    this(name, file, Watcher.NOBODY);
  }

  /** Told how far the import of a document is. Called by the importer's owner. */
  public interface Watcher {
    /** Nobody. */
    Watcher NOBODY =
        new Watcher() {
          @Override
          public void read(long bytes) {}

          @Override
          public void checked() {}

          @Override
          public void done() {}
        };

    /** So many bytes more were read, which may be bytes that were read before. */
    void read(long bytes);

    /** It is checked, and is read again to be written. */
    void checked();

    /** Nothing more is read of it. */
    void done();
  }

  /** All of its bytes. */
  public Bytes bytes() throws IOException {
    try (InputStream in = open()) {
      byte[] bytes = in.readNBytes(BYTES_MAX + 1);
      if (bytes.length > BYTES_MAX) {
        throw new MalformedException("more than " + BYTES_MAX + " bytes");
      }
      return Bytes.wrap(bytes);
    }
  }

  /** Its bytes as a stream; must be closed. */
  public InputStream open() throws IOException {
    return new ProgressStream(Files.newInputStream(file), watcher::read);
  }
}
