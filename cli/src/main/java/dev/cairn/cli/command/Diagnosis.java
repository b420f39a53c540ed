package dev.cairn.cli.command;

import dev.cairn.cli.console.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * What one check of {@code cairn doctor} found.
 *
 * @param check what was looked at, one word
 * @param state how it is
 * @param found what was seen
 * @param advice what to do about it; null if there is nothing to do
 */
record Diagnosis(String check, State state, String found, @Nullable String advice) {
  /** How it is. */
  enum State {
    /** As it should be. */
    OK("ok"),
    /** Works, and may not for long or not well. */
    WARNING("warning"),
    /** Does not work. */
    FAILED("failed");

    private final String word;

    State(String word) {
      this.word = word;
    }
  }

  static Diagnosis ok(String check, String found) {
    return new Diagnosis(check, State.OK, found, null);
  }

  static Diagnosis warning(String check, String found, String advice) {
    return new Diagnosis(check, State.WARNING, found, advice);
  }

  static Diagnosis failed(String check, String found, String advice) {
    return new Diagnosis(check, State.FAILED, found, advice);
  }

  String line() {
    String head =
        (state.word + " ".repeat(9)).substring(0, 9) + (check + " ".repeat(9)).substring(0, 9);
    return head + found + (advice == null ? "" : ": " + advice);
  }

  JsonObject json() {
    return new JsonObject()
        .add("check", check)
        .add("state", state.word)
        .add("found", found)
        .add("advice", advice);
  }
}
