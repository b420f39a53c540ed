package dev.cairn.tgk;

/** How an artifact stands to an edge. */
public enum Relation {
  /** Among the edge's causes. */
  FROM,
  /** Among the edge's effects. */
  TO,
  /** Among both; in a question, among either. */
  BOTH
}
