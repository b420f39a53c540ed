package dev.cairn.asl.merkle;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;

/**
 * The hashes of a Merkle tree (RFC 6962 section 2.1) under SHA-256.
 *
 * <pre>
 *   leaf = SHA-256(0x00 | record)      node = SHA-256(0x01 | left | right)      no leaf at all = SHA-256()
 * </pre>
 *
 * <p>The leading byte keeps a leaf from ever being taken for a node. Safe for any thread.
 */
public final class TreeHasher {
  /** Length of every hash in a tree. */
  public static final int HASH_BYTES = HashAlgorithm.DIGEST_BYTES;

  private static final Bytes LEAF = Bytes.fromHex("00");
  private static final Bytes NODE = Bytes.fromHex("01");
  private static final Bytes EMPTY_ROOT = HashAlgorithm.SHA_256.hash();

  private TreeHasher() {}

  /** The hash of the leaf that holds {@code record}. */
  public static Bytes leaf(Bytes record) {
    return HashAlgorithm.SHA_256.hash(LEAF, record);
  }

  /** The hash of the node above two hashes of {@value #HASH_BYTES} bytes each. */
  public static Bytes node(Bytes left, Bytes right) {
    return HashAlgorithm.SHA_256.hash(NODE, left, right);
  }

  /** The root of the tree with no leaf. */
  public static Bytes emptyRoot() {
    return EMPTY_ROOT;
  }
}
