package dev.cairn.asl.crypto;

import dev.cairn.asl.bytes.Bytes;

/**
 * Decides whether a signature is a key's over a message: {@link #ED25519}, or something that gives
 * the same answers, as one that remembers them does. Safe for any thread.
 */
@FunctionalInterface
public interface SignatureCheck {
  /** By the curve. */
  SignatureCheck ED25519 = PublicKey::verifies;

  /** True if {@code signature} is {@code key}'s over {@code message}. */
  boolean verifies(PublicKey key, Bytes message, Bytes signature);
}
