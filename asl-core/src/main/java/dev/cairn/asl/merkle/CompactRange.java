package dev.cairn.asl.merkle;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The right edge of a tree that grows leaf by leaf: the roots of the complete subtrees that tile
 * the leaves so far, one for each set bit of the size, largest first. From it follow the root and
 * every later subtree (RFC 6962 section 2.1).
 *
 * <pre>
 *   size 13 = 0b1101:   [0..7] [8..11] [12]
 * </pre>
 *
 * <p>At most 63 hashes. One owner at a time; {@link #copy} makes an independent one.
 */
public final class CompactRange {
  private final List<Bytes> hashes;
  private long size;

  /** Computed when first asked for, at most once a thread: all would be equal. */
  private @Nullable Bytes root;

  /** The edge of the tree with no leaf. */
  public CompactRange() {
    this(0, new ArrayList<>());
  }

  private CompactRange(long size, List<Bytes> hashes) {
    this.size = size;
    this.hashes = hashes;
  }

  /**
   * The edge of a tree of {@code size} leaves.
   *
   * @param hashes one for each set bit of the size, largest subtree first
   * @throws MalformedException if number or length of the hashes is not what the size demands
   */
  public static CompactRange of(long size, List<Bytes> hashes) {
    if (size < 0) {
      throw new MalformedException(
          "compact range: size " + Long.toUnsignedString(size) + " is above 2^63-1");
    }
    int due = Long.bitCount(size);
    if (hashes.size() != due) {
      throw new MalformedException(
          "compact range: " + hashes.size() + " hashes where size " + size + " demands " + due);
    }
    for (Bytes hash : hashes) {
      MerkleProofs.checkHash("compact range: a hash", hash);
    }
    return new CompactRange(size, new ArrayList<>(hashes));
  }

  /**
   * The edge of the tree of the first {@code size} leaves of {@code source}, read with one look-up
   * for each set bit.
   */
  public static CompactRange from(SubtreeSource source, long size) {
    if (size < 0) {
      throw new IllegalArgumentException("negative size " + size);
    }
    return new CompactRange(size, tile(source, 0, size));
  }

  /**
   * The roots of the complete subtrees that tile {@code width} leaves from {@code start} on,
   * largest first.
   */
  static List<Bytes> tile(SubtreeSource source, long start, long width) {
    List<Bytes> hashes = new ArrayList<>();
    long at = start;
    for (long left = width; left > 0; left -= Long.highestOneBit(left)) {
      int level = Long.SIZE - 1 - Long.numberOfLeadingZeros(left);
      hashes.add(source.subtree(level, at >>> level));
      at += 1L << level;
    }
    return hashes;
  }

  /** The root over subtrees that grow smaller to the right; at least one. */
  static Bytes fold(List<Bytes> hashes) {
    Bytes root = hashes.get(hashes.size() - 1);
    for (int i = hashes.size() - 2; i >= 0; i--) {
      root = TreeHasher.node(hashes.get(i), root);
    }
    return root;
  }

  /** Adds a leaf; the sink is told of it, then of each larger subtree that it completes. */
  public void append(Bytes leafHash, SubtreeSink sink) {
    MerkleProofs.checkOurHash(leafHash);
    root = null;
    long index = size;
    size = Math.addExact(size, 1);
    Bytes hash = leafHash;
    sink.complete(0, index, hash);
    for (int level = 1; (index & 1) == 1; level++) {
      hash = TreeHasher.node(hashes.remove(hashes.size() - 1), hash);
      index >>>= 1;
      sink.complete(level, index, hash);
    }
    hashes.add(hash);
  }

  /** Adds a leaf. */
  public void append(Bytes leafHash) {
    append(leafHash, SubtreeSink.NONE);
  }

  /**
   * Adds all leaves of a complete subtree at once.
   *
   * @param level it has 2^level leaves, of which the leaves so far are a multiple
   */
  public void appendSubtree(int level, Bytes hash) {
    appendSubtree(level, hash, SubtreeSink.NONE);
  }

  /** The same; the sink is told of each larger subtree that this one completes. */
  public void appendSubtree(int level, Bytes hash, SubtreeSink sink) {
    if (level < 0 || level > 62 || (size & ((1L << level) - 1)) != 0) {
      throw new IllegalArgumentException(
          "a subtree of level " + level + " behind " + size + " leaves");
    }
    MerkleProofs.checkOurHash(hash);
    root = null;
    Bytes merged = hash;
    int above = level;
    for (long left = size >>> level; (left & 1) == 1; left >>>= 1) {
      merged = TreeHasher.node(hashes.remove(hashes.size() - 1), merged);
      above++;
      sink.complete(above, left >>> 1, merged);
    }
    size = Math.addExact(size, 1L << level);
    hashes.add(merged);
  }

  /** Leaves so far. */
  public long size() {
    return size;
  }

  /** The root over all leaves so far. */
  public Bytes root() {
    Bytes known = root;
    if (known == null) {
      known = hashes.isEmpty() ? TreeHasher.emptyRoot() : fold(hashes);
      root = known;
    }
    return known;
  }

  /** The subtree roots, largest first; a copy. */
  public List<Bytes> hashes() {
    return List.copyOf(hashes);
  }

  /** An independent edge of the same tree. */
  public CompactRange copy() {
    return new CompactRange(size, new ArrayList<>(hashes));
  }
}
