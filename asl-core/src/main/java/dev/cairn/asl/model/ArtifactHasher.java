package dev.cairn.asl.model;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.Hasher;
import org.jspecify.annotations.Nullable;

/**
 * Computes an artifact's key and payload digest in one pass over the payload.
 *
 * <p>With SHA-256 the running state is forked before the trailer, so both cost one hash. One owner
 * at a time.
 */
public final class ArtifactHasher {
  private final HashAlgorithm algorithm;
  private final Hasher canonical;
  private final @Nullable Hasher payloadOnly;
  private long length;

  /** A hasher for a key under {@code algorithm}. */
  public ArtifactHasher(HashAlgorithm algorithm) {
    this.algorithm = algorithm;
    this.canonical = algorithm.newHasher();
    this.payloadOnly =
        algorithm == HashAlgorithm.SHA_256 ? null : HashAlgorithm.SHA_256.newHasher();
  }

  /** The next {@code count} bytes of the payload. */
  public void update(byte[] array, int offset, int count) {
    canonical.update(array, offset, count);
    if (payloadOnly != null) {
      payloadOnly.update(array, offset, count);
    }
    length = Math.addExact(length, count);
  }

  /** The next bytes of the payload. */
  public void update(Bytes bytes) {
    canonical.update(bytes);
    if (payloadOnly != null) {
      payloadOnly.update(bytes);
    }
    length = Math.addExact(length, bytes.length());
  }

  /** Ends the payload; the hasher must not be used again. */
  public ArtifactId finish(@Nullable TypeTag tag) {
    Bytes payloadDigest = payloadOnly == null ? canonical.fork().digest() : payloadOnly.digest();
    canonical.update(CanonicalEncoding.trailer(tag, length));
    return new ArtifactId(
        new ArtifactKey(algorithm, canonical.digest()),
        tag,
        length,
        new PayloadDigest(payloadDigest));
  }

  /** The identity of an artifact that is all in memory, under the default hash function. */
  public static ArtifactId identify(Bytes payload, @Nullable TypeTag tag) {
    return identify(HashAlgorithm.SHA_256, payload, tag);
  }

  /** The same under any hash function. */
  public static ArtifactId identify(HashAlgorithm algorithm, Bytes payload, @Nullable TypeTag tag) {
    Bytes trailer = CanonicalEncoding.trailer(tag, payload.length());
    HashAlgorithm.Forked forked = algorithm.hashForked(payload, trailer);
    Bytes digest =
        algorithm == HashAlgorithm.SHA_256 ? forked.head() : HashAlgorithm.SHA_256.hash(payload);
    return new ArtifactId(
        new ArtifactKey(algorithm, forked.whole()),
        tag,
        payload.length(),
        new PayloadDigest(digest));
  }

  /** The key alone of an artifact that is all in memory: one hash. */
  public static ArtifactKey keyOf(HashAlgorithm algorithm, Bytes payload, @Nullable TypeTag tag) {
    return new ArtifactKey(
        algorithm, algorithm.hash(payload, CanonicalEncoding.trailer(tag, payload.length())));
  }
}
