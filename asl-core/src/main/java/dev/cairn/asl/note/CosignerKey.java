package dev.cairn.asl.note;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.Federation;
import dev.cairn.asl.model.NodeId;
import java.util.HexFormat;

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
  private static final Bytes COSIGNATURE = Bytes.fromHex("04");
  private static final Bytes NEWLINE = Bytes.fromHex("0a");

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
    int first = text.indexOf('+');
    int second = text.indexOf('+', first + 1);
    if (first < 0 || second < 0) {
      throw new MalformedException("cosigner key: not of the form <name>+<hash>+<base64>");
    }
    Bytes typed = StrictBase64.decode("cosigner key", text.substring(second + 1));
    if (typed.isEmpty() || typed.at(0) != COSIGNATURE.at(0)) {
      throw new MalformedException("cosigner key: not a key that cosigns");
    }
    CosignerKey parsed = new CosignerKey(text.substring(0, first), PublicKey.of(typed.slice(1)));
    if (!parsed.hashHex().equals(text.substring(first + 1, second))) {
      throw new MalformedException("cosigner key: the hash is not that of name and key");
    }
    return parsed;
  }

  /** Tells this key from others of its name, and cosignatures from other signatures. */
  public int keyHash() {
    return HashAlgorithm.SHA_256
        .hash(Bytes.utf8(name), NEWLINE, COSIGNATURE, key.encoded())
        .u32At(0);
  }

  /** The text form. */
  public String format() {
    return name + "+" + hashHex() + "+" + StrictBase64.encode(COSIGNATURE.plus(key.encoded()));
  }

  boolean isOf(NoteSignature signature) {
    return signature.name().equals(name) && signature.keyHash() == keyHash();
  }

  private String hashHex() {
    return HexFormat.of().toHexDigits(keyHash());
  }
}
