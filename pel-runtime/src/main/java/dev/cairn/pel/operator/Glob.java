package dev.cairn.pel.operator;

import dev.cairn.asl.error.UnavailableException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * A pattern for labels that are paths: {@code *} stands for any characters but {@code /}, {@code
 * **} for any characters, {@code ?} for one character but {@code /}, a backslash takes the next
 * character as it is, and all else stands for itself. All of a label has to match. Immutable.
 *
 * <p>A match takes time proportional to pattern times label, whatever they are.
 */
final class Glob {
  /** Longest pattern, in UTF-16 units. */
  static final int CHARS_MAX = 4096;

  private static final int STAR = -1;
  private static final int DOUBLE_STAR = -2;
  private static final int ANY = -3;

  /** Work of one token at one character, as {@link OperatorHost#works} counts it. */
  private static final int WORK_A_TOKEN = 4;

  private final int[] tokens;

  Glob(String name, String pattern) {
    if (pattern.length() > CHARS_MAX) {
      throw new OperatorFailure("bad-parameter", name + ": more than " + CHARS_MAX + " characters");
    }
    int[] points = pattern.codePoints().toArray();
    List<Integer> read = new ArrayList<>();
    for (int i = 0; i < points.length; i++) {
      switch (points[i]) {
        case '*' -> {
          boolean twice = i + 1 < points.length && points[i + 1] == '*';
          read.add(twice ? DOUBLE_STAR : STAR);
          i += twice ? 1 : 0;
        }
        case '?' -> read.add(ANY);
        case '\\' -> {
          i++;
          if (i == points.length) {
            throw new OperatorFailure("bad-parameter", name + ": a backslash at the end");
          }
          read.add(points[i]);
        }
        default -> read.add(points[i]);
      }
    }
    this.tokens = read.stream().mapToInt(Integer::intValue).toArray();
  }

  /**
   * Whether all of {@code label} matches: the pattern run as an automaton of its places.
   *
   * @param works told, before, what that takes at most: it hangs on the two lengths alone
   * @throws UnavailableException if this thread is interrupted
   */
  boolean matches(String label, LongConsumer works) {
    works.accept(WORK_A_TOKEN * (tokens.length + 1L) * (label.length() + 1L));
    if (Thread.currentThread().isInterrupted()) {
      throw new UnavailableException("the run was cancelled");
    }
    boolean[] places = new boolean[tokens.length + 1];
    places[0] = true;
    for (int i = 0; i < tokens.length && isStar(tokens[i]); i++) {
      places[i + 1] = true;
    }
    for (int at = 0; at < label.length(); at += Character.charCount(label.codePointAt(at))) {
      step(places, label.codePointAt(at));
    }
    return places[tokens.length];
  }

  private static boolean isStar(int token) {
    return token == STAR || token == DOUBLE_STAR;
  }

  /** From the places reached before {@code c} to those reached behind it, from left to right. */
  private void step(boolean[] places, int c) {
    boolean name = c != '/';
    boolean before = places[0];
    places[0] = before && tokens.length > 0 && stays(tokens[0], name);
    for (int i = 0; i < tokens.length; i++) {
      int token = tokens[i];
      boolean here = places[i + 1];
      boolean reached =
          switch (token) {
            case STAR, DOUBLE_STAR -> places[i];
            case ANY -> before && name;
            default -> before && c == token;
          };
      places[i + 1] = reached || (here && i + 1 < tokens.length && stays(tokens[i + 1], name));
      before = here;
    }
  }

  /** Whether the place before a token remains one when a character passes. */
  private static boolean stays(int token, boolean name) {
    return token == DOUBLE_STAR || (token == STAR && name);
  }
}
