package dev.cairn.federation.reconcile;

import org.jspecify.annotations.Nullable;

/**
 * One thing that is found out by asking: questions come out, answers go in, until there are no more
 * questions. Without I/O. One owner at a time.
 */
public interface Inquiry {
  /** The next question; null if all is known. Asked again only behind {@link #accept}. */
  @Nullable ReconcileMessage next();

  /**
   * Takes the answer to the last question.
   *
   * @throws dev.cairn.asl.error.MalformedException if it is no answer to it, or does not verify
   */
  void accept(ReconcileMessage answer);

  /** Asks all of it of a source that is at hand. */
  default void askAll(ReconcileAnswers answers) {
    for (ReconcileMessage question = next(); question != null; question = next()) {
      accept(answers.answer(question));
    }
  }
}
