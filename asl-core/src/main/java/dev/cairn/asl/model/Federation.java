package dev.cairn.asl.model;

import dev.cairn.asl.error.MalformedException;
import java.util.regex.Pattern;

/**
 * The rule for a federation's name: a lower-case letter or digit, then up to 62 of those, dots and
 * hyphens. Safe for any thread.
 */
public final class Federation {
  /** The name of a federation that nobody named. */
  public static final String DEFAULT_NAME = "default";

  /** Longest name, in characters. */
  public static final int NAME_CHARS_MAX = 63;

  private static final Pattern NAME =
      Pattern.compile("[a-z0-9][a-z0-9.-]{0," + (NAME_CHARS_MAX - 1) + "}");

  private Federation() {}

  /** Gives {@code name} back if it is one, else throws a {@link MalformedException}. */
  public static String checkName(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new MalformedException(
          "federation name of "
              + name.length()
              + " characters: not 1 to "
              + NAME_CHARS_MAX
              + " of a-z, 0-9, '.' and '-', a letter or digit first");
    }
    return name;
  }
}
