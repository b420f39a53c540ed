package dev.cairn.testkit.format;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The vectors of one page of {@code docs/format}. Whoever takes one has checked it; {@link
 * #assertAllTaken} finds those that no test looks at.
 */
final class GoldenVectors {
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```vectors\n(.*?)^```$");

  private final String page;
  private final TreeMap<String, Bytes> vectors = new TreeMap<>();
  private final TreeSet<String> taken = new TreeSet<>();

  private GoldenVectors(String page) {
    this.page = page;
  }

  static GoldenVectors of(String page) throws IOException {
    Path root = Path.of("").toAbsolutePath();
    while (root != null && !Files.isDirectory(root.resolve("docs/format"))) {
      root = root.getParent();
    }
    assertThat(root).as("a folder with docs/format above this one").isNotNull();
    GoldenVectors golden = new GoldenVectors(page);
    Matcher block = BLOCK.matcher(Files.readString(root.resolve("docs/format").resolve(page)));
    while (block.find()) {
      block.group(1).lines().forEach(golden::add);
    }
    return golden;
  }

  private void add(String line) {
    int sign = line.indexOf(" =");
    Bytes before =
        vectors.put(line.substring(0, sign), Bytes.fromHex(line.substring(sign + 2).strip()));
    assertThat(before).as("another vector of the name in %s: %s", page, line).isNull();
  }

  Bytes take(String name) {
    taken.add(name);
    Bytes vector = vectors.get(name);
    assertThat(vector).as("vector %s of %s", name, page).isNotNull();
    return vector;
  }

  /** Those whose names begin so. */
  Map<String, Bytes> takeAll(String prefix) {
    TreeMap<String, Bytes> found = new TreeMap<>();
    for (String name : vectors.keySet()) {
      if (name.startsWith(prefix)) {
        found.put(name, take(name));
      }
    }
    return found;
  }

  void assertAllTaken() {
    assertThat(taken).as("vectors of %s that are checked", page).isEqualTo(vectors.keySet());
  }
}
