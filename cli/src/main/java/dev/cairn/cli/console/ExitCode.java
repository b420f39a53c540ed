package dev.cairn.cli.console;

/** What a command's exit status says. */
public enum ExitCode {
  /** Done; checked and found right. */
  DONE(0),
  /** An answer, and not a good one: damage, divergence, malformed input, or nothing there. */
  NEGATIVE(1),
  /** The command line cannot be followed. */
  USAGE(2),
  /** No answer: input or output failed, a peer is out of reach, the store is locked. */
  UNFINISHED(3),
  /** A node provably misbehaved: a fork, a forged signature. */
  MISBEHAVIOUR(4);

  private final int status;

  ExitCode(int status) {
    this.status = status;
  }

  /** The process's exit status. */
  public int status() {
    return status;
  }
}
