package dev.cairn.federation.bootstrap;

import org.jspecify.annotations.Nullable;

/**
 * The asking side of {@code bootstrap/1}: questions come out, answers go in. Without I/O of the
 * network. One owner at a time.
 */
public interface BootstrapTalk {
  /** The next question; null if none is to be asked now. */
  @Nullable BootstrapMessage next();

  /** True if {@link #next} would give a question. */
  boolean hasNext();

  /**
   * Takes an answer.
   *
   * @throws dev.cairn.asl.error.MalformedException if nobody asked for it, or it does not verify
   */
  void accept(BootstrapMessage answer);

  /** True if a question is not answered. */
  boolean isAwaiting();

  /** True if all is answered and nothing is left to ask. */
  boolean isDone();
}
