package dev.cairn.asl.model;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.error.MalformedException;

/**
 * A node's self-certifying identity: SHA-256 of its Ed25519 public key. Names are labels, never
 * identities.
 *
 * @param digest 32 bytes
 */
public record NodeId(Bytes digest) implements Comparable<NodeId> {
  /** Length of the binary form. */
  public static final int BYTES = HashAlgorithm.DIGEST_BYTES;

  public NodeId {
    if (digest.length() != BYTES) {
      throw new MalformedException("node id: " + digest.length() + " bytes, not " + BYTES);
    }
  }

  /** The identity of the holder of {@code key}. */
  public static NodeId of(PublicKey key) {
    return new NodeId(HashAlgorithm.SHA_256.hash(key.encoded()));
  }

  /** Parses 64 lower-case hex digits. */
  public static NodeId parse(String hex) {
    return new NodeId(ArtifactKey.parseDigest("node id", hex));
  }

  /** The first 12 hex digits: a label for people. */
  public String shortText() {
    return digest.slice(0, 6).toHex();
  }

  @Override
  public int compareTo(NodeId other) {
    return digest.compareTo(other.digest);
  }

  // Written out, as what a record brings of itself takes long at its first call, at each start.

  @Override
  public boolean equals(Object other) {
    return other instanceof NodeId that && digest.equals(that.digest);
  }

  @Override
  public int hashCode() {
    return digest.hashCode();
  }

  /** 64 hex digits. */
  @Override
  public String toString() {
    return digest.toHex();
  }
}
