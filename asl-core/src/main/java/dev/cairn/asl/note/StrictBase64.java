package dev.cairn.asl.note;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import java.util.Base64;

/**
 * Standard base64 with padding (RFC 4648 section 4), of which each byte string has exactly one
 * form.
 */
final class StrictBase64 {
  private StrictBase64() {}

  static String encode(Bytes bytes) {
    return Base64.getEncoder().encodeToString(bytes.toArray());
  }

  static Bytes decode(String what, String text) {
    Bytes decoded;
    try {
      decoded = Bytes.wrap(Base64.getDecoder().decode(text));
    } catch (IllegalArgumentException e) {
      throw new MalformedException(what + ": not standard base64", e);
    }
    // The JDK forgives missing padding and stray bits behind the last byte.
    if (!encode(decoded).equals(text)) {
      throw new MalformedException(what + ": not the canonical base64 of its bytes");
    }
    return decoded;
  }
}
