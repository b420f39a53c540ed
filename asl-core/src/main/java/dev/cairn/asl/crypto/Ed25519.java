package dev.cairn.asl.crypto;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.signers.Ed25519Signer;

/**
 * Ed25519 (RFC 8032) by Bouncy Castle: every signature in Cairn is made and verified here, by one
 * implementation, as libraries disagree on hundreds of edge cases.
 *
 * <p>Bouncy Castle is a signed archive, which takes long to load. So keys that were checked before
 * are turned into these values when they are first used: a program that signs and verifies nothing
 * never loads it. Safe for any thread.
 */
final class Ed25519 {
  private Ed25519() {}

  /** A public key as a point of the curve. */
  static final class Point {
    private final Ed25519PublicKeyParameters parameters;

    private Point(Ed25519PublicKeyParameters parameters) {
      this.parameters = parameters;
    }

    /** Decodes 32 bytes; {@link MalformedException} if they are no point of the curve. */
    static Point decode(Bytes encoded) {
      try {
        return new Point(new Ed25519PublicKeyParameters(encoded.toArray(), 0));
      } catch (IllegalArgumentException e) {
        throw new MalformedException("Ed25519 public key: not a point of the curve", e);
      }
    }

    boolean verifies(Bytes message, Bytes signature) {
      Ed25519Signer verifier = new Ed25519Signer();
      verifier.init(false, parameters);
      verifier.update(message.toArray(), 0, message.length());
      return verifier.verifySignature(signature.toArray());
    }
  }

  /** A private key. */
  static final class Secret {
    private final Ed25519PrivateKeyParameters parameters;

    private Secret(Ed25519PrivateKeyParameters parameters) {
      this.parameters = parameters;
    }

    static Secret ofSeed(Bytes seed) {
      return new Secret(new Ed25519PrivateKeyParameters(seed.toArray(), 0));
    }

    /** The 32 bytes of the public half. */
    Bytes publicHalf() {
      return Bytes.wrap(parameters.generatePublicKey().getEncoded());
    }

    Bytes sign(Bytes message) {
      Ed25519Signer signer = new Ed25519Signer();
      signer.init(true, parameters);
      signer.update(message.toArray(), 0, message.length());
      return Bytes.wrap(signer.generateSignature());
    }
  }
}
