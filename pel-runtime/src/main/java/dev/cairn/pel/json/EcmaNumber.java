package dev.cairn.pel.json;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;

/**
 * Prints a double as ECMA-262 {@code Number::toString} does, which RFC 8785 section 3.2.2.3 asks
 * for: the fewest digits that read back as the same double, and among those the nearest.
 *
 * <p>{@code Double.toString} gave more digits than needed before JDK 19, so the digits are found
 * here by trying: for each length the decimals just below and just above the exact value.
 */
final class EcmaNumber {
  private static final int DIGITS_MAX = 17;

  private EcmaNumber() {}

  /** The number that a JSON literal means, printed. */
  static String format(String literal) {
    double value = Double.parseDouble(literal);
    if (Double.isInfinite(value)) {
      throw CanonicalJson.refused(literal, "beyond the greatest double");
    }
    return format(value);
  }

  /** Refuses an integer whose canonical form means another one. */
  static void demandSame(String literal, String canonical) {
    boolean differs =
        literal.length() > 15 && new BigDecimal(literal).compareTo(new BigDecimal(canonical)) != 0;
    if (differs) {
      throw CanonicalJson.refused(literal, "no double prints as this integer");
    }
  }

  static String format(double value) {
    if (value == 0) {
      return "0";
    }
    if (value < 0) {
      return "-" + format(-value);
    }
    if (value < 1e15 && value == Math.rint(value)) {
      return Long.toString((long) value);
    }
    BigDecimal shortest = shortest(value);
    String digits = shortest.unscaledValue().toString();
    return place(digits, digits.length() - shortest.scale());
  }

  /** The fewest digits, without zeros at the end. */
  private static BigDecimal shortest(double value) {
    BigDecimal exact = new BigDecimal(value);
    for (int digits = 1; digits <= DIGITS_MAX; digits++) {
      BigDecimal below = exact.round(new MathContext(digits, RoundingMode.DOWN));
      BigDecimal above = exact.round(new MathContext(digits, RoundingMode.UP));
      boolean belowFits = below.doubleValue() == value;
      boolean aboveFits = above.doubleValue() == value;
      if (belowFits && aboveFits) {
        return nearer(exact, below, above).stripTrailingZeros();
      }
      if (belowFits || aboveFits) {
        return (belowFits ? below : above).stripTrailingZeros();
      }
    }
    throw new AssertionError("17 digits always suffice: " + value);
  }

  private static BigDecimal nearer(BigDecimal exact, BigDecimal below, BigDecimal above) {
    int side = exact.subtract(below).compareTo(above.subtract(exact));
    if (side == 0) {
      boolean belowEven = !below.unscaledValue().testBit(0);
      return belowEven ? below : above;
    }
    return side < 0 ? below : above;
  }

  /**
   * ECMA-262 section 6.1.6.1.20, steps 6 to 12.
   *
   * @param digits significant digits
   * @param point place of the decimal point, counted from the first digit
   */
  private static String place(String digits, int point) {
    int count = digits.length();
    if (count <= point && point <= 21) {
      return digits + "0".repeat(point - count);
    }
    if (0 < point && point <= 21) {
      return digits.substring(0, point) + "." + digits.substring(point);
    }
    if (-6 < point && point <= 0) {
      return "0." + "0".repeat(-point) + digits;
    }
    int exponent = point - 1;
    String mantissa = count == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
    return mantissa + "e" + (exponent < 0 ? "-" : "+") + BigInteger.valueOf(exponent).abs();
  }
}
