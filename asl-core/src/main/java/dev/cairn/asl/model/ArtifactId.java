package dev.cairn.asl.model;

import org.jspecify.annotations.Nullable;

/**
 * All that names an artifact: what a put states in the log.
 *
 * @param key digest of the canonical encoding
 * @param tag type, if any
 * @param payloadLength bytes of the payload
 * @param payloadDigest SHA-256 of the payload alone
 */
public record ArtifactId(
    ArtifactKey key, @Nullable TypeTag tag, long payloadLength, PayloadDigest payloadDigest) {
  public ArtifactId {
    if (payloadLength < 0) {
      throw new IllegalArgumentException("negative payload length " + payloadLength);
    }
  }
}
