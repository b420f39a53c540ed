package dev.cairn.federation.brick;

import dev.cairn.asl.error.MalformedException;

/**
 * A closed box along the axes, in whole units of whoever made the manifest. A side may have no
 * length: points lie in boxes too.
 *
 * @param minX least x; likewise the others, each at most {@link #COORDINATE_MAX} away from 0
 * @param minY least y
 * @param minZ least z
 * @param maxX greatest x, not below the least
 * @param maxY greatest y
 * @param maxZ greatest z
 */
public record Box(long minX, long minY, long minZ, long maxX, long maxY, long maxZ)
    implements Comparable<Box> {
  /** The farthest from 0 that a coordinate lies: a double holds it exactly. */
  public static final long COORDINATE_MAX = 1L << 48;

  public Box {
    check("x", minX, maxX);
    check("y", minY, maxY);
    check("z", minZ, maxZ);
  }

  private static void check(String axis, long min, long max) {
    if (min < -COORDINATE_MAX || max > COORDINATE_MAX || min > max) {
      throw new MalformedException("box: " + axis + " from " + min + " to " + max);
    }
  }

  @Override
  public int compareTo(Box other) {
    int order = Long.compare(minX, other.minX);
    order = order != 0 ? order : Long.compare(minY, other.minY);
    order = order != 0 ? order : Long.compare(minZ, other.minZ);
    order = order != 0 ? order : Long.compare(maxX, other.maxX);
    order = order != 0 ? order : Long.compare(maxY, other.maxY);
    return order != 0 ? order : Long.compare(maxZ, other.maxZ);
  }
}
