package dev.cairn.testkit.sim;

/**
 * An oracle or an invariant did not hold. The message ends with the command that repeats it, and no
 * stack trace comes behind; what threw unexpectedly is in the message.
 */
public final class SimulationFailure extends AssertionError {
  private static final long serialVersionUID = 1L;

  private final long seed;
  private final String verdict;

  SimulationFailure(long seed, String verdict, String message) {
    super(message);
    this.seed = seed;
    this.verdict = verdict;
  }

  /** The seed that shows it. */
  public long seed() {
    return seed;
  }

  /** The oracle that spoke and what it said, without the story around it. */
  public String verdict() {
    return verdict;
  }

  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}
