package dev.cairn.testkit.sim;

/** What may go wrong in a simulation. */
public enum FaultLevel {
  /** Nodes crash, media fail, links break and stall; but what a connection carries, it carries. */
  CALM,
  /** Frames are also lost, doubled, reordered, flipped and cut, as no honest transport would. */
  STORMY,
  /**
   * All of that far more often, and whoever carries frames lies: gives others' frames again, and
   * checkpoints with signatures that are none.
   */
  RADIOACTIVE
}
