package dev.cairn.tgk;

import dev.cairn.asl.engine.Table;
import dev.cairn.tgk.index.GraphIndex;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.Endpoint;
import java.util.List;

/** Which way lineage is walked. */
public enum Direction {
  /** From effects to causes: what was it made from? */
  UP,
  /** From causes to effects: what became of it? */
  DOWN;

  /** The endpoints by which a walk enters an edge. */
  public List<Endpoint> near(Edge edge) {
    return this == UP ? edge.to() : edge.from();
  }

  /** The endpoints at which a walk leaves an edge: all of them are reached. */
  public List<Endpoint> far(Edge edge) {
    return this == UP ? edge.from() : edge.to();
  }

  Table table() {
    return this == UP ? GraphIndex.UP : GraphIndex.DOWN;
  }
}
