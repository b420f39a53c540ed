package dev.cairn.federation;

import dev.cairn.asl.bytes.Bytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A page of {@code docs/format}, and its golden vectors: lines {@code name = hex} in its fences.
 */
public final class FormatDocument {
  private static final Pattern FENCE =
      Pattern.compile("^```vectors\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);

  private FormatDocument() {}

  /** The page's text. */
  public static String text(String page) {
    Path folder = Path.of("").toAbsolutePath();
    while (folder != null && !Files.isDirectory(folder.resolve("docs/format"))) {
      folder = folder.getParent();
    }
    if (folder == null) {
      throw new AssertionError("no docs/format above " + Path.of("").toAbsolutePath());
    }
    try {
      return Files.readString(folder.resolve("docs/format").resolve(page), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The page's vectors, in its order. */
  public static Map<String, Bytes> vectors(String page) {
    Map<String, Bytes> vectors = new LinkedHashMap<>();
    Matcher fence = FENCE.matcher(text(page));
    while (fence.find()) {
      for (String line : fence.group(1).lines().toList()) {
        List<String> parts = List.of(line.split("=", 2));
        if (vectors.put(parts.get(0).strip(), Bytes.fromHex(parts.get(1).strip())) != null) {
          throw new AssertionError(page + " has two vectors of one name: " + line);
        }
      }
    }
    return vectors;
  }
}
