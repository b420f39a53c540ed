package dev.cairn.asl.crypto;

import dev.cairn.asl.bytes.Bytes;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.bouncycastle.crypto.Digest;
import org.bouncycastle.crypto.digests.Blake3Digest;
import org.bouncycastle.crypto.digests.SHA3Digest;
import org.bouncycastle.crypto.digests.SHA512tDigest;

/**
 * A Bouncy Castle digest with its copy constructor. Nothing else of this package that the default
 * hash function needs refers to Bouncy Castle, whose archive takes long to load.
 */
final class BouncyHasher<D extends Digest> implements Hasher {
  private final D digest;
  private final UnaryOperator<D> copy;

  private BouncyHasher(D digest, UnaryOperator<D> copy) {
    this.digest = digest;
    this.copy = copy;
  }

  /** A fresh hash. */
  static Hasher of(HashAlgorithm algorithm) {
    return switch (algorithm) {
      case SHA_512_256 -> new BouncyHasher<>(new SHA512tDigest(256), d -> new SHA512tDigest(d));
      case SHA3_256 -> new BouncyHasher<>(new SHA3Digest(256), d -> new SHA3Digest(d));
      case BLAKE3 -> new BouncyHasher<>(new Blake3Digest(256), d -> new Blake3Digest(d));
      case SHA_256 -> throw new IllegalArgumentException(algorithm + " comes from the JDK");
    };
  }

  @Override
  public void update(byte[] array, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, array.length);
    digest.update(array, offset, length);
  }

  @Override
  public Hasher fork() {
    return new BouncyHasher<>(copy.apply(digest), copy);
  }

  @Override
  public Bytes digest() {
    byte[] out = new byte[HashAlgorithm.DIGEST_BYTES];
    digest.doFinal(out, 0);
    return Bytes.wrap(out);
  }
}
