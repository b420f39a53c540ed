package dev.cairn.asl.store;

import dev.cairn.asl.model.ArtifactKey;
import java.util.Set;

/**
 * A promise, for a time, that collection leaves some payloads alone. It does not keep anybody from
 * erasing them.
 *
 * @param name who needs them, in the holder's own words
 * @param expiresMillis when it ends by itself, in milliseconds since 1970
 * @param keys the artifacts
 */
public record Lease(String name, long expiresMillis, Set<ArtifactKey> keys) {
  /** Most artifacts in one lease. */
  public static final int KEYS_MAX = 65_536;

  /** Longest name, in bytes. */
  public static final int NAME_BYTES_MAX = 255;

  public Lease {
    keys = Set.copyOf(keys);
    int nameBytes = name.getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
    if (nameBytes == 0 || nameBytes > NAME_BYTES_MAX || expiresMillis < 0) {
      throw new IllegalArgumentException(
          "a lease with a name of " + nameBytes + " bytes that ends at " + expiresMillis);
    }
    if (keys.size() > KEYS_MAX) {
      throw new IllegalArgumentException(keys.size() + " artifacts in a lease of " + KEYS_MAX);
    }
  }
}
