package dev.cairn.pel.operator.re2;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.cairn.pel.model.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A regular expression in RE2's syntax, whose matches are the same on every platform. Immutable.
 *
 * <p>RE2/J has Unicode's tables in itself, but asks the platform for the case of letters, which
 * differs with the platform's Unicode. So an expression that ignores case ({@code (?i)}) must be
 * ASCII and may not name characters by number or property.
 *
 * <p>Cost is bounded before and during a search: {@link ExpressionSize} bounds the automaton, and a
 * search may take {@link #WORK_MAX} steps, counted as characters looked at times the automaton's
 * size. Both are the same everywhere, so passing them is a {@link Refusal}.
 */
public final class Expression {
  /** Longest expression, in UTF-16 units. */
  public static final int CHARS_MAX = 4096;

  /** Steps of one search over one text: some ten seconds. */
  public static final long WORK_MAX = 2_000_000_000L;

  /** Work of a step, as {@link dev.cairn.pel.operator.OperatorHost#works} counts it. */
  private static final int WORK_A_STEP = 10;

  /** Work to make an expression, of a character. */
  private static final int WORK_A_CHAR = 2_000;

  /** And of a state of its automaton. */
  private static final int WORK_A_STATE = 100;

  private static final java.util.regex.Pattern IGNORES_CASE =
      java.util.regex.Pattern.compile("\\(\\?[a-zA-Z-]*i");
  private static final java.util.regex.Pattern NAMES_CHARACTERS =
      java.util.regex.Pattern.compile("\\\\[0-9xpPQ]|[^\\x00-\\x7f]");

  private final Pattern pattern;
  private final int size;

  /**
   * A match; places are UTF-16 units of the text.
   *
   * @param start of the match
   * @param end of the match, not included
   * @param groups what each group took, from group 1 on; null where it took no part
   */
  public record Match(int start, int end, List<@Nullable String> groups) {
    /** Immutable, but for nulls, which {@code List.copyOf} would refuse. */
    public Match {
      groups = java.util.Collections.unmodifiableList(new ArrayList<>(groups));
    }
  }

  /** What is done with the matches, which come from left to right and do not overlap. */
  public interface Visitor {
    /** Takes a match; false ends the search. */
    boolean match(Match match);
  }

  /**
   * An expression.
   *
   * @throws Refusal {@code bad-parameter} if it is none, or out of bounds
   */
  public Expression(String expression) {
    if (expression.length() > CHARS_MAX) {
      throw refused("more than " + CHARS_MAX + " characters");
    }
    if (IGNORES_CASE.matcher(expression).find() && NAMES_CHARACTERS.matcher(expression).find()) {
      throw refused(
          "where case is ignored it must be ASCII, without \\x, \\p, \\Q and digits behind a"
              + " backslash");
    }
    this.size = ExpressionSize.of(expression);
    if (size > ExpressionSize.MAX) {
      throw refused("its automaton has more than " + ExpressionSize.MAX + " states");
    }
    try {
      this.pattern = Pattern.compile(expression);
    } catch (PatternSyntaxException | IndexOutOfBoundsException e) {
      throw refused("not in RE2's syntax");
    }
  }

  private static Refusal refused(String why) {
    return new Refusal("bad-parameter", "pattern: " + why);
  }

  /**
   * What it takes at most to make an expression, as {@link
   * dev.cairn.pel.operator.OperatorHost#works} counts; known before it is made.
   */
  public static long workAtMost(String expression) {
    return (long) WORK_A_CHAR * Math.min(expression.length(), CHARS_MAX)
        + (long) WORK_A_STATE * ExpressionSize.MAX;
  }

  /** What it took to make it, as {@link dev.cairn.pel.operator.OperatorHost#works} counts. */
  public long work() {
    return (long) WORK_A_CHAR * pattern.pattern().length() + (long) WORK_A_STATE * size;
  }

  /** How many states its automaton has at most. */
  public int states() {
    return size;
  }

  /**
   * True if there is a match.
   *
   * @param works told, at the end, what that took
   * @throws Refusal {@code too-expensive} after {@link #WORK_MAX} steps
   */
  public boolean isIn(String text, LongConsumer works) {
    boolean[] found = new boolean[1];
    search(
        text,
        false,
        match -> {
          found[0] = true;
          return false;
        },
        works);
    return found[0];
  }

  /** How many groups it has. */
  public int groups() {
    return pattern.groupCount();
  }

  /** The numbers of its named groups. */
  public Map<String, Integer> namedGroups() {
    return new TreeMap<>(pattern.namedGroups());
  }

  /**
   * Looks for matches.
   *
   * @param works told, at the end, what that took
   * @throws Refusal {@code too-expensive} after {@link #WORK_MAX} steps
   */
  public void search(String text, boolean withGroups, Visitor visitor, LongConsumer works) {
    search(text, withGroups, visitor, WORK_MAX, works);
  }

  void search(String text, boolean withGroups, Visitor visitor, long stepsMax, LongConsumer works) {
    MeteredText metered = new MeteredText(text, stepsMax / size);
    try {
      search(pattern.matcher(metered), text, withGroups, visitor);
    } finally {
      works.accept(metered.looked() * size * WORK_A_STEP);
    }
  }

  private static void search(Matcher matcher, String text, boolean withGroups, Visitor visitor) {
    while (matcher.find()) {
      List<@Nullable String> groups = new ArrayList<>();
      for (int group = 1; withGroups && group <= matcher.groupCount(); group++) {
        int start = matcher.start(group);
        groups.add(start < 0 ? null : text.substring(start, matcher.end(group)));
      }
      if (!visitor.match(new Match(matcher.start(), matcher.end(), groups))) {
        return;
      }
    }
  }
}
