package dev.cairn.asl.note;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.error.MalformedException;
import java.util.HexFormat;

/**
 * A named Ed25519 key that notes are checked against (C2SP signed-note, "verifier keys").
 *
 * <pre>
 *   &lt;name&gt;+&lt;key hash, 8 hex digits&gt;+base64( 0x01 | key )
 * </pre>
 *
 * @param name without spaces and plus signs
 * @param key the public key
 */
public record VerifierKey(String name, PublicKey key) {
  private static final int ED25519 = 1;

  public VerifierKey {
    KeyName.check("verifier key", name);
  }

  /** Parses the text form; the hash in it must be the key's. */
  public static VerifierKey parse(String text) {
    int first = text.indexOf('+');
    int second = text.indexOf('+', first + 1);
    if (first < 0 || second < 0) {
      throw new MalformedException("verifier key: not of the form <name>+<hash>+<base64>");
    }
    Bytes typed = StrictBase64.decode("verifier key", text.substring(second + 1));
    if (typed.isEmpty() || typed.at(0) != ED25519) {
      throw new MalformedException("verifier key: not an Ed25519 key");
    }
    VerifierKey parsed = new VerifierKey(text.substring(0, first), PublicKey.of(typed.slice(1)));
    if (!parsed.hashHex().equals(text.substring(first + 1, second))) {
      throw new MalformedException("verifier key: the hash is not that of name and key");
    }
    return parsed;
  }

  /** Tells this key from others of its name. */
  public int keyHash() {
    return SignedNote.keyHash(name, key);
  }

  /** The text form. */
  public String format() {
    return name
        + "+"
        + hashHex()
        + "+"
        + StrictBase64.encode(Bytes.fromHex("01").plus(key.encoded()));
  }

  boolean isOf(NoteSignature signature) {
    return signature.name().equals(name) && signature.keyHash() == keyHash();
  }

  private String hashHex() {
    return HexFormat.of().toHexDigits(keyHash());
  }
}
