package dev.cairn.pel.model;

import dev.cairn.asl.error.MalformedException;

/**
 * How a run ended. The codes are a lattice that only rises: of several receipts for the same
 * program and inputs the greatest status counts.
 */
public enum RunStatus {
  /** It failed in a way that another try may not. */
  FAILED_RETRYABLE(1),
  /** An operator refused its input, and always will. */
  FAILED_PERMANENT(2),
  /** It was left out on purpose. */
  SKIPPED(3),
  /** Every node gave its output. */
  SUCCEEDED(4);

  private final int code;

  RunStatus(int code) {
    this.code = code;
  }

  /** The number in formats. */
  public int code() {
    return code;
  }

  /** True if the run would end so anywhere and always, so that another end contradicts it. */
  public boolean isConclusive() {
    return this == SUCCEEDED || this == FAILED_PERMANENT;
  }

  /** The greater of two. */
  public RunStatus join(RunStatus other) {
    return other.code > code ? other : this;
  }

  /** The status with number {@code code}. */
  public static RunStatus byCode(int code) {
    for (RunStatus status : values()) {
      if (status.code == code) {
        return status;
      }
    }
    throw new MalformedException("unknown run status " + code);
  }
}
