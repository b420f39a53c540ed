package dev.cairn.federation.brick;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.error.MalformedException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FrustumTest {
  /** All eight corners, in numbers that do not round. */
  private static boolean naive(Plane plane, Box box) {
    for (long x : List.of(box.minX(), box.maxX())) {
      for (long y : List.of(box.minY(), box.maxY())) {
        for (long z : List.of(box.minZ(), box.maxZ())) {
          if (value(plane, new BigDecimal(x), new BigDecimal(y), new BigDecimal(z)).signum() >= 0) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private static BigDecimal value(Plane plane, BigDecimal x, BigDecimal y, BigDecimal z) {
    return plane
        .x()
        .multiply(x)
        .add(plane.y().multiply(y))
        .add(plane.z().multiply(z))
        .add(plane.offset());
  }

  static Box box(Random random, long span) {
    long[] at = new long[6];
    for (int i = 0; i < 3; i++) {
      long one = random.nextLong() % span;
      long two = random.nextInt(4) == 0 ? one : random.nextLong() % span;
      at[i] = Math.min(one, two);
      at[i + 3] = Math.max(one, two);
    }
    return new Box(at[0], at[1], at[2], at[3], at[4], at[5]);
  }

  private static double number(Random random) {
    return switch (random.nextInt(5)) {
      case 0 -> random.nextInt(5) - 2;
      case 1 -> Math.scalb(random.nextDouble() - 0.5, random.nextInt(1_900) - 950);
      case 2 -> Double.MIN_VALUE * random.nextInt(9);
      default -> random.nextDouble() - 0.5;
    };
  }

  /** Many of them pass through a corner of the box, or by it at the least distance there is. */
  private static Plane plane(Random random, Box box) {
    double x = number(random);
    double y = number(random);
    double z = random.nextInt(3) == 0 ? 1 : number(random);
    Plane through = Plane.of(x, y, z == 0 ? 1 : z, 0);
    BigDecimal corner =
        value(
            through,
            new BigDecimal(random.nextBoolean() ? box.minX() : box.maxX()),
            new BigDecimal(random.nextBoolean() ? box.minY() : box.maxY()),
            new BigDecimal(random.nextBoolean() ? box.minZ() : box.maxZ()));
    BigDecimal offset =
        switch (random.nextInt(4)) {
          case 0 -> corner.negate();
          case 1 -> corner.negate().add(new BigDecimal("1e-1000"));
          case 2 -> corner.negate().subtract(new BigDecimal("1e-1000"));
          default -> new BigDecimal(number(random));
        };
    boolean fits =
        offset.precision() <= Plane.DIGITS_MAX && Math.abs(offset.scale()) <= Plane.DIGITS_MAX;
    return new Plane(through.x(), through.y(), through.z(), fits ? offset : BigDecimal.ONE);
  }

  @Test
  void thePlaneTestIsThatOfEightCornersInNumbersThatDoNotRound() {
    Random random = new Random(1);
    int in = 0;
    int rounded = 0;
    for (int i = 0; i < 40_000; i++) {
      Box box = box(random, i % 2 == 0 ? 10 : Box.COORDINATE_MAX);
      Plane plane = plane(random, box);
      boolean expected = naive(plane, box);
      assertThat(plane.reaches(box)).as("%s %s", plane, box).isEqualTo(expected);
      in += expected ? 1 : 0;
      rounded += byDoublesAlone(plane, box) == expected ? 0 : 1;
    }
    assertThat(in).isBetween(10_000, 35_000);
    assertThat(rounded).as("cases in which doubles alone are wrong").isGreaterThan(1_000);
  }

  private static boolean byDoublesAlone(Plane plane, Box box) {
    double x = plane.x().doubleValue() * (plane.x().signum() >= 0 ? box.maxX() : box.minX());
    double y = plane.y().doubleValue() * (plane.y().signum() >= 0 ? box.maxY() : box.minY());
    double z = plane.z().doubleValue() * (plane.z().signum() >= 0 ? box.maxZ() : box.minZ());
    return x + y + z + plane.offset().doubleValue() >= 0;
  }

  @Test
  void noBrickThatHasAPointInTheFrustumIsLeftOut() {
    Random random = new Random(2);
    int inside = 0;
    int out = 0;
    for (int i = 0; i < 20_000; i++) {
      Box box = box(random, 100);
      List<Plane> planes = new ArrayList<>();
      for (int p = 0; p < 6; p++) {
        planes.add(
            Plane.of(
                random.nextDouble() - 0.5,
                random.nextDouble() - 0.5,
                random.nextDouble() - 0.5,
                random.nextInt(60) - 10));
      }
      Frustum frustum = new Frustum(planes);
      boolean met = frustum.mayMeet(box);
      out += met ? 0 : 1;
      for (int point = 0; point < 8; point++) {
        BigDecimal x = between(random, box.minX(), box.maxX());
        BigDecimal y = between(random, box.minY(), box.maxY());
        BigDecimal z = between(random, box.minZ(), box.maxZ());
        if (planes.stream().allMatch(plane -> value(plane, x, y, z).signum() >= 0)) {
          assertThat(met).as("%s %s", frustum, box).isTrue();
          inside++;
        }
      }
    }
    assertThat(inside).isGreaterThan(2_000);
    assertThat(out).isGreaterThan(2_000);
  }

  private static BigDecimal between(Random random, long min, long max) {
    return new BigDecimal(min)
        .add(new BigDecimal(max - min).multiply(new BigDecimal(random.nextInt(257) / 256.0)));
  }

  @Test
  void aBoxThatTouchesAPlaneMeetsIt() {
    Frustum slab = Frustum.parse("1,0,0,-10;-1,0,0,20");
    assertThat(slab.mayMeet(new Box(0, 0, 0, 10, 1, 1))).isTrue();
    assertThat(slab.mayMeet(new Box(0, 0, 0, 9, 1, 1))).isFalse();
    assertThat(slab.mayMeet(new Box(20, 0, 0, 30, 1, 1))).isTrue();
    assertThat(slab.mayMeet(new Box(21, 0, 0, 30, 1, 1))).isFalse();
    assertThat(Frustum.parse("0.1,0.1,0,-0.3").mayMeet(new Box(0, 0, 0, 1, 2, 0))).isTrue();
    assertThat(Frustum.parse("1e0,0,0,-1e-30").mayMeet(new Box(0, 0, 0, 0, 0, 0))).isFalse();
  }

  @Test
  void whatIsNoFrustumIsRefused() {
    for (String text :
        List.of(
            "",
            ";",
            "1,2,3",
            "1,2,3,4,5",
            "a,0,0,1",
            "0,0,0,1",
            "NaN,0,0,1",
            "1,0,0,Infinity",
            "1,0,0,1e999999999",
            "1,0,0,1e-999999999",
            "1,0,0,1;",
            "1,,0,0",
            "1,0,0," + "9".repeat(65),
            "1,0,0,0;".repeat(40) + "1,0,0,0")) {
      assertThatThrownBy(() -> Frustum.parse(text)).as(text).isInstanceOf(MalformedException.class);
    }
    assertThatThrownBy(() -> Plane.of(Double.NaN, 0, 0, 1)).isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> new Box(1, 0, 0, 0, 0, 0)).isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> new Box(0, 0, 0, 0, 0, (1L << 48) + 1))
        .isInstanceOf(MalformedException.class);
  }
}
