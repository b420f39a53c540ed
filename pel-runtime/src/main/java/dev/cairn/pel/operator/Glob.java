package dev.cairn.pel.operator;

import java.util.ArrayList;
import java.util.List;

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

  private final List<Integer> tokens = new ArrayList<>();

  Glob(String name, String pattern) {
    if (pattern.length() > CHARS_MAX) {
      throw new OperatorFailure("bad-parameter", name + ": more than " + CHARS_MAX + " characters");
    }
    int[] points = pattern.codePoints().toArray();
    for (int i = 0; i < points.length; i++) {
      switch (points[i]) {
        case '*' -> {
          boolean twice = i + 1 < points.length && points[i + 1] == '*';
          tokens.add(twice ? DOUBLE_STAR : STAR);
          i += twice ? 1 : 0;
        }
        case '?' -> tokens.add(ANY);
        case '\\' -> {
          i++;
          if (i == points.length) {
            throw new OperatorFailure("bad-parameter", name + ": a backslash at the end");
          }
          tokens.add(points[i]);
        }
        default -> tokens.add(points[i]);
      }
    }
  }

  /** Whether all of {@code label} matches: the pattern run as an automaton of its places. */
  boolean matches(String label) {
    boolean[] places = new boolean[tokens.size() + 1];
    places[0] = true;
    passStars(places);
    for (int c : label.codePoints().toArray()) {
      boolean[] after = new boolean[places.length];
      for (int i = 0; i < tokens.size(); i++) {
        if (places[i]) {
          step(i, c, after);
        }
      }
      passStars(after);
      places = after;
    }
    return places[tokens.size()];
  }

  private void step(int place, int c, boolean[] after) {
    int token = tokens.get(place);
    switch (token) {
      case STAR -> after[place] |= c != '/';
      case DOUBLE_STAR -> after[place] = true;
      case ANY -> after[place + 1] |= c != '/';
      default -> after[place + 1] |= c == token;
    }
  }

  private void passStars(boolean[] places) {
    for (int i = 0; i < tokens.size(); i++) {
      if (places[i] && (tokens.get(i) == STAR || tokens.get(i) == DOUBLE_STAR)) {
        places[i + 1] = true;
      }
    }
  }
}
