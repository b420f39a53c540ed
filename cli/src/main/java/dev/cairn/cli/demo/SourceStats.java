package dev.cairn.cli.demo;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.cairn.asl.bytes.Bytes;
import dev.cairn.cli.console.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;

/**
 * How much source there is. A file with a byte 0 among its first 8000 has no lines.
 *
 * @param files files
 * @param lines line feeds
 * @param bytes bytes
 */
record SourceStats(long files, long lines, long bytes) {
  static final SourceStats NONE = new SourceStats(0, 0, 0);

  private static final int SNIFFED_BYTES = 8000;
  private static final int BUFFER_BYTES = 64 << 10;

  SourceStats plus(SourceStats more) {
    return new SourceStats(files + more.files, lines + more.lines, bytes + more.bytes);
  }

  /** Counts one file. */
  static SourceStats count(InputStream in) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    long lines = 0;
    long bytes = 0;
    boolean binary = false;
    for (int count = in.readNBytes(buffer, 0, BUFFER_BYTES);
        count > 0;
        count = in.readNBytes(buffer, 0, BUFFER_BYTES)) {
      for (int i = 0; i < count; i++) {
        binary |= buffer[i] == 0 && bytes + i < SNIFFED_BYTES;
        lines += buffer[i] == '\n' ? 1 : 0;
      }
      bytes += count;
    }
    return new SourceStats(1, binary ? 0 : lines, bytes);
  }

  /** Reads what {@code text/stats} wrote. */
  static SourceStats parse(Bytes json) throws IOException {
    long files = 0;
    long lines = 0;
    long bytes = 0;
    try (JsonParser parser = new JsonFactory().createParser(json.toArray())) {
      while (parser.nextToken() != null) {
        if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT) {
          switch (parser.currentName()) {
            case "files" -> files = parser.getLongValue();
            case "lines" -> lines = parser.getLongValue();
            case "bytes" -> bytes = parser.getLongValue();
            default -> {}
          }
        }
      }
    }
    return new SourceStats(files, lines, bytes);
  }

  JsonObject toJson() {
    return new JsonObject().add("files", files).add("lines", lines).add("bytes", bytes);
  }

  @Override
  public String toString() {
    return files + " files, " + lines + " lines, " + bytes + " bytes";
  }

  /** A row of the table. */
  String row(String type) {
    return String.format(Locale.ROOT, "%-12s %,9d %,12d %,14d", type, files, lines, bytes);
  }
}
