package dev.cairn.asl.note;

import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.model.Federation;
import dev.cairn.asl.model.NodeId;

/**
 * A named Ed25519 key that cosigns checkpoints of others (C2SP tlog-cosignature).
 *
 * <pre>
 *   &lt;name&gt;+&lt;key hash, 8 hex digits&gt;+base64( 0x04 | key )
 *
 *   key hash   first 4 bytes of SHA-256( name | 0x0a | 0x04 | key )
 * </pre>
 *
 * @param name without spaces and plus signs
 * @param key the public key
 */
public record CosignerKey(String name, PublicKey key) {
  public CosignerKey {
    KeyName.check("cosigner key", name);
  }

  /** Under which name and key a node cosigns. */
  public static CosignerKey of(String federation, PublicKey key) {
    Federation.checkName(federation);
    return new CosignerKey("cairn/v1/" + federation + "/" + NodeId.of(key), key);
  }

  /** Parses the text form; the hash in it must be the key's. */
  public static CosignerKey parse(String text) {
    KeyText.Named parsed = KeyText.COSIGNER.parse(text);
    return new CosignerKey(parsed.name(), parsed.key());
  }

  /** Tells this key from others of its name, and cosignatures from other signatures. */
  public int keyHash() {
    return KeyText.COSIGNER.hash(name, key);
  }

  /** The text form. */
  public String format() {
    return KeyText.COSIGNER.format(name, key);
  }

  boolean isOf(NoteSignature signature) {
    return signature.name().equals(name) && signature.keyHash() == keyHash();
  }
}
