package dev.cairn.pel.operator.re2;

import dev.cairn.asl.error.UnavailableException;
import dev.cairn.pel.model.Refusal;

/** A text that counts how often it is looked at, and ends the search that looks too often. */
final class MeteredText implements CharSequence {
  private static final int INTERRUPT_EVERY = 1 << 20;

  private final String text;
  private final long looks;
  private long left;

  MeteredText(String text, long looks) {
    this.text = text;
    this.looks = looks;
    this.left = looks;
  }

  /** How often it was looked at. */
  long looked() {
    return looks - left;
  }

  @Override
  public int length() {
    return text.length();
  }

  @Override
  public char charAt(int index) {
    if (--left < 0) {
      throw new Refusal(
          "too-expensive", "the search takes more than " + Expression.WORK_MAX + " steps");
    }
    if (left % INTERRUPT_EVERY == 0 && Thread.currentThread().isInterrupted()) {
      throw new UnavailableException("the run was cancelled");
    }
    return text.charAt(index);
  }

  @Override
  public CharSequence subSequence(int start, int end) {
    return text.substring(start, end);
  }

  @Override
  public String toString() {
    return text;
  }
}
