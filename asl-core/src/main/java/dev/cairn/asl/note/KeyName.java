package dev.cairn.asl.note;

import dev.cairn.asl.error.MalformedException;
import java.nio.charset.StandardCharsets;

/**
 * The rule for the name of a key that signs notes: some text without spaces, control characters or
 * plus signs.
 */
final class KeyName {
  private KeyName() {}

  static String check(String what, String name) {
    if (name.isEmpty()) {
      throw new MalformedException(what + ": an empty key name");
    }
    boolean bad = name.codePoints().anyMatch(KeyName::isForbidden);
    if (bad || !StandardCharsets.UTF_8.newEncoder().canEncode(name)) {
      throw new MalformedException(
          what + ": a key name with a space, a plus or a control character");
    }
    return name;
  }

  private static boolean isForbidden(int codePoint) {
    return codePoint == '+'
        || Character.isISOControl(codePoint)
        || Character.isWhitespace(codePoint)
        || Character.isSpaceChar(codePoint);
  }
}
