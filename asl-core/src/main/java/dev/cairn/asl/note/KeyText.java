package dev.cairn.asl.note;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.error.MalformedException;
import java.util.HexFormat;

/**
 * The text form of keys of one type that sign under notes (C2SP signed-note), and the hash that
 * tells them apart.
 *
 * <pre>
 *   &lt;name&gt;+&lt;key hash, 8 hex digits&gt;+base64( type | key )
 *
 *   key hash   first 4 bytes of SHA-256( name | 0x0a | type | key )
 * </pre>
 *
 * @param what it is called in errors
 * @param type its number in the specification
 * @param otherType what is said of a key of another type
 */
record KeyText(String what, int type, String otherType) {
  /** Ed25519 keys that sign notes. */
  static final KeyText VERIFIER = new KeyText("verifier key", 1, "not an Ed25519 key");

  /** Ed25519 keys that cosign them. */
  static final KeyText COSIGNER = new KeyText("cosigner key", 4, "not a key that cosigns");

  private static final Bytes NEWLINE = Bytes.fromHex("0a");

  /** A name and its key. */
  record Named(String name, PublicKey key) {}

  /** Parses the text form; the hash in it must be the key's. */
  Named parse(String text) {
    int first = text.indexOf('+');
    int second = text.indexOf('+', first + 1);
    if (first < 0 || second < 0) {
      throw new MalformedException(what + ": not of the form <name>+<hash>+<base64>");
    }
    Bytes typed = StrictBase64.decode(what, text.substring(second + 1));
    if (typed.isEmpty() || typed.at(0) != type) {
      throw new MalformedException(what + ": " + otherType);
    }
    String name = KeyName.check(what, text.substring(0, first));
    PublicKey key = PublicKey.of(typed.slice(1));
    if (!hex(name, key).equals(text.substring(first + 1, second))) {
      throw new MalformedException(what + ": the hash is not that of name and key");
    }
    return new Named(name, key);
  }

  String format(String name, PublicKey key) {
    return name + "+" + hex(name, key) + "+" + StrictBase64.encode(typeByte().plus(key.encoded()));
  }

  /** Tells a key from others of its name and type. */
  int hash(String name, PublicKey key) {
    return HashAlgorithm.SHA_256
        .hash(Bytes.utf8(name), NEWLINE, typeByte(), key.encoded())
        .u32At(0);
  }

  private String hex(String name, PublicKey key) {
    return HexFormat.of().toHexDigits(hash(name, key));
  }

  private Bytes typeByte() {
    return Bytes.wrap(new byte[] {(byte) type});
  }
}
