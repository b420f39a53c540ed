package dev.cairn.cli.imports;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.cli.console.ProgressStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongConsumer;

/**
 * A file to import, and what people call it.
 *
 * @param name as it stands in messages
 * @param file where its bytes are
 * @param read told how many bytes more were read of it, however often
 */
public record Document(String name, Path file, LongConsumer read) {
  /** Most bytes of a document that is held in memory as a whole. */
  public static final int BYTES_MAX = 256 << 20;

  /** A document that nobody watches. */
  public Document(String name, Path file) {
    this(name, file, count -> {});
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
    return new ProgressStream(Files.newInputStream(file), read);
  }
}
