package dev.cairn.asl.crypto;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.DamagedException;
import org.jspecify.annotations.Nullable;

/**
 * An Ed25519 private key (RFC 8032), from a 32-byte seed. Never prints its secret. Safe for any
 * thread.
 */
public final class SigningKey {
  /** Length of the secret seed. */
  public static final int SEED_BYTES = 32;

  private final Bytes seed;
  private final PublicKey publicKey;

  /** Made when first used, at most once a thread: all would be equal. */
  private volatile Ed25519.@Nullable Secret secret;

  private SigningKey(Bytes seed, PublicKey publicKey, Ed25519.@Nullable Secret secret) {
    this.seed = seed;
    this.publicKey = publicKey;
    this.secret = secret;
  }

  /** The key of a secret seed of {@value #SEED_BYTES} bytes. */
  public static SigningKey fromSeed(Bytes seed) {
    checkLength(seed);
    Ed25519.Secret secret = Ed25519.Secret.ofSeed(seed);
    return new SigningKey(seed, PublicKey.of(secret.publicHalf()), secret);
  }

  /**
   * The key of a secret seed whose public half was kept with it, so that it need not be computed
   * before the key signs. The first signature fails if the two do not belong together.
   */
  public static SigningKey fromHalves(Bytes seed, PublicKey publicKey) {
    checkLength(seed);
    return new SigningKey(seed, publicKey, null);
  }

  private static void checkLength(Bytes seed) {
    if (seed.length() != SEED_BYTES) {
      throw new IllegalArgumentException("seed of " + seed.length() + " bytes");
    }
  }

  /** The secret seed, for the key file only. */
  public Bytes seed() {
    return seed;
  }

  /** The public half. */
  public PublicKey publicKey() {
    return publicKey;
  }

  /**
   * The signature over {@code message}; deterministic.
   *
   * @throws DamagedException if the public half kept with the key is not its own
   */
  public Bytes sign(Bytes message) {
    return secret().sign(message);
  }

  private Ed25519.Secret secret() {
    Ed25519.Secret known = secret;
    if (known == null) {
      known = Ed25519.Secret.ofSeed(seed);
      if (!known.publicHalf().equals(publicKey.encoded())) {
        throw new DamagedException(
            "the key kept with " + publicKey + " is not its secret half: nothing is signed");
      }
      secret = known;
    }
    return known;
  }

  @Override
  public String toString() {
    return "SigningKey[of " + publicKey + "]";
  }
}
