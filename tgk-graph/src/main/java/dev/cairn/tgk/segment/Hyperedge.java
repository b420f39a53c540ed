package dev.cairn.tgk.segment;

import java.util.Arrays;
import java.util.Objects;

/**
 * An edge that has not just one cause and one effect. Ends are node numbers, ascending and
 * distinct. Ordered by type, then causes, then effects, shorter lists first.
 */
public final class Hyperedge implements Comparable<Hyperedge> {
  final int type;
  final int[] from;
  final int[] to;

  /** Takes ownership of both arrays. */
  public Hyperedge(int type, int[] from, int[] to) {
    this.type = type;
    this.from = from;
    this.to = to;
  }

  /** Number of its type. */
  public int type() {
    return type;
  }

  /** How many causes it has. */
  public int causes() {
    return from.length;
  }

  /** One of its causes. */
  public int cause(int index) {
    return from[index];
  }

  /** How many effects it has. */
  public int effects() {
    return to.length;
  }

  /** One of its effects. */
  public int effect(int index) {
    return to[index];
  }

  @Override
  public int compareTo(Hyperedge other) {
    int byType = Integer.compare(type, other.type);
    int byFrom = byType != 0 ? byType : compare(from, other.from);
    return byFrom != 0 ? byFrom : compare(to, other.to);
  }

  private static int compare(int[] left, int[] right) {
    int byLength = Integer.compare(left.length, right.length);
    return byLength != 0 ? byLength : Arrays.compare(left, right);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Hyperedge that && compareTo(that) == 0;
  }

  @Override
  public int hashCode() {
    return Objects.hash(type, Arrays.hashCode(from), Arrays.hashCode(to));
  }
}
