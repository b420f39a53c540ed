package dev.cairn.cli.imports.json;

/**
 * A number as a document writes it: what was said is kept, and nothing is rounded.
 *
 * @param literal by the grammar of RFC 8259
 */
public record JsonNumber(String literal) {
  /** An integer. */
  public static JsonNumber of(long value) {
    return new JsonNumber(Long.toString(value));
  }
}
