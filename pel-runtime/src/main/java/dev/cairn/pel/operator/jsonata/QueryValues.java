package dev.cairn.pel.operator.jsonata;

import com.dashjoin.jsonata.Jsonata;
import dev.cairn.pel.json.Json;
import dev.cairn.pel.model.Refusal;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Values between our JSON and the library's. Integers to 2^53 are the library's integers, all other
 * numbers doubles; members stand in the order of their names.
 */
final class QueryValues {
  private static final int DEPTH_MAX = 256;
  private static final long INTEGER_MAX = 1L << 53;

  private QueryValues() {}

  static Object fromJson(Json value) {
    if (value instanceof Json.Null) {
      return Jsonata.NULL_VALUE;
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
      return items;
    }
    Map<String, Object> members = new LinkedHashMap<>();
    ((Json.Dict) value).members().forEach((name, member) -> members.put(name, fromJson(member)));
    return members;
  }

  private static Object number(Json.Num number) {
    if (number.isLong() && Math.abs(number.asLong()) <= INTEGER_MAX) {
      long value = number.asLong();
      return value == (int) value ? (Object) (int) value : (Object) value;
    }
    double value = Double.parseDouble(number.literal());
    if (Double.isInfinite(value)) {
      throw new Refusal("bad-number", "a number beyond the greatest double");
    }
    return value;
  }

  static Json toJson(@Nullable Object value) {
    return toJson(value, 0);
  }

  private static Json toJson(@Nullable Object value, int depth) {
    if (depth > DEPTH_MAX) {
      throw new Refusal("not-json", "the result nests deeper than " + DEPTH_MAX);
    }
    if (value == null || value == Jsonata.NULL_VALUE) {
      return new Json.Null();
    }
    if (value instanceof Boolean bool) {
      return new Json.Bool(bool);
    }
    if (value instanceof String text) {
      return new Json.Text(wellFormed(text));
    }
    if (value instanceof Number number) {
      return number(number);
    }
    if (value instanceof List<?> list) {
      List<Json> items = new ArrayList<>(list.size());
      for (Object item : list) {
        items.add(toJson(item, depth + 1));
      }
      return new Json.Array(items);
    }
    if (value instanceof Map<?, ?> map) {
      TreeMap<String, Json> members = new TreeMap<>();
      for (Map.Entry<?, ?> member : map.entrySet()) {
        members.put(
            wellFormed(String.valueOf(member.getKey())), toJson(member.getValue(), depth + 1));
      }
      return new Json.Dict(members);
    }
    throw new Refusal("not-json", "the result has a function in it");
  }

  private static Json number(Number number) {
    if (number instanceof Integer || number instanceof Long) {
      return Json.Num.of(number.longValue());
    }
    double value = number.doubleValue();
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      throw new Refusal("not-json", "the result has a number that is none");
    }
    return new Json.Num(exact(value));
  }

  /** A literal that is exact, and written alike by every platform; never that of an integer. */
  static String exact(double value) {
    String digits = new BigDecimal(value).toString();
    return digits.contains(".") || digits.contains("E") ? digits : digits + "e0";
  }

  private static String wellFormed(String text) {
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
