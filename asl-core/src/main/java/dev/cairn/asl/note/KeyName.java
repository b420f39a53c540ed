package dev.cairn.asl.note;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;

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
    // Code points above the first 2^16 are neither spaces nor controls.
    for (int i = 0; i < name.length(); i++) {
      if (isForbidden(name.charAt(i))) {
        throw forbidden(what);
      }
    }
    if (!Bytes.isWellFormed(name)) {
      throw forbidden(what);
    }
    return name;
  }

  private static MalformedException forbidden(String what) {
    return new MalformedException(
        what + ": a key name with a space, a plus or a control character");
  }

  private static boolean isForbidden(char one) {
    return one == '+'
        || Character.isISOControl(one)
        || Character.isWhitespace(one)
        || Character.isSpaceChar(one);
  }
}
