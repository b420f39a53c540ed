package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;

/**
 * A chunk of a payload: what its bytes hash to, and how many they are.
 *
 * @param digest SHA-256 of the chunk
 * @param length from {@link #BYTES_MIN}, unless it is the payload's last, to {@link #BYTES_MAX}
 */
public record PayloadChunk(Bytes digest, int length) {
  /** Shortest chunk that is not a payload's last. */
  public static final int BYTES_MIN = ArrivingPayload.CHUNKER.minBytes();

  /** Longest chunk. */
  public static final int BYTES_MAX = ArrivingPayload.CHUNKER.maxBytes();

  public PayloadChunk {
    if (digest.length() != HashAlgorithm.DIGEST_BYTES || length < 1 || length > BYTES_MAX) {
      throw new IllegalArgumentException(
          "a chunk of " + length + " bytes with a digest of " + digest.length());
    }
  }
}
