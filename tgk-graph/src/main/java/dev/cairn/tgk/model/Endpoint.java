package dev.cairn.tgk.model;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * One end of an edge: an artifact, which the node need not hold, and the part it plays.
 *
 * <p>Ordered by key, then role, no role first, roles by their UTF-8 bytes.
 *
 * @param key the artifact
 * @param role its part, such as {@code parent} or {@code 100644 README.md}: text in NFC of 1 to
 *     {@value #ROLE_BYTES_MAX} bytes of UTF-8; null if it has none
 */
public record Endpoint(ArtifactKey key, @Nullable String role) implements Comparable<Endpoint> {
  /** Longest role, in bytes of UTF-8. */
  public static final int ROLE_BYTES_MAX = 4096;

  public Endpoint {
    if (role != null) {
      checkRole(role);
    }
  }

  /** An endpoint without a role. */
  public static Endpoint of(ArtifactKey key) {
    return new Endpoint(key, null);
  }

  /** Length of the role in bytes of UTF-8; 0 if there is none. */
  int roleBytes() {
    if (role == null) {
      return 0;
    }
    return isAscii(role) ? role.length() : role.getBytes(StandardCharsets.UTF_8).length;
  }

  @Override
  public int compareTo(Endpoint other) {
    int byKey = key.compareTo(other.key);
    if (byKey != 0) {
      return byKey;
    }
    if (role == null || other.role == null) {
      return Boolean.compare(role != null, other.role != null);
    }
    // In ASCII the order of characters is that of bytes.
    return isAscii(role) && isAscii(other.role)
        ? role.compareTo(other.role)
        : Bytes.utf8(role).compareTo(Bytes.utf8(other.role));
  }

  private static void checkRole(String role) {
    if (role.isEmpty()) {
      throw new MalformedException("edge role: empty; an endpoint without a role has null");
    }
    int length = role.length();
    if (!isAscii(role)) {
      if (!CborWriter.isCanonical(role)) {
        throw new MalformedException("edge role: not well-formed Unicode in NFC");
      }
      length = role.getBytes(StandardCharsets.UTF_8).length;
    }
    if (length > ROLE_BYTES_MAX) {
      throw new MalformedException(
          "edge role: " + length + " bytes of UTF-8, more than " + ROLE_BYTES_MAX);
    }
  }

  private static boolean isAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) > 0x7f) {
        return false;
      }
    }
    return true;
  }
}
