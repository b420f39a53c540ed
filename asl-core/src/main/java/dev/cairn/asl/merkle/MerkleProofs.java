package dev.cairn.asl.merkle;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Proofs about a Merkle log: that a record is in it (inclusion), and that it only grew
 * (consistency).
 *
 * <p>Proofs are made after RFC 6962 sections 2.1.1 and 2.1.2 and checked after RFC 9162 sections
 * 2.1.3.2 and 2.1.4.2. A check returns quietly or throws a {@link MalformedException} that says
 * what is wrong; it looks at sizes and lengths before it hashes. Sizes and indexes are below 2^63.
 * Safe for any thread, if the source is.
 */
public final class MerkleProofs {
  /** Most hashes in a proof. */
  public static final int PROOF_HASHES_MAX = 64;

  private MerkleProofs() {}

  /**
   * Proof that the leaf at {@code index} is in the tree of the first {@code size} leaves: its
   * siblings' hashes, the deepest first.
   *
   * @param source at least the complete subtrees within {@code size}
   */
  public static List<Bytes> inclusion(SubtreeSource source, long index, long size) {
    if (index < 0 || index >= size) {
      throw new IllegalArgumentException("leaf " + index + " of a tree of " + size);
    }
    List<Bytes> proof = new ArrayList<>();
    long start = 0;
    long width = size;
    while (width > 1) {
      long left = split(width);
      if (index - start < left) {
        proof.add(rangeHash(source, start + left, width - left));
        width = left;
      } else {
        proof.add(rangeHash(source, start, left));
        start += left;
        width -= left;
      }
    }
    Collections.reverse(proof);
    return List.copyOf(proof);
  }

  /**
   * Proof that the tree of {@code newSize} leaves begins with that of {@code oldSize}; empty if the
   * sizes are equal.
   *
   * @param source at least the complete subtrees within {@code newSize}
   * @param oldSize from 1: nothing can be proven about the empty tree
   */
  public static List<Bytes> consistency(SubtreeSource source, long oldSize, long newSize) {
    if (oldSize < 1 || oldSize > newSize) {
      throw new IllegalArgumentException("consistency from size " + oldSize + " to " + newSize);
    }
    if (oldSize == newSize) {
      return List.of();
    }
    List<Bytes> proof = climbing(source, oldSize, newSize);
    // At the left edge the old tree is a complete subtree of the new one, and the verifier knows
    // its root.
    return List.copyOf(isComplete(oldSize) ? proof.subList(1, proof.size()) : proof);
  }

  /**
   * What the first {@code oldSize} leaves of the tree of {@code newSize} are: the consistency proof
   * with its first hash in any case, so that a verifier who knows no old root learns it. With a
   * signed root for the old size it shows two logs where there should be one.
   *
   * @param source at least the complete subtrees within {@code newSize}
   * @param oldSize from 1
   * @param newSize above {@code oldSize}
   */
  public static List<Bytes> prefixProof(SubtreeSource source, long oldSize, long newSize) {
    if (oldSize < 1 || oldSize >= newSize) {
      throw new IllegalArgumentException("prefix of size " + oldSize + " of " + newSize);
    }
    return List.copyOf(climbing(source, oldSize, newSize));
  }

  private static boolean isComplete(long size) {
    return Long.bitCount(size) == 1;
  }

  private static List<Bytes> climbing(SubtreeSource source, long oldSize, long newSize) {
    List<Bytes> proof = new ArrayList<>();
    long start = 0;
    long width = newSize;
    while (oldSize - start != width) {
      long left = split(width);
      if (oldSize - start <= left) {
        proof.add(rangeHash(source, start + left, width - left));
        width = left;
      } else {
        proof.add(rangeHash(source, start, left));
        start += left;
        width -= left;
      }
    }
    proof.add(rangeHash(source, start, width));
    Collections.reverse(proof);
    return proof;
  }

  /**
   * Checks that {@code leafHash} stands at {@code index} in the tree of {@code size} leaves with
   * {@code root}.
   */
  public static void verifyInclusion(
      long index, long size, Bytes leafHash, List<Bytes> proof, Bytes root) {
    checkHash("inclusion proof: the root", root);
    if (!rootFromInclusion(index, size, leafHash, proof).equals(root)) {
      throw new MalformedException(
          "inclusion proof of leaf " + index + " in a tree of " + size + ": leads to another root");
    }
  }

  /**
   * The root that an inclusion proof leads to; throws if the proof's shape does not fit index and
   * size.
   */
  public static Bytes rootFromInclusion(long index, long size, Bytes leafHash, List<Bytes> proof) {
    if (index < 0 || index >= size) {
      throw new MalformedException(
          "inclusion proof: leaf "
              + Long.toUnsignedString(index)
              + " is not in a tree of "
              + Long.toUnsignedString(size));
    }
    checkHash("inclusion proof: the leaf hash", leafHash);
    checkProof("inclusion proof", proof);
    String shape = "inclusion proof of leaf " + index + " in a tree of " + size + ": ";
    long node = index;
    long last = size - 1;
    Bytes hash = leafHash;
    for (Bytes sibling : proof) {
      if (last == 0) {
        throw new MalformedException(shape + proof.size() + " hashes are too many");
      }
      if ((node & 1) == 1 || node == last) {
        hash = TreeHasher.node(sibling, hash);
        int up = levelsWithoutSibling(node);
        node >>>= up;
        last >>>= up;
      } else {
        hash = TreeHasher.node(hash, sibling);
      }
      node >>>= 1;
      last >>>= 1;
    }
    if (last != 0) {
      throw new MalformedException(shape + proof.size() + " hashes are too few");
    }
    return hash;
  }

  /**
   * Checks that the tree of {@code newSize} leaves with {@code newRoot} begins with that of {@code
   * oldSize} with {@code oldRoot}.
   */
  public static void verifyConsistency(
      long oldSize, long newSize, Bytes oldRoot, Bytes newRoot, List<Bytes> proof) {
    if (oldSize < 1 || oldSize > newSize) {
      throw new MalformedException(
          "consistency proof: nothing can be proven from size "
              + Long.toUnsignedString(oldSize)
              + " to size "
              + Long.toUnsignedString(newSize));
    }
    checkHash("consistency proof: the old root", oldRoot);
    checkHash("consistency proof: the new root", newRoot);
    checkProof("consistency proof", proof);
    String shape = "consistency proof from size " + oldSize + " to " + newSize + ": ";
    if (oldSize == newSize) {
      if (!proof.isEmpty()) {
        throw new MalformedException(shape + proof.size() + " hashes are too many");
      }
      if (!oldRoot.equals(newRoot)) {
        throw new MalformedException(shape + "two roots for one size");
      }
      return;
    }
    climb(shape, oldSize, newSize, oldRoot, newRoot, proof);
  }

  private static void climb(
      String shape, long oldSize, long newSize, Bytes oldRoot, Bytes newRoot, List<Bytes> proof) {
    boolean known = isComplete(oldSize);
    if (!known && proof.isEmpty()) {
      throw new MalformedException(shape + "0 hashes are too few");
    }
    Roots roots =
        known
            ? climb(shape, oldSize, newSize, oldRoot, proof)
            : climb(shape, oldSize, newSize, proof.get(0), proof.subList(1, proof.size()));
    if (!roots.older().equals(oldRoot)) {
      throw new MalformedException(shape + "leads to another old root");
    }
    if (!roots.newer().equals(newRoot)) {
      throw new MalformedException(shape + "leads to another new root");
    }
  }

  /**
   * Where a proof about two sizes of one tree leads.
   *
   * @param older root of the smaller size
   * @param newer root of the greater size
   */
  public record Roots(Bytes older, Bytes newer) {}

  /**
   * The two roots that a {@link #prefixProof} leads to; throws if its shape does not fit the sizes.
   * If the newer one is known to be a tree's root, the older is the root of that tree's beginning.
   */
  public static Roots rootsFromPrefix(long oldSize, long newSize, List<Bytes> proof) {
    if (oldSize < 1 || oldSize >= newSize) {
      throw new MalformedException(
          "prefix proof: nothing can be proven from size "
              + Long.toUnsignedString(oldSize)
              + " to size "
              + Long.toUnsignedString(newSize));
    }
    String shape = "prefix proof from size " + oldSize + " to " + newSize + ": ";
    if (proof.isEmpty() || proof.size() > PROOF_HASHES_MAX + 1) {
      throw new MalformedException(shape + proof.size() + " hashes");
    }
    for (int i = 0; i < proof.size(); i++) {
      checkHash("prefix proof: hash " + i, proof.get(i));
    }
    return climb(shape, oldSize, newSize, proof.get(0), proof.subList(1, proof.size()));
  }

  private static Roots climb(
      String shape, long oldSize, long newSize, Bytes first, List<Bytes> siblings) {
    Bytes oldHash = first;
    Bytes newHash = first;
    int complete = Long.numberOfTrailingZeros(oldSize);
    long node = (oldSize - 1) >>> complete;
    long last = (newSize - 1) >>> complete;
    for (Bytes sibling : siblings) {
      if (last == 0) {
        throw new MalformedException(shape + "some hashes are too many");
      }
      if ((node & 1) == 1 || node == last) {
        oldHash = TreeHasher.node(sibling, oldHash);
        newHash = TreeHasher.node(sibling, newHash);
        int up = levelsWithoutSibling(node);
        node >>>= up;
        last >>>= up;
      } else {
        newHash = TreeHasher.node(newHash, sibling);
      }
      node >>>= 1;
      last >>>= 1;
    }
    if (last != 0) {
      throw new MalformedException(shape + "some hashes are missing");
    }
    return new Roots(oldHash, newHash);
  }

  /**
   * A node of even number at the right edge has no sibling: through how many levels it is carried
   * up unchanged.
   */
  private static int levelsWithoutSibling(long node) {
    return Long.numberOfTrailingZeros(node);
  }

  /**
   * The root over leaves {@code [start, start + width)}, where start is a multiple of a power of
   * two not below width.
   */
  private static Bytes rangeHash(SubtreeSource source, long start, long width) {
    return CompactRange.fold(CompactRange.tile(source, start, width));
  }

  /** The greatest power of two below {@code width}, which is at least 2. */
  private static long split(long width) {
    return Long.highestOneBit(width - 1);
  }

  private static void checkProof(String what, List<Bytes> proof) {
    if (proof.size() > PROOF_HASHES_MAX) {
      throw new MalformedException(
          what + ": " + proof.size() + " hashes, more than " + PROOF_HASHES_MAX);
    }
    for (int i = 0; i < proof.size(); i++) {
      checkHash(what + ": hash " + i, proof.get(i));
    }
  }

  static void checkHash(String what, Bytes hash) {
    if (hash.length() != TreeHasher.HASH_BYTES) {
      throw new MalformedException(
          what + " has " + hash.length() + " bytes, not " + TreeHasher.HASH_BYTES);
    }
  }

  static void checkOurHash(Bytes hash) {
    if (hash.length() != TreeHasher.HASH_BYTES) {
      throw new IllegalArgumentException("a hash of " + hash.length() + " bytes");
    }
  }
}
