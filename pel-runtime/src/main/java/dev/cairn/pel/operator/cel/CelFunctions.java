package dev.cairn.pel.operator.cel;

import dev.cairn.pel.json.CanonicalJson;
import dev.cairn.pel.operator.re2.Expression;
import dev.cel.checker.CelStandardDeclarations;
import dev.cel.common.CelErrorCode;
import dev.cel.common.CelRuntimeException;
import dev.cel.runtime.CelFunctionBinding;
import dev.cel.runtime.CelLateFunctionBindings;
import dev.cel.runtime.CelStandardFunctions;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The functions of CEL that are there, and those of them that are our own, for one evaluation:
 *
 * <ul>
 *   <li>what asks for a time zone by its name is left out, since such tables change, and {@code
 *       uint} of a string;
 *   <li>doubles are printed as RFC 8785 says, since the platform's own form changed in JDK 19;
 *   <li>numbers, times and durations are read from ASCII only, since the platform's digits are
 *       those of its Unicode;
 *   <li>{@code matches} is {@link Expression}, {@code contains} takes time in proportion to its
 *       arguments, and both are metered.
 * </ul>
 */
final class CelFunctions {
  private static final Set<String> OWN =
      Set.of(
          "DOUBLE_TO_STRING",
          "STRING_TO_DOUBLE",
          "STRING_TO_DURATION",
          "STRING_TO_INT64",
          "STRING_TO_TIMESTAMP",
          "INT64_TO_TIMESTAMP",
          "CONTAINS_STRING",
          "MATCHES",
          "MATCHES_STRING");

  private static final Pattern WHOLE = Pattern.compile("[-+]?[0-9]{1,20}");
  private static final Pattern DECIMAL =
      Pattern.compile("[-+]?(?:[0-9]{1,400}(?:\\.[0-9]{0,400})?)(?:[eE][-+]?[0-9]{1,4})?");
  private static final Pattern TIME =
      Pattern.compile(
          "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\\.[0-9]{1,9})?"
              + "(?:Z|[-+][0-9]{2}:[0-9]{2})");
  private static final Pattern DURATION =
      Pattern.compile("([-+]?)((?:[0-9]{1,18}(?:\\.[0-9]{1,9})?(?:h|ms|us|ns|m|s))+)");
  private static final Pattern DURATION_PART =
      Pattern.compile("([0-9]+(?:\\.[0-9]+)?)(h|ms|us|ns|m|s)");
  private static final Map<String, BigDecimal> UNITS =
      Map.of(
          "h", new BigDecimal("3600e9"),
          "m", new BigDecimal("60e9"),
          "s", new BigDecimal("1e9"),
          "ms", new BigDecimal("1e6"),
          "us", new BigDecimal("1e3"),
          "ns", BigDecimal.ONE);

  /** Seconds of 10,000 years, the longest duration that the language has. */
  private static final BigDecimal DURATION_SECONDS_MAX = new BigDecimal(315_576_000_000L);

  private static final Instant FIRST = Instant.parse("0001-01-01T00:00:00Z");
  private static final Instant LAST = Instant.parse("9999-12-31T23:59:59.999999999Z");

  private static final int PATTERNS_MAX = 64;
  private static final int CHARS_A_STEP = 16;

  private final CelMeter meter;
  private final Map<String, Expression> patterns = new HashMap<>();

  CelFunctions(CelMeter meter) {
    this.meter = meter;
  }

  /** What an expression may call. */
  static CelStandardDeclarations declared() {
    return CelStandardDeclarations.newBuilder()
        .filterFunctions((function, overload) -> !isLeftOut(overload.toString()))
        .build();
  }

  /** What of it is the library's. */
  static CelStandardFunctions evaluated() {
    return CelStandardFunctions.newBuilder()
        .filterFunctions(
            (function, overload) ->
                !isLeftOut(overload.toString()) && !OWN.contains(overload.toString()))
        .build();
  }

  private static boolean isLeftOut(String overload) {
    return overload.endsWith("_WITH_TZ") || overload.equals("STRING_TO_UINT64");
  }

  /** What of it is our own, for the one evaluation that the meter counts. */
  @SuppressWarnings("Immutable") // the meter and the patterns belong to one evaluation, as these do
  CelLateFunctionBindings bindings() {
    return CelLateFunctionBindings.from(
        List.of(
            CelFunctionBinding.from("double_to_string", Double.class, CelFunctions::text),
            CelFunctionBinding.from("string_to_double", String.class, CelFunctions::number),
            CelFunctionBinding.from("string_to_int64", String.class, CelFunctions::signed),
            CelFunctionBinding.from("string_to_timestamp", String.class, CelFunctions::time),
            CelFunctionBinding.from("int64_to_timestamp", Long.class, CelFunctions::time),
            CelFunctionBinding.from("string_to_duration", String.class, CelFunctions::duration),
            CelFunctionBinding.from(
                "contains_string", String.class, String.class, CelFunctions::contains),
            CelFunctionBinding.from("matches", String.class, String.class, this::matches),
            CelFunctionBinding.from("matches_string", String.class, String.class, this::matches)));
  }

  private static String text(double value) {
    if (Double.isNaN(value)) {
      return "NaN";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "+infinity" : "-infinity";
    }
    return CanonicalJson.number(CelValues.exact(value));
  }

  private static double number(String text) {
    return switch (text) {
      case "NaN" -> Double.NaN;
      case "+infinity" -> Double.POSITIVE_INFINITY;
      case "-infinity" -> Double.NEGATIVE_INFINITY;
      default -> {
        if (!DECIMAL.matcher(text).matches()) {
          throw badFormat();
        }
        yield Double.parseDouble(text);
      }
    };
  }

  private static long signed(String text) {
    if (!WHOLE.matcher(text).matches() || new BigInteger(text).bitLength() > 63) {
      throw badFormat();
    }
    return Long.parseLong(text);
  }

  private static Instant time(String text) {
    if (!TIME.matcher(text).matches()) {
      throw badFormat();
    }
    try {
      return inRange(OffsetDateTime.parse(text).toInstant());
    } catch (DateTimeException e) {
      throw badFormat();
    }
  }

  private static Instant time(long seconds) {
    if (seconds < FIRST.getEpochSecond() || seconds > LAST.getEpochSecond()) {
      throw badFormat();
    }
    return Instant.ofEpochSecond(seconds);
  }

  private static Instant inRange(Instant time) {
    if (time.isBefore(FIRST) || time.isAfter(LAST)) {
      throw badFormat();
    }
    return time;
  }

  private static Duration duration(String text) {
    Matcher whole = DURATION.matcher(text);
    if (!whole.matches()) {
      throw badFormat();
    }
    BigDecimal nanos = BigDecimal.ZERO;
    Matcher part = DURATION_PART.matcher(whole.group(2));
    while (part.find()) {
      nanos = nanos.add(new BigDecimal(part.group(1)).multiply(UNITS.get(part.group(2))));
    }
    BigInteger rounded = nanos.setScale(0, RoundingMode.DOWN).toBigInteger();
    BigInteger[] parts = rounded.divideAndRemainder(BigInteger.valueOf(1_000_000_000));
    if (new BigDecimal(parts[0]).compareTo(DURATION_SECONDS_MAX) > 0) {
      throw badFormat();
    }
    Duration duration = Duration.ofSeconds(parts[0].longValue(), parts[1].longValue());
    return whole.group(1).equals("-") ? duration.negated() : duration;
  }

  private static CelRuntimeException badFormat() {
    return new CelRuntimeException(
        new IllegalArgumentException("bad format"), CelErrorCode.BAD_FORMAT);
  }

  private boolean matches(String text, String pattern) {
    Expression expression = patterns.get(pattern);
    if (expression == null) {
      expression = new Expression(pattern);
      meter.charge(expression.states());
      if (patterns.size() < PATTERNS_MAX) {
        patterns.put(pattern, expression);
      }
    }
    meter.charge((long) text.length() * expression.states() / CHARS_A_STEP);
    return expression.isIn(text, work -> {}); // The steps just taken pay for it.
  }

  /** The algorithm of Knuth, Morris and Pratt. */
  static boolean contains(String text, String part) {
    int[] borders = new int[part.length() + 1];
    borders[0] = -1;
    for (int i = 0, border = -1; i < part.length(); i++) {
      while (border >= 0 && part.charAt(i) != part.charAt(border)) {
        border = borders[border];
      }
      borders[i + 1] = ++border;
    }
    int matched = 0;
    for (int i = 0; i < text.length() && matched < part.length(); i++) {
      while (matched >= 0 && text.charAt(i) != part.charAt(matched)) {
        matched = borders[matched];
      }
      matched++;
    }
    return matched == part.length();
  }
}
