package dev.cairn.pel.model;

import dev.cairn.asl.cbor.CborReader;
import java.util.regex.Pattern;

/** The rule for names of inputs, nodes and outputs, and for their order in formats. */
final class Names {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,63}");

  private Names() {}

  static boolean isName(String text) {
    return NAME.matcher(text).matches();
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
