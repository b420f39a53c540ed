package dev.cairn.asl.note;

import dev.cairn.asl.crypto.PublicKey;

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
  public VerifierKey {
    KeyName.check("verifier key", name);
  }

  /** Parses the text form; the hash in it must be the key's. */
  public static VerifierKey parse(String text) {
    KeyText.Named parsed = KeyText.VERIFIER.parse(text);
    return new VerifierKey(parsed.name(), parsed.key());
  }

  /** Tells this key from others of its name. */
  public int keyHash() {
    return SignedNote.keyHash(name, key);
  }

  /** The text form. */
  public String format() {
    return KeyText.VERIFIER.format(name, key);
  }

  boolean isOf(NoteSignature signature) {
    return signature.name().equals(name) && signature.keyHash() == keyHash();
  }
}
