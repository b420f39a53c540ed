package dev.cairn.asl.crypto;

import dev.cairn.asl.bytes.Bytes;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.bouncycastle.crypto.Digest;

/** A Bouncy Castle digest with its copy constructor. */
final class BouncyHasher<D extends Digest> implements Hasher {
  private final D digest;
  private final UnaryOperator<D> copy;

  BouncyHasher(D digest, UnaryOperator<D> copy) {
    this.digest = digest;
    this.copy = copy;
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
