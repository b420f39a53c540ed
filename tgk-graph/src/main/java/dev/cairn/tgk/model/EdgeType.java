package dev.cairn.tgk.model;

import dev.cairn.asl.error.MalformedException;

/**
 * What an edge says, as a namespaced name: {@code prov:wasDerivedFrom}, {@code git:commit}.
 *
 * <pre>
 *   [a-z][a-z0-9.-]* ":" [A-Za-z][A-Za-z0-9._-]*        at most {@value #LENGTH_MAX} characters
 * </pre>
 *
 * @param text the name
 */
public record EdgeType(String text) implements Comparable<EdgeType> {
  /** Longest name, in characters. */
  public static final int LENGTH_MAX = 127;

  public EdgeType {
    if (text.length() > LENGTH_MAX) {
      throw new MalformedException(
          "edge type: " + text.length() + " characters, more than " + LENGTH_MAX);
    }
    if (!isNamespaced(text)) {
      throw new MalformedException("edge type: not of the form namespace:name");
    }
  }

  /** By the name's characters. */
  @Override
  public int compareTo(EdgeType other) {
    return text.compareTo(other.text);
  }

  @Override
  public String toString() {
    return text;
  }

  private static boolean isNamespaced(String text) {
    int colon = text.indexOf(':');
    if (colon < 1 || colon + 1 == text.length()) {
      return false;
    }
    if (!isLower(text.charAt(0)) || !isLetter(text.charAt(colon + 1))) {
      return false;
    }
    for (int i = 1; i < colon; i++) {
      char c = text.charAt(i);
      if (!isLower(c) && !isDigit(c) && c != '.' && c != '-') {
        return false;
      }
    }
    for (int i = colon + 2; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!isLetter(c) && !isDigit(c) && c != '.' && c != '-' && c != '_') {
        return false;
      }
    }
    return true;
  }

  private static boolean isLower(char c) {
    return c >= 'a' && c <= 'z';
  }

  private static boolean isLetter(char c) {
    return isLower(c) || (c >= 'A' && c <= 'Z');
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }
}
