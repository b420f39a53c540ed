package dev.cairn.asl.crypto;

import dev.cairn.asl.bytes.Bytes;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.signers.Ed25519Signer;

/**
 * An Ed25519 private key (RFC 8032), from a 32-byte seed. Never prints its secret. Safe for any
 * thread.
 */
public final class SigningKey {
  /** Length of the secret seed. */
  public static final int SEED_BYTES = 32;

  private final Ed25519PrivateKeyParameters parameters;
  private final PublicKey publicKey;

  private SigningKey(Ed25519PrivateKeyParameters parameters) {
    this.parameters = parameters;
    this.publicKey = PublicKey.of(Bytes.wrap(parameters.generatePublicKey().getEncoded()));
  }

  /** The key of a secret seed of {@value #SEED_BYTES} bytes. */
  public static SigningKey fromSeed(Bytes seed) {
    if (seed.length() != SEED_BYTES) {
      throw new IllegalArgumentException("seed of " + seed.length() + " bytes");
    }
    return new SigningKey(new Ed25519PrivateKeyParameters(seed.toArray(), 0));
  }

  /** The secret seed, for the key file only. */
  public Bytes seed() {
    return Bytes.wrap(parameters.getEncoded());
  }

  /** The public half. */
  public PublicKey publicKey() {
    return publicKey;
  }

  /** The signature over {@code message}; deterministic. */
  public Bytes sign(Bytes message) {
    Ed25519Signer signer = new Ed25519Signer();
    signer.init(true, parameters);
    signer.update(message.toArray(), 0, message.length());
    return Bytes.wrap(signer.generateSignature());
  }

  @Override
  public String toString() {
    return "SigningKey[of " + publicKey + "]";
  }
}
