package dev.cairn.testkit.sim;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.crypto.SignatureCheck;
import dev.cairn.asl.crypto.SigningKey;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Checks signatures of keys whose secret halves are known by signing again: Ed25519 is
 * deterministic (RFC 8032 section 5.1.6), so an honest signer's signature is the one that the key
 * gives, and signing costs less than half of checking. Only the curve knows others' keys. What was
 * asked before is remembered. One thread.
 */
final class SeededSignatures implements SignatureCheck {
  private record Asked(PublicKey key, Bytes message) {}

  private final Map<PublicKey, SigningKey> secrets = new HashMap<>();
  private final Map<Asked, Bytes> signed = new HashMap<>();

  SeededSignatures(List<SigningKey> secrets) {
    secrets.forEach(secret -> this.secrets.put(secret.publicKey(), secret));
  }

  @Override
  public boolean verifies(PublicKey key, Bytes message, Bytes signature) {
    SigningKey secret = secrets.get(key);
    if (secret == null) {
      return ED25519.verifies(key, message, signature);
    }
    return signed
        .computeIfAbsent(new Asked(key, message), asked -> secret.sign(asked.message))
        .equals(signature);
  }
}
