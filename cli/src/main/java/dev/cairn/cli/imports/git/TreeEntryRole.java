package dev.cairn.cli.imports.git;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.tgk.model.Endpoint;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The role of an entry in its tree's edge: {@code <mode> <name>}, the mode as six octal digits,
 * such as {@code 100644 README.md}.
 *
 * <p>A name is any bytes but NUL and slash; a role is text in NFC. So that no two names give one
 * role, {@code %} and ASCII control characters are written as {@code %} and two upper-case hex
 * digits. Where the outcome is not UTF-8 in NFC, every byte from 0x80 on is written so as well. A
 * name too long for a role becomes {@code %%sha256:} and the digest of its bytes.
 */
final class TreeEntryRole {
  private static final HexFormat HEX = HexFormat.of().withUpperCase();
  private static final int MODE_CHARS = 7;

  private TreeEntryRole() {}

  static String of(int mode, byte[] name) {
    String role = String.format(Locale.ROOT, "%06o ", mode) + text(name);
    return role.getBytes(StandardCharsets.UTF_8).length <= Endpoint.ROLE_BYTES_MAX
        ? role
        : role.substring(0, MODE_CHARS)
            + "%%sha256:"
            + HashAlgorithm.SHA_256.hash(Bytes.copyOf(name)).toHex();
  }

  private static String text(byte[] name) {
    if (isPlain(name)) {
      return new String(name, StandardCharsets.US_ASCII);
    }
    String decoded = decode(name);
    if (decoded != null) {
      String escaped = escape(decoded);
      if (CborWriter.normalise(escaped).equals(escaped)) {
        return escaped;
      }
    }
    StringBuilder out = new StringBuilder();
    for (byte b : name) {
      append((char) (b & 0xff), (b & 0x80) != 0, out);
    }
    return out.toString();
  }

  private static String escape(String text) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      append(text.charAt(i), false, out);
    }
    return out.toString();
  }

  private static void append(char c, boolean always, StringBuilder out) {
    if (always || c == '%' || c < 0x20 || c == 0x7f) {
      out.append('%').append(HEX.toHexDigits((byte) c));
    } else {
      out.append(c);
    }
  }

  private static boolean isPlain(byte[] name) {
    for (byte b : name) {
      if (b < 0x20 || b == 0x7f || b == '%') {
        return false;
      }
    }
    return true;
  }

  private static @Nullable String decode(byte[] name) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(name)).toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }
}
