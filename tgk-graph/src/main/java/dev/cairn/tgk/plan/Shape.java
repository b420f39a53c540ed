package dev.cairn.tgk.plan;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What the rows of an operator have.
 *
 * @param shown the fields that rows show unless told otherwise, in order
 * @param available the fields that further operators can ask for
 */
public record Shape(List<Field> shown, Set<Field> available) {
  private static final Set<Field> OF_ITEMS =
      Field.setOf(
          Field.KEY,
          Field.KIND,
          Field.TYPE,
          Field.SIZE,
          Field.PAYLOAD_DIGEST,
          Field.EDGE_TYPE,
          Field.FROM,
          Field.TO,
          Field.ROLE,
          Field.PAYLOAD,
          Field.STATE,
          Field.LOGSEQ,
          Field.TIME,
          Field.ORIGIN);

  public Shape {
    shown = List.copyOf(shown);
    available =
        Collections.unmodifiableSet(
            available.isEmpty() ? EnumSet.noneOf(Field.class) : EnumSet.copyOf(available));
  }

  /** Rows of artifacts. */
  static Shape items(Field... shown) {
    return new Shape(List.of(shown), OF_ITEMS);
  }

  /** Rows that have what they show and no more. */
  static Shape only(Collection<Field> shown) {
    return new Shape(List.copyOf(shown), Set.copyOf(shown));
  }

  /** The same with further fields. */
  Shape and(Field... more) {
    EnumSet<Field> all = EnumSet.copyOf(available);
    all.addAll(List.of(more));
    return new Shape(shown, all);
  }

  /** Rows of this or of another shape. */
  Shape or(Shape other) {
    List<Field> both = new ArrayList<>(shown);
    other.shown().stream().filter(field -> !both.contains(field)).forEach(both::add);
    EnumSet<Field> all = EnumSet.noneOf(Field.class);
    all.addAll(available);
    all.addAll(other.available());
    return new Shape(both, all);
  }

  /** True if rows stand for artifacts. */
  public boolean hasKeys() {
    return available.contains(Field.KEY);
  }

  void require(String operator, Field field) {
    if (!available.contains(field)) {
      throw new IllegalArgumentException(
          operator + ": rows have no " + field + " here; they have " + Condition.names(available));
    }
  }
}
