package dev.cairn.tgk.plan;

import dev.cairn.tgk.Direction;
import dev.cairn.tgk.Relation;
import java.util.Locale;

/** Which way a walk leads. */
public enum Heading {
  /** From effects to causes. */
  UP,
  /** From causes to effects. */
  DOWN,
  /** From either side of an edge to the other. */
  BOTH;

  /** The name in text and JSON. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The sides of an edge by which a walk enters it. */
  public Relation entry() {
    return switch (this) {
      case UP -> Relation.TO;
      case DOWN -> Relation.FROM;
      case BOTH -> Relation.BOTH;
    };
  }

  /** The same as a direction; not of {@link #BOTH}. */
  public Direction direction() {
    return switch (this) {
      case UP -> Direction.UP;
      case DOWN -> Direction.DOWN;
      case BOTH -> throw new IllegalArgumentException("both ways are no single direction");
    };
  }
}
