package dev.cairn.testkit.sim;

/** What an oracle has to say. */
final class OracleViolation extends AssertionError {
  private static final long serialVersionUID = 1L;

  OracleViolation(String oracle, String what) {
    super(oracle + ": " + what);
  }
}
