package dev.cairn.pel.operator.cel;

import dev.cairn.pel.json.Json;
import dev.cairn.pel.model.Refusal;
import dev.cel.common.values.NullValue;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Values between JSON and CEL. A number without fraction and exponent that fits 64 bits is an
 * {@code int}, any other a {@code double}; members stand in the order of their names.
 */
final class CelValues {
  private static final int DEPTH_MAX = 256;

  /** Most values in a result. */
  static final int VALUES_MAX = 1 << 20;

  /** Most characters of all strings in a result. */
  static final long CHARS_MAX = 64L << 20;

  private long values;
  private long chars;

  private CelValues() {}

  static Object fromJson(Json value) {
    if (value instanceof Json.Null) {
      return NullValue.NULL_VALUE;
    }
    if (value instanceof Json.Bool bool) {
      return bool.value();
    }
    if (value instanceof Json.Text text) {
      return text.value();
    }
    if (value instanceof Json.Num number) {
      return number(number);
    }
    if (value instanceof Json.Array array) {
      List<Object> items = new ArrayList<>(array.items().size());
      array.items().forEach(item -> items.add(fromJson(item)));
      return Collections.unmodifiableList(items);
    }
    Map<String, Object> members = new LinkedHashMap<>();
    ((Json.Dict) value).members().forEach((name, member) -> members.put(name, fromJson(member)));
    return Collections.unmodifiableMap(members);
  }

  private static Object number(Json.Num number) {
    if (number.isLong()) {
      return number.asLong();
    }
    double value = Double.parseDouble(number.literal());
    if (Double.isInfinite(value)) {
      throw new Refusal("bad-number", "a number beyond the greatest double");
    }
    return value;
  }

  static Json toJson(Object value) {
    return new CelValues().json(value, 0);
  }

  private Json json(Object value, int depth) {
    if (depth > DEPTH_MAX) {
      throw new Refusal("not-json", "the result nests deeper than " + DEPTH_MAX);
    }
    if (++values > VALUES_MAX) {
      throw new Refusal("too-large", "the result has more than " + VALUES_MAX + " values");
    }
    if (value instanceof NullValue) {
      return new Json.Null();
    }
    if (value instanceof Boolean bool) {
      return new Json.Bool(bool);
    }
    if (value instanceof String text) {
      return new Json.Text(checked(text));
    }
    if (value instanceof Number number) {
      return number(number);
    }
    if (value instanceof Collection<?> list) {
      List<Json> items = new ArrayList<>();
      for (Object item : list) {
        items.add(json(item, depth + 1));
      }
      return new Json.Array(items);
    }
    if (value instanceof Map<?, ?> map) {
      return object(map, depth);
    }
    throw new Refusal(
        "not-json", "the result has something in it that is neither text, number, list nor map");
  }

  private Json object(Map<?, ?> map, int depth) {
    TreeMap<String, Json> members = new TreeMap<>();
    for (Map.Entry<?, ?> member : map.entrySet()) {
      if (!(member.getKey() instanceof String name)) {
        throw new Refusal("not-json", "the result has a map whose keys are no strings");
      }
      members.put(checked(name), json(member.getValue(), depth + 1));
    }
    return new Json.Dict(members);
  }

  /** Whole numbers, signed or not, print alike everywhere; a double is written out exactly. */
  private static Json number(Number number) {
    if (!(number instanceof Double value)) {
      return new Json.Num(number.toString());
    }
    if (value.isNaN() || value.isInfinite()) {
      throw new Refusal("not-json", "the result has a number that is none");
    }
    return new Json.Num(exact(value));
  }

  /** A literal that is exact, and never that of an integer. */
  static String exact(double value) {
    String digits = new BigDecimal(value).toString();
    return digits.contains(".") || digits.contains("E") ? digits : digits + "e0";
  }

  private String checked(String text) {
    chars += text.length();
    if (chars > CHARS_MAX) {
      throw new Refusal("too-large", "the result has more than " + CHARS_MAX + " characters");
    }
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        boolean pair =
            i + 1 < text.length() && Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1));
        if (!pair) {
          throw new Refusal("not-json", "the result has half a character in it");
        }
        i++;
      }
    }
    return text;
  }
}
