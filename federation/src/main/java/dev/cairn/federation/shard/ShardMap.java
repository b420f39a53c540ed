package dev.cairn.federation.shard;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.NodeId;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Who holds which part of the digests, if all hold as much: the digests cut into as many equal
 * parts as there are nodes, in order of their ids, part {@code i} held by the nodes {@code i} to
 * {@code i + copies - 1}, around. A function of the set of nodes and the number of copies alone, on
 * every machine. Parts differ by at most one digest in length.
 *
 * <p>Immutable.
 */
public final class ShardMap {
  /** Most nodes that hold the same part. */
  public static final int COPIES_MAX = 8;

  private static final BigInteger SPACE = BigInteger.ONE.shiftLeft(Byte.SIZE * HashRange.BYTES);

  private final List<NodeId> nodes;
  private final int copies;

  /**
   * @param nodes that share; at least one
   * @param copies 1 to {@value #COPIES_MAX}; if there are no more nodes than that, each holds all
   */
  public ShardMap(Set<NodeId> nodes, int copies) {
    if (nodes.isEmpty() || copies < 1 || copies > COPIES_MAX) {
      throw new IllegalArgumentException(nodes.size() + " nodes, " + copies + " copies");
    }
    this.nodes = new ArrayList<>(new TreeSet<>(nodes));
    this.copies = copies;
  }

  /** What a node holds. */
  public HashRange range(NodeId node) {
    int at = Collections.binarySearch(nodes, node);
    if (at < 0) {
      throw new IllegalArgumentException("node " + node + " has no part");
    }
    return copies >= nodes.size()
        ? HashRange.ALL
        : new HashRange(begin(at - copies + 1), begin(at + 1));
  }

  /** The first digest of a part, around. */
  private Bytes begin(int part) {
    BigInteger count = BigInteger.valueOf(nodes.size());
    BigInteger number = BigInteger.valueOf(Math.floorMod(part, nodes.size()));
    BigInteger first =
        number.multiply(SPACE).add(count).subtract(BigInteger.ONE).divide(count); // Rounded up.
    byte[] magnitude = first.toByteArray();
    byte[] digest = new byte[HashRange.BYTES];
    int length = Math.min(magnitude.length, digest.length);
    System.arraycopy(magnitude, magnitude.length - length, digest, digest.length - length, length);
    return Bytes.wrap(digest);
  }
}
