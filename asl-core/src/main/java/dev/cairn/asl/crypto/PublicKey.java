package dev.cairn.asl.crypto;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.signers.Ed25519Signer;

/**
 * An Ed25519 public key (RFC 8032), 32 bytes, checked to be a point of the curve.
 *
 * <p>Every signature in Cairn is verified here, by one implementation: libraries disagree on
 * hundreds of edge cases. Safe for any thread.
 */
public final class PublicKey {
  /** Length of an encoded key. */
  public static final int KEY_BYTES = 32;

  /** Length of a signature. */
  public static final int SIGNATURE_BYTES = 64;

  private final Bytes encoded;
  private final Ed25519PublicKeyParameters parameters;

  private PublicKey(Bytes encoded, Ed25519PublicKeyParameters parameters) {
    this.encoded = encoded;
    this.parameters = parameters;
  }

  /** Decodes {@value #KEY_BYTES} bytes. */
  public static PublicKey of(Bytes encoded) {
    if (encoded.length() != KEY_BYTES) {
      throw new MalformedException(
          "Ed25519 public key: " + encoded.length() + " bytes where " + KEY_BYTES + " are due");
    }
    try {
      return new PublicKey(encoded, new Ed25519PublicKeyParameters(encoded.toArray(), 0));
    } catch (IllegalArgumentException e) {
      throw new MalformedException("Ed25519 public key: not a point of the curve", e);
    }
  }

  /** The {@value #KEY_BYTES} bytes. */
  public Bytes encoded() {
    return encoded;
  }

  /** True if {@code signature} is this key's over {@code message}. */
  public boolean verifies(Bytes message, Bytes signature) {
    if (signature.length() != SIGNATURE_BYTES) {
      return false;
    }
    Ed25519Signer verifier = new Ed25519Signer();
    verifier.init(false, parameters);
    verifier.update(message.toArray(), 0, message.length());
    return verifier.verifySignature(signature.toArray());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PublicKey that && encoded.equals(that.encoded);
  }

  @Override
  public int hashCode() {
    return encoded.hashCode();
  }

  @Override
  public String toString() {
    return "PublicKey[" + encoded.slice(0, 8).toHex() + "…]";
  }
}
