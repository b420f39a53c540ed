package dev.cairn.tgk.finding;

import dev.cairn.asl.error.MalformedException;
import java.util.Locale;

/** How bad a finding is, the least bad first. */
public enum Severity {
  /** Worth knowing; nothing is wrong. */
  NOTE(0),
  /** Something is odd, and nothing that was promised is broken. */
  WARNING(1),
  /** Nothing is known to be wrong, nor to be right: a check could not be made. */
  UNDECIDED(2),
  /** Something does not verify. */
  ERROR(3),
  /** A node's own signatures prove that it broke the rules. */
  MISBEHAVIOUR(4);

  private final int code;

  Severity(int code) {
    this.code = code;
  }

  /** The number in formats. */
  public int code() {
    return code;
  }

  /** The severity with number {@code code}. */
  public static Severity byCode(long code) {
    for (Severity severity : values()) {
      if (severity.code == code) {
        return severity;
      }
    }
    throw new MalformedException("finding: unknown severity " + code);
  }

  /** The name in lower case, as it is written everywhere. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
