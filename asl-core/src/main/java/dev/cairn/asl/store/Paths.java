package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;

/**
 * A key with its digest in front (digest, then hash id), so that the order is uniform whatever the
 * hash function.
 */
final class Paths {
  private Paths() {}

  static Bytes of(ArtifactKey key) {
    byte[] path = new byte[ArtifactKey.BYTES];
    key.digest().copyTo(path, 0);
    path[HashAlgorithm.DIGEST_BYTES] = (byte) (key.algorithm().id() >>> 8);
    path[HashAlgorithm.DIGEST_BYTES + 1] = (byte) key.algorithm().id();
    return Bytes.wrap(path);
  }

  static ArtifactKey key(Bytes path) {
    check(path);
    return new ArtifactKey(algorithm(path), path.slice(0, HashAlgorithm.DIGEST_BYTES));
  }

  /** Refuses what is no path. */
  static void check(Bytes path) {
    if (path.length() != ArtifactKey.BYTES) {
      throw new MalformedException("a path of " + path.length() + " bytes");
    }
    HashAlgorithm unused = algorithm(path);
  }

  private static HashAlgorithm algorithm(Bytes path) {
    return HashAlgorithm.byId(
        path.at(HashAlgorithm.DIGEST_BYTES) << 8 | path.at(HashAlgorithm.DIGEST_BYTES + 1));
  }

  /** The 4 bits at {@code depth} of a path. */
  static int nibble(Bytes path, int depth) {
    int octet = path.at(depth >>> 1);
    return (depth & 1) == 0 ? octet >>> 4 : octet & 0xf;
  }
}
