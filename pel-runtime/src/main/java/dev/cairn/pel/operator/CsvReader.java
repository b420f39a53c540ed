package dev.cairn.pel.operator;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the records of a CSV text, strictly by RFC 4180, except that a line may also end in 0x0a
 * alone and that another separator may be chosen. One owner.
 *
 * <p>A quotation mark inside a field that is not quoted, text behind a closing one, a carriage
 * return alone, and a quoted field that never ends are refused with line and column, both from 1;
 * columns count UTF-16 units.
 */
final class CsvReader {
  private final String text;
  private final char separator;
  private int at;
  private int line = 1;
  private int lineStart;

  CsvReader(String text, char separator) {
    this.text = text;
    this.separator = separator;
  }

  /** The line at which the next record begins. */
  int line() {
    return line;
  }

  /** The next record, null at the end. */
  @Nullable List<String> next() {
    if (at == text.length()) {
      return null;
    }
    List<String> fields = new ArrayList<>();
    while (true) {
      fields.add(at < text.length() && text.charAt(at) == '"' ? quoted() : plain());
      if (at == text.length()) {
        return fields;
      }
      char c = text.charAt(at++);
      if (c != separator) {
        endLine(c);
        return fields;
      }
    }
  }

  private String plain() {
    int start = at;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == separator || c == '\n' || c == '\r') {
        break;
      }
      if (c == '"') {
        throw bad("a quotation mark inside a field that is not quoted");
      }
      at++;
    }
    return text.substring(start, at);
  }

  private String quoted() {
    int openedLine = line;
    int openedColumn = at - lineStart + 1;
    StringBuilder field = new StringBuilder();
    at++;
    while (at < text.length()) {
      char c = text.charAt(at++);
      if (c == '"') {
        if (at == text.length() || text.charAt(at) != '"') {
          demandEndOfField();
          return field.toString();
        }
        at++;
      } else if (c == '\n') {
        line++;
        lineStart = at;
      }
      field.append(c);
    }
    throw new OperatorFailure(
        "bad-csv",
        "line " + openedLine + ", column " + openedColumn + ": a quoted field that never ends");
  }

  private void demandEndOfField() {
    if (at < text.length()) {
      char c = text.charAt(at);
      if (c != separator && c != '\n' && c != '\r') {
        throw bad("something behind a quoted field");
      }
    }
  }

  private void endLine(char c) {
    if (c == '\r') {
      if (at == text.length() || text.charAt(at) != '\n') {
        at--;
        throw bad("a carriage return without a line feed");
      }
      at++;
    }
    line++;
    lineStart = at;
  }

  private OperatorFailure bad(String what) {
    return new OperatorFailure(
        "bad-csv", "line " + line + ", column " + (at - lineStart + 1) + ": " + what);
  }
}
