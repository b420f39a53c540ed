package dev.cairn.cli.imports;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.cli.imports.json.JsonReader;
import dev.cairn.cli.imports.json.JsonTree;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The JSON values of a document that has one object, an array of them, or one a line.
 *
 * <p>It has one a line if its first line that is not blank begins with <code>{</code> and ends with
 * <code>}</code>. Then only one line at a time is held in memory. Pure but for reading.
 */
public final class JsonValues {
  /** Longest line, in bytes. */
  public static final int LINE_BYTES_MAX = 64 << 20;

  private JsonValues() {}

  /** Takes a value. */
  @FunctionalInterface
  public interface Action {
    /** The value, with its exact bytes if it has a line for itself. */
    void take(JsonTree value, @Nullable Bytes line);
  }

  /** True if the document has one value a line. */
  public static boolean isLines(Document document) throws IOException {
    try (InputStream in = document.open()) {
      LineReader lines = new LineReader(in, Document.BYTES_MAX);
      for (byte[] line = lines.next(); line != null; line = lines.next()) {
        int start = 0;
        int end = line.length;
        while (start < end && isBlank(line[start])) {
          start++;
        }
        while (end > start && isBlank(line[end - 1])) {
          end--;
        }
        if (start < end) {
          return line[start] == '{' && line[end - 1] == '}';
        }
      }
      return false;
    }
  }

  /** How many lines that are not blank a document has; at most {@code limit} are counted. */
  public static int countLines(Document document, int limit) throws IOException {
    int count = 0;
    try (InputStream in = document.open()) {
      LineReader lines = new LineReader(in, Document.BYTES_MAX);
      for (byte[] line = lines.next(); line != null && count < limit; line = lines.next()) {
        count += isBlank(line) ? 0 : 1;
      }
    }
    return count;
  }

  /** Takes each value as a part of its own. */
  public static void forEach(Document document, Statements statements, Action action)
      throws IOException {
    if (isLines(document)) {
      forEachLine(document, statements, action);
      return;
    }
    JsonTree whole = new JsonReader().read(document.bytes());
    for (JsonTree value : whole.isArray() ? whole.items() : List.of(whole)) {
      statements.part(value::place, () -> action.take(value, null));
    }
  }

  private static void forEachLine(Document document, Statements statements, Action action)
      throws IOException {
    JsonReader reader = new JsonReader();
    try (InputStream in = document.open()) {
      LineReader lines = new LineReader(in, LINE_BYTES_MAX);
      for (byte[] next = lines.next(); next != null; next = lines.next()) {
        Bytes line = Bytes.wrap(next);
        long number = lines.number();
        if (!isBlank(next)) {
          statements.part(
              () -> "line " + number + ": ", () -> action.take(reader.read(line, number), line));
        }
      }
    }
  }

  private static boolean isBlank(byte[] line) {
    for (byte b : line) {
      if (!isBlank(b)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || b == '\t' || b == '\r';
  }
}
