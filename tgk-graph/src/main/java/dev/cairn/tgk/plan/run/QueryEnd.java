package dev.cairn.tgk.plan.run;

/** Why a cursor gives no further row. */
public enum QueryEnd {
  /** There is none. */
  COMPLETE,
  /** As many as were asked for were given; there may be more. */
  LIMIT
}
