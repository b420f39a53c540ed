package dev.cairn.pel.run;

import dev.cairn.asl.cbor.CborValue;
import dev.cairn.pel.model.Mistakes;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Parameters' values as people read them. */
final class ParameterText {
  private static final int CHARS_MAX = 200;

  private ParameterText() {}

  /** A value in words, cut if it is long; null for none. */
  static @Nullable String of(@Nullable CborValue value) {
    if (value == null) {
      return null;
    }
    String text = text(value);
    return text.length() > CHARS_MAX ? text.substring(0, CHARS_MAX) + "..." : text;
  }

  private static String text(CborValue value) {
    if (value instanceof CborValue.Text text) {
      return Mistakes.quote(text.value());
    } else if (value instanceof CborValue.Int number) {
      return Long.toString(number.value());
    } else if (value instanceof CborValue.Bool bool) {
      return Boolean.toString(bool.value());
    } else if (value instanceof CborValue.Array array) {
      return array.items().stream()
          .map(ParameterText::text)
          .collect(Collectors.joining(", ", "[", "]"));
    } else if (value instanceof CborValue.Dict dict) {
      return dict.entries().entrySet().stream()
          .map(entry -> Mistakes.quote(entry.getKey()) + ": " + text(entry.getValue()))
          .collect(Collectors.joining(", ", "{", "}"));
    }
    return value instanceof CborValue.Null ? "null" : value.toString();
  }
}
