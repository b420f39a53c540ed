package dev.cairn.pel.model;

import dev.cairn.asl.error.MalformedException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An operator's name and version: {@code text/stats@1}. What an operator of one name and version
 * computes never changes; a change of meaning is a new version.
 *
 * @param name groups of lower-case letters, digits, dots and dashes, joined by slashes
 * @param version from 1
 */
public record OperatorId(String name, int version) implements Comparable<OperatorId> {
  /** Longest name, in characters. */
  public static final int NAME_CHARS_MAX = 100;

  private static final Pattern NAME =
      Pattern.compile("[a-z][a-z0-9.-]{0,62}(?:/[a-z0-9][a-z0-9.-]{0,62}){1,3}");
  private static final Pattern TEXT = Pattern.compile("([^@]{1,100})@([1-9][0-9]{0,8})");

  public OperatorId {
    if (name.length() > NAME_CHARS_MAX || !NAME.matcher(name).matches()) {
      throw new MalformedException(
          "operator name " + Mistakes.quote(name) + " is not of the form group/name");
    }
    if (version < 1) {
      throw new MalformedException("operator version " + version + " is not positive");
    }
  }

  /** Parses {@code name@version}. */
  public static OperatorId parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      throw new MalformedException(
          "operator " + Mistakes.quote(text) + " is not of the form group/name@version");
    }
    return new OperatorId(matcher.group(1), Integer.parseInt(matcher.group(2)));
  }

  @Override
  public int compareTo(OperatorId other) {
    int byName = name.compareTo(other.name);
    return byName != 0 ? byName : Integer.compare(version, other.version);
  }

  /** {@code name@version}. */
  @Override
  public String toString() {
    return name + "@" + version;
  }
}
