package dev.cairn.federation.brick;

import dev.cairn.asl.error.MalformedException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/**
 * The side of a plane on which {@code x * px + y * py + z * pz + offset >= 0}, the plane with it.
 * Its numbers are exact, and so is every answer: first in floating point, whose error is bounded
 * (the filter of Shewchuk, "Adaptive Precision Floating-Point Arithmetic and Fast Robust Geometric
 * Predicates", 1997); where that cannot decide, exactly.
 *
 * @param x of the normal, which points inwards and need not have the length 1
 * @param y of the normal
 * @param z of the normal
 * @param offset of the plane
 */
public record Plane(BigDecimal x, BigDecimal y, BigDecimal z, BigDecimal offset) {
  /** Digits that a number may have, and places that it may be shifted: those of every double. */
  public static final int DIGITS_MAX = 1_100;

  private static final int TEXT_CHARS_MAX = 64;

  /** More than rounding comes to, relative to the sum of what is added: about six times 2^-53. */
  private static final double ERROR = 0x1p-48;

  public Plane {
    check(x);
    check(y);
    check(z);
    check(offset);
    if (x.signum() == 0 && y.signum() == 0 && z.signum() == 0) {
      throw new MalformedException("plane: its normal is 0");
    }
  }

  private static void check(BigDecimal number) {
    if (number.precision() > DIGITS_MAX || Math.abs((long) number.scale()) > DIGITS_MAX) {
      throw new MalformedException("plane: a number of too many digits");
    }
  }

  /** The plane of four doubles, which are taken as the exact numbers that they are. */
  public static Plane of(double x, double y, double z, double offset) {
    try {
      return new Plane(
          new BigDecimal(x), new BigDecimal(y), new BigDecimal(z), new BigDecimal(offset));
    } catch (NumberFormatException e) {
      throw new MalformedException("plane: not a finite number", e);
    }
  }

  /** Reads {@code x,y,z,offset}, each a decimal number such as {@code -0.25} or {@code 1e6}. */
  public static Plane parse(String text) {
    String[] parts = text.split(",", -1);
    List<BigDecimal> numbers = new ArrayList<>();
    for (String part : parts) {
      if (parts.length != 4 || part.length() > TEXT_CHARS_MAX) {
        throw new MalformedException("plane: not four numbers: '" + text + "'");
      }
      try {
        numbers.add(new BigDecimal(part.strip()));
      } catch (NumberFormatException e) {
        throw new MalformedException("plane: not a number: '" + part + "'", e);
      }
    }
    return new Plane(numbers.get(0), numbers.get(1), numbers.get(2), numbers.get(3));
  }

  /** True if some point of the box lies on this side: its corner farthest along the normal does. */
  public boolean reaches(Box box) {
    long px = x.signum() >= 0 ? box.maxX() : box.minX();
    long py = y.signum() >= 0 ? box.maxY() : box.minY();
    long pz = z.signum() >= 0 ? box.maxZ() : box.minZ();
    double alongX = x.doubleValue() * px;
    double alongY = y.doubleValue() * py;
    double alongZ = z.doubleValue() * pz;
    double shift = offset.doubleValue();
    double sum = alongX + alongY + alongZ + shift;
    double bound =
        ERROR * (Math.abs(alongX) + Math.abs(alongY) + Math.abs(alongZ) + Math.abs(shift))
            + 8 * Double.MIN_NORMAL;
    // What is infinite or no number decides nothing.
    if (Math.abs(sum) > bound && Double.isFinite(sum)) {
      return sum > 0;
    }
    return exact(px, py, pz).signum() >= 0;
  }

  private BigDecimal exact(long px, long py, long pz) {
    return x.multiply(BigDecimal.valueOf(px))
        .add(y.multiply(BigDecimal.valueOf(py)))
        .add(z.multiply(BigDecimal.valueOf(pz)))
        .add(offset);
  }
}
