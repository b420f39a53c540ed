package dev.cairn.cli.imports.json;

/**
 * Where something stands in a text.
 *
 * @param line from 1
 * @param column from 1; 0 if only the line is known
 */
public record TextPlace(long line, long column) {
  /** A line. */
  public static TextPlace ofLine(long line) {
    return new TextPlace(line, 0);
  }

  @Override
  public String toString() {
    return "line " + line + (column > 0 ? ", column " + column : "");
  }
}
