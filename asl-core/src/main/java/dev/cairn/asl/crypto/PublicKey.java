package dev.cairn.asl.crypto;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import org.jspecify.annotations.Nullable;

/** An Ed25519 public key (RFC 8032), 32 bytes, a point of the curve. Safe for any thread. */
public final class PublicKey {
  /** Length of an encoded key. */
  public static final int KEY_BYTES = 32;

  /** Length of a signature. */
  public static final int SIGNATURE_BYTES = 64;

  private final Bytes encoded;

  /** Made when first used, at most once a thread: all would be equal. */
  private volatile Ed25519.@Nullable Point point;

  private PublicKey(Bytes encoded) {
    if (encoded.length() != KEY_BYTES) {
      throw new MalformedException(
          "Ed25519 public key: " + encoded.length() + " bytes where " + KEY_BYTES + " are due");
    }
    this.encoded = encoded;
  }

  /**
   * Decodes {@value #KEY_BYTES} bytes.
   *
   * @throws MalformedException unless they are a point of the curve
   */
  public static PublicKey of(Bytes encoded) {
    PublicKey key = new PublicKey(encoded);
    key.point();
    return key;
  }

  /**
   * A key that was checked before it was kept. Only its first use shows whether it is a point of
   * the curve.
   */
  public static PublicKey checkedBefore(Bytes encoded) {
    return new PublicKey(encoded);
  }

  /** The {@value #KEY_BYTES} bytes. */
  public Bytes encoded() {
    return encoded;
  }

  /** True if {@code signature} is this key's over {@code message}. */
  public boolean verifies(Bytes message, Bytes signature) {
    return signature.length() == SIGNATURE_BYTES && point().verifies(message, signature);
  }

  private Ed25519.Point point() {
    Ed25519.Point known = point;
    if (known == null) {
      known = Ed25519.Point.decode(encoded);
      point = known;
    }
    return known;
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
