package dev.cairn.asl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The golden vectors of a format's document, which is their only source: lines {@code name = hex}
 * in blocks fenced as {@code vectors}. Names are unique in a document; hex may be empty.
 */
public final class GoldenVectors {
  private static final String FENCE = "```vectors";

  private final String document;
  private final Map<String, Bytes> vectors = new LinkedHashMap<>();

  private GoldenVectors(String name, String document) {
    this.document = document;
    boolean inside = false;
    for (String line : document.lines().toList()) {
      if (!inside) {
        inside = line.equals(FENCE);
      } else if (line.equals("```")) {
        inside = false;
      } else {
        String[] parts = line.split(" =", 2);
        assertThat(parts).as("line '%s' of %s", line, name).hasSize(2);
        Bytes previous = vectors.put(parts[0], Bytes.fromHex(parts[1].strip()));
        assertThat(previous).as("vector %s of %s is there once", parts[0], name).isNull();
      }
    }
    assertThat(inside).as("the last block of %s is closed", name).isFalse();
  }

  /** Reads {@code docs/format/<name>} of this checkout. */
  public static GoldenVectors of(String name) {
    Path path = Vectors.above(Path.of("docs", "format", name)).orElseThrow();
    try {
      return new GoldenVectors(name, Files.readString(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The whole document. */
  public String document() {
    return document;
  }

  /** All vectors, in the document's order. */
  public Map<String, Bytes> all() {
    return vectors;
  }

  /** The vector of that name, which must be there. */
  public Bytes get(String name) {
    assertThat(vectors).containsKey(name);
    return vectors.get(name);
  }

  /** Checks that the document has exactly these vectors. */
  public void assertSame(Map<String, Bytes> actual) {
    StringBuilder differences = new StringBuilder();
    actual.forEach(
        (name, bytes) -> {
          if (!bytes.equals(vectors.get(name))) {
            differences.append('\n').append(name).append(" = ").append(bytes.toHex());
          }
        });
    assertThat(differences.toString()).as("vectors that the document should have").isEmpty();
    assertThat(vectors.keySet()).as("vectors that some code checks").isEqualTo(actual.keySet());
  }
}
