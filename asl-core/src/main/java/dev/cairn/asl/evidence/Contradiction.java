package dev.cairn.asl.evidence;

import dev.cairn.asl.error.MalformedException;

/** In what way signed statements about one log cannot all be true. */
public enum Contradiction {
  /** Two checkpoints of one size with different roots or logseqs. */
  TWO_ROOTS(1, "two different logs of one size"),
  /** The longer log ends at no greater logseq than the shorter. */
  LOGSEQ_STANDS(2, "a longer log that ends at no later logseq"),
  /** The longer log begins with other records than the shorter has. */
  NOT_EXTENDED(3, "two logs of which the longer does not begin with the shorter"),
  /** Behind the shorter log's end, the longer one goes on within its last commit, or before it. */
  CUT_COMMIT(4, "a log that ends inside a commit, or before a commit that was there"),
  /** Of two neighbours in one log the second does not come after the first. */
  OUT_OF_ORDER(5, "a log that is out of order"),
  /** Behind the record that closes it, the log goes on. */
  BEHIND_CLOSING(6, "a log that goes on behind its closing");

  private final int code;
  private final String statement;

  Contradiction(int code, String statement) {
    this.code = code;
    this.statement = statement;
  }

  /** The number in formats. */
  public int code() {
    return code;
  }

  /** What the node signed, for people. */
  public String statement() {
    return statement;
  }

  /** How many signed notes show it. */
  int notes() {
    return this == OUT_OF_ORDER || this == BEHIND_CLOSING ? 1 : 2;
  }

  /** How many records show it. */
  int records() {
    return switch (this) {
      case TWO_ROOTS, LOGSEQ_STANDS, NOT_EXTENDED -> 0;
      case CUT_COMMIT -> 1;
      case OUT_OF_ORDER, BEHIND_CLOSING -> 2;
    };
  }

  static Contradiction byCode(long code) {
    for (Contradiction contradiction : values()) {
      if (contradiction.code == code) {
        return contradiction;
      }
    }
    throw new MalformedException("evidence: unknown contradiction " + code);
  }
}
