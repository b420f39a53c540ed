package dev.cairn.asl.model;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.MalformedException;
import org.jspecify.annotations.Nullable;

/**
 * SHA-256 of a payload alone: what the rest of the world calls the file.
 *
 * @param digest 32 bytes
 */
public record PayloadDigest(Bytes digest) implements Comparable<PayloadDigest> {
  /** Text form: this, then 64 hex digits. */
  public static final String PREFIX = "sha256:";

  public PayloadDigest {
    if (digest.length() != HashAlgorithm.DIGEST_BYTES) {
      throw new MalformedException("payload digest: " + digest.length() + " bytes, not 32");
    }
  }

  /** The digest of {@code payload}. */
  public static PayloadDigest of(Bytes payload) {
    return new PayloadDigest(HashAlgorithm.SHA_256.hash(payload));
  }

  /** Parses {@code sha256:<64 hex>}. */
  public static PayloadDigest parse(String text) {
    if (!text.startsWith(PREFIX)) {
      throw new MalformedException("payload digest: does not begin with " + PREFIX);
    }
    return new PayloadDigest(
        ArtifactKey.parseDigest("payload digest", text.substring(PREFIX.length())));
  }

  // What a record has of these by itself is put together at the first call, late in every start.
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PayloadDigest that && digest.equals(that.digest);
  }

  @Override
  public int hashCode() {
    return digest.hashCode();
  }

  @Override
  public int compareTo(PayloadDigest other) {
    return digest.compareTo(other.digest);
  }

  /** {@code sha256:<hex>}. */
  @Override
  public String toString() {
    return PREFIX + digest.toHex();
  }
}
