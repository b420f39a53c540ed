package dev.cairn.tgk.model;

import dev.cairn.asl.bytes.Bytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** The golden vectors of a page of {@code docs/format}: lines {@code name = hex} in its fences. */
public final class FormatDocument {
  private FormatDocument() {}

  /** All vectors of a page, in order. */
  public static Map<String, Bytes> vectors(String page) {
    Map<String, Bytes> vectors = new LinkedHashMap<>();
    boolean inside = false;
    for (String line : lines(page)) {
      if (line.startsWith("```")) {
        inside = line.equals("```vectors");
      } else if (inside) {
        int sign = line.indexOf('=');
        Bytes value = Bytes.fromHex(line.substring(sign + 1).strip());
        if (vectors.put(line.substring(0, sign).strip(), value) != null) {
          throw new AssertionError(page + " has two vectors of one name: " + line);
        }
      }
    }
    return vectors;
  }

  private static Iterable<String> lines(String page) {
    Path folder = Path.of("").toAbsolutePath();
    while (folder != null && !Files.isDirectory(folder.resolve("docs/format"))) {
      folder = folder.getParent();
    }
    if (folder == null) {
      throw new AssertionError("no docs/format above " + Path.of("").toAbsolutePath());
    }
    try {
      return Files.readAllLines(
          folder.resolve("docs/format").resolve(page), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
