package dev.cairn.pel.operator.jsonata;

import com.dashjoin.jsonata.Functions;
import com.dashjoin.jsonata.Jsonata;
import dev.cairn.pel.json.CanonicalJson;
import dev.cairn.pel.model.Refusal;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The functions of a query where they differ from the library's: those that are not to be had, and
 * those that ours replace.
 *
 * <p>Replaced are {@code $sum}, {@code $average}, {@code $round}, {@code $power}, {@code $sort} and
 * {@code $distinct}, whose results in the library follow the platform's (its order of adding, its
 * way to print doubles, its mathematics, its sorting of what is no order), and {@code $uppercase}
 * and {@code $lowercase}, which change ASCII letters only, as the case of others follows the
 * platform's Unicode.
 */
final class QueryFunctions {
  private static final List<String> REFUSED =
      List.of(
          "now",
          "millis",
          "random",
          "shuffle",
          "toMillis",
          "fromMillis",
          "eval",
          "match",
          "replace",
          "pad",
          "formatNumber",
          "formatInteger",
          "formatBase",
          "parseInteger",
          "base64encode",
          "base64decode",
          "encodeUrl",
          "encodeUrlComponent",
          "decodeUrl",
          "decodeUrlComponent",
          "clone");

  private static final int DIGITS_MAX = 300;

  private QueryFunctions() {}

  static Refusal refused(String what) {
    return new Refusal("not-offered", what + " is not to be had in queries");
  }

  static void bindTo(Jsonata.Frame frame) {
    for (String name : REFUSED) {
      frame.bind(
          name,
          new Jsonata.JFunction(
              (input, arguments) -> {
                throw refused("$" + name);
              },
              null));
    }
    bind(frame, "sum", "<a<n>:n>", QueryFunctions::sum);
    bind(frame, "average", "<a<n>:n>", QueryFunctions::average);
    bind(frame, "round", "<n-n?:n>", QueryFunctions::round);
    bind(frame, "power", "<n-n:n>", QueryFunctions::power);
    bind(frame, "sort", "<af?:a>", QueryFunctions::sort);
    bind(frame, "distinct", "<x:x>", QueryFunctions::distinct);
    bind(frame, "uppercase", "<s-:s>", arguments -> ascii(arguments, 'a', 'z', -32));
    bind(frame, "lowercase", "<s-:s>", arguments -> ascii(arguments, 'A', 'Z', 32));
  }

  /** A function of its arguments; a missing one is null. */
  private interface Body {
    @Nullable Object of(List<?> arguments) throws Throwable;
  }

  private static void bind(Jsonata.Frame frame, String name, String signature, Body body) {
    frame.bind(name, new Jsonata.JFunction((input, arguments) -> body.of(arguments), signature));
  }

  private static @Nullable Object argument(List<?> arguments, int index) {
    return index < arguments.size() ? arguments.get(index) : null;
  }

  private static @Nullable Object sum(List<?> arguments) {
    if (!(argument(arguments, 0) instanceof List<?> items)) {
      return null;
    }
    double total = 0;
    for (Object item : items) {
      total += ((Number) item).doubleValue();
    }
    return whole(total);
  }

  private static @Nullable Object average(List<?> arguments) {
    if (!(argument(arguments, 0) instanceof List<?> items) || items.isEmpty()) {
      return null;
    }
    double total = 0;
    for (Object item : items) {
      total += ((Number) item).doubleValue();
    }
    return whole(total / items.size());
  }

  /** Rounds the number that the double prints as, a half to the even neighbour. */
  private static @Nullable Object round(List<?> arguments) {
    if (!(argument(arguments, 0) instanceof Number number)) {
      return null;
    }
    int digits = argument(arguments, 1) instanceof Number given ? given.intValue() : 0;
    if (digits > DIGITS_MAX || digits < -DIGITS_MAX) {
      throw new Refusal("query-failed", "$round to more than " + DIGITS_MAX + " digits");
    }
    double value = number.doubleValue();
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      return value;
    }
    return whole(
        new BigDecimal(CanonicalJson.number(QueryValues.exact(value)))
            .setScale(digits, RoundingMode.HALF_EVEN)
            .doubleValue());
  }

  private static @Nullable Object power(List<?> arguments) {
    if (argument(arguments, 0) instanceof Number base
        && argument(arguments, 1) instanceof Number exponent) {
      double value = StrictMath.pow(base.doubleValue(), exponent.doubleValue());
      if (Double.isNaN(value) || Double.isInfinite(value)) {
        throw new Refusal("query-failed", "the query ended with error D3061");
      }
      return whole(value);
    }
    return null;
  }

  /** An integer as the library's integers, so that ranges and comparisons take it. */
  private static Object whole(double value) {
    return value == Math.rint(value) && Math.abs(value) <= 1L << 53 ? (Object) (long) value : value;
  }

  private static @Nullable Object ascii(List<?> arguments, char from, char to, int shift) {
    if (!(argument(arguments, 0) instanceof String text)) {
      return null;
    }
    StringBuilder out = new StringBuilder(text);
    for (int i = 0; i < out.length(); i++) {
      char c = out.charAt(i);
      if (c >= from && c <= to) {
        out.setCharAt(i, (char) (c + shift));
      }
    }
    return out.toString();
  }

  /** Items that are equal as JSON stand once, the first. */
  private static @Nullable Object distinct(List<?> arguments) {
    Object value = argument(arguments, 0);
    if (!(value instanceof List<?> items)) {
      return value;
    }
    Set<String> seen = new TreeSet<>();
    List<Object> kept = new ArrayList<>();
    for (Object item : items) {
      if (seen.add(CanonicalJson.encode(QueryValues.toJson(item)).toHex())) {
        kept.add(item);
      }
    }
    return kept;
  }

  private static @Nullable Object sort(List<?> arguments) throws Throwable {
    if (!(argument(arguments, 0) instanceof List<?> items)) {
      return null;
    }
    Object function = argument(arguments, 1);
    Object[] sorted = items.toArray();
    mergeSort(sorted, new Object[sorted.length], 0, sorted.length, function);
    return new ArrayList<>(java.util.Arrays.asList(sorted));
  }

  /** Stable, and defined for any function: the right one goes first only where it says so. */
  private static void mergeSort(
      Object[] items, Object[] scratch, int from, int to, @Nullable Object function)
      throws Throwable {
    if (to - from < 2) {
      return;
    }
    int middle = (from + to) >>> 1;
    mergeSort(items, scratch, from, middle, function);
    mergeSort(items, scratch, middle, to, function);
    System.arraycopy(items, from, scratch, from, to - from);
    int left = from;
    int right = middle;
    for (int at = from; at < to; at++) {
      boolean takeRight =
          left == middle || (right < to && swaps(scratch[left], scratch[right], function));
      items[at] = takeRight ? scratch[right++] : scratch[left++];
    }
  }

  private static boolean swaps(Object left, Object right, @Nullable Object function)
      throws Throwable {
    if (function != null) {
      Object answer = Functions.funcApply(function, List.of(left, right));
      return Boolean.TRUE.equals(Functions.toBoolean(answer));
    }
    if (left instanceof Number a && right instanceof Number b) {
      return a.doubleValue() > b.doubleValue();
    }
    if (left instanceof String a && right instanceof String b) {
      return a.compareTo(b) > 0;
    }
    throw new Refusal("query-failed", "the query ended with error D3070");
  }
}
