package dev.cairn.pel.model;

import dev.cairn.asl.cbor.CborReader;

/** The rule for names of inputs, nodes and outputs, and for their order in formats. */
final class Names {
  private static final int CHARS_MAX = 64;

  private Names() {}

  /** True for {@code [A-Za-z0-9][A-Za-z0-9_-]{0,63}}; a large receipt asks ten thousand times. */
  static boolean isName(String text) {
    if (text.isEmpty() || text.length() > CHARS_MAX) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean letterOrDigit =
          (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (!letterOrDigit && (i == 0 || (c != '_' && c != '-'))) {
        return false;
      }
    }
    return true;
  }

  /** Reads the next name of a sorted list. */
  static String next(CborReader in, String previous) {
    String name = in.text();
    if (!isName(name)) {
      throw in.malformed("ends " + Mistakes.quote(name) + ", which is no name");
    }
    if (previous.compareTo(name) >= 0) {
      throw in.malformed("ends " + Mistakes.quote(name) + ", out of order or twice");
    }
    return name;
  }
}
