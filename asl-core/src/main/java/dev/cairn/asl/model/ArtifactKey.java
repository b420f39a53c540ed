package dev.cairn.asl.model;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.MalformedException;
import org.jspecify.annotations.Nullable;

/**
 * The name of an artifact: a hash function and the digest of the canonical encoding (see {@link
 * CanonicalEncoding}).
 *
 * <pre>
 *   bytes:  u16be hash id | 32 bytes digest          text: asl1-sha256:&lt;64 hex&gt;
 * </pre>
 *
 * @param algorithm the hash function
 * @param digest 32 bytes
 */
public record ArtifactKey(HashAlgorithm algorithm, Bytes digest)
    implements Comparable<ArtifactKey> {
  /** Length of the binary form. */
  public static final int BYTES = 2 + HashAlgorithm.DIGEST_BYTES;

  private static final String PREFIX = "asl1-";

  public ArtifactKey {
    if (digest.length() != HashAlgorithm.DIGEST_BYTES) {
      throw new MalformedException(
          "artifact key: a digest of " + digest.length() + " bytes, not 32");
    }
  }

  /** The key of the artifact with this payload and tag under the default hash function. */
  public static ArtifactKey of(Bytes payload, @org.jspecify.annotations.Nullable TypeTag tag) {
    return new ArtifactKey(
        HashAlgorithm.SHA_256,
        HashAlgorithm.SHA_256.hash(payload, CanonicalEncoding.trailer(tag, payload.length())));
  }

  /** Reads the binary form. */
  public static ArtifactKey fromBytes(Bytes bytes) {
    if (bytes.length() != BYTES) {
      throw new MalformedException("artifact key: " + bytes.length() + " bytes, not " + BYTES);
    }
    return new ArtifactKey(HashAlgorithm.byId(bytes.at(0) << 8 | bytes.at(1)), bytes.slice(2));
  }

  /** Parses {@code asl1-<function>:<64 hex>}. */
  public static ArtifactKey parse(String text) {
    int colon = text.indexOf(':');
    if (!text.startsWith(PREFIX) || colon < 0) {
      throw new MalformedException("artifact key: not of the form " + PREFIX + "sha256:<64 hex>");
    }
    return new ArtifactKey(
        HashAlgorithm.byLabel(text.substring(PREFIX.length(), colon)),
        parseDigest("artifact key", text.substring(colon + 1)));
  }

  public static Bytes parseDigest(String what, String hex) {
    if (!isHexDigest(hex)) {
      throw new MalformedException(what + ": not 64 lower-case hex digits");
    }
    return Bytes.fromHex(hex);
  }

  private static boolean isHexDigest(String hex) {
    boolean digits = hex.length() == 2 * HashAlgorithm.DIGEST_BYTES;
    for (int i = 0; digits && i < hex.length(); i++) {
      char one = hex.charAt(i);
      digits = (one >= '0' && one <= '9') || (one >= 'a' && one <= 'f');
    }
    return digits;
  }

  /** The binary form, {@value #BYTES} bytes. */
  public Bytes bytes() {
    byte[] out = new byte[BYTES];
    out[0] = (byte) (algorithm.id() >>> 8);
    out[1] = (byte) algorithm.id();
    digest.copyTo(out, 2);
    return Bytes.wrap(out);
  }

  /** By binary form. */
  // What a record has of these by itself is put together at the first call, late in every start.
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ArtifactKey key
        && algorithm == key.algorithm
        && digest.equals(key.digest);
  }

  @Override
  public int hashCode() {
    return digest.hashCode();
  }

  @Override
  public int compareTo(ArtifactKey other) {
    int byId = Integer.compare(algorithm.id(), other.algorithm.id());
    return byId != 0 ? byId : digest.compareTo(other.digest);
  }

  /** The text form. */
  @Override
  public String toString() {
    return PREFIX + algorithm.label() + ":" + digest.toHex();
  }
}
