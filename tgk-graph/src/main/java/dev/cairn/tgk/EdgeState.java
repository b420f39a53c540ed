package dev.cairn.tgk;

/** What an edge that was put within a view counts for there. */
public enum EdgeState {
  /** Part of the graph. */
  LIVE,
  /** Its artifact is live, but a later live edge has its slot. */
  SHADOWED,
  /** A tombstone came after its latest put. */
  RETRACTED
}
