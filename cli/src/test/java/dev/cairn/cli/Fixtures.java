package dev.cairn.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** Documents of others, written for these tests, by the format that imports them. */
public final class Fixtures {
  /** Every document and its format. */
  public static final Map<String, String> FORMATS = formats();

  private Fixtures() {}

  private static Map<String, String> formats() {
    Map<String, String> all = new TreeMap<>();
    all.put("chart.provjson", "prov");
    all.put("daily.openlineage.jsonl", "openlineage");
    all.put("lamp.spdx.json", "spdx");
    all.put("lamp.spdx", "spdx");
    all.put("lamp3.spdx.json", "spdx");
    all.put("lamp.cdx.json", "cyclonedx");
    all.put("lamp.cdx.xml", "cyclonedx");
    all.put("lamp.intoto.json", "intoto");
    all.put("lamp.intoto.jsonl", "intoto");
    all.put("lamp.sigstore.json", "intoto");
    all.put("bare.intoto.json", "intoto");
    return Map.copyOf(all);
  }

  /** A document's bytes. */
  public static byte[] bytes(String name) {
    try (InputStream in = Fixtures.class.getResourceAsStream("interchange/" + name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A document's text. */
  public static String text(String name) {
    return new String(bytes(name), StandardCharsets.UTF_8);
  }
}
