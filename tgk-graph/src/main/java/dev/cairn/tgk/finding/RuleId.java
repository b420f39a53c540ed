package dev.cairn.tgk.finding;

import dev.cairn.asl.error.MalformedException;
import java.util.regex.Pattern;

/**
 * The rule that is broken, as a namespaced name: {@code audit:payload-missing}.
 *
 * <pre>
 *   [a-z][a-z0-9.-]* ":" [a-z][a-z0-9.-]*        at most {@value #LENGTH_MAX} characters
 * </pre>
 *
 * @param text the name
 */
public record RuleId(String text) implements Comparable<RuleId> {
  /** Longest name, in characters. */
  public static final int LENGTH_MAX = 127;

  private static final Pattern FORM = Pattern.compile("[a-z][a-z0-9.-]*+:[a-z][a-z0-9.-]*+");

  public RuleId {
    if (text.length() > LENGTH_MAX) {
      throw new MalformedException(
          "rule: " + text.length() + " characters, more than " + LENGTH_MAX);
    }
    if (!FORM.matcher(text).matches()) {
      throw new MalformedException("rule: not of the form namespace:name, both in lower case");
    }
  }

  /** By the name's characters. */
  @Override
  public int compareTo(RuleId other) {
    return text.compareTo(other.text);
  }

  @Override
  public String toString() {
    return text;
  }
}
