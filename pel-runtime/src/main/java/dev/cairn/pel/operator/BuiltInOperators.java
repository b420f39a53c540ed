package dev.cairn.pel.operator;

import java.util.List;

/** The operators that come along. */
final class BuiltInOperators {
  private BuiltInOperators() {}

  static List<Operator> all() {
    return List.of(
        new BytesConcat(),
        new BytesSlice(),
        new DigestSha256(),
        new JsonCanonical(),
        new JsonMerge(),
        new ListOf(),
        new TextStats());
  }
}
