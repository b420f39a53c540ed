package dev.cairn.asl.error;

import org.jspecify.annotations.Nullable;

/**
 * The root of everything that the world, rather than the caller, can do wrong.
 *
 * <p>A wrong argument is an {@link IllegalArgumentException} at the boundary; a broken invariant of
 * ours is an {@link AssertionError}. Everything else is one of the subclasses, each with an {@link
 * Advice}: what a caller should do next.
 */
public abstract class CairnException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Advice advice;

  /** What to do about it. */
  public enum Advice {
    /** The same call may succeed later. */
    RETRY,
    /** The request or the input must change. */
    FIX_REQUEST,
    /** Stored bytes are damaged: check and repair. */
    REPAIR,
    /** This handle is unusable: close it, look at the cause, open again. */
    STOP,
    /** A node signed statements that cannot both be true, or forged one: keep the evidence. */
    DISTRUST
  }

  CairnException(Advice advice, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.advice = advice;
  }

  /** What to do next. */
  public final Advice advice() {
    return advice;
  }
}
