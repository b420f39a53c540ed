package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.engine.TableReader;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The sixteen children of an inner node of the state tree, and how a row of {@link
 * StoreTables#TREE} keeps them: a node is written in its parent's row, so that a path costs one row
 * a level and a bucket none.
 *
 * <pre>
 *   u16be children present | for each present, by nibble:
 *   hash 32 | varint artifacts | varint edges | varint receipts
 * </pre>
 *
 * <p>Bit 15-n stands for the child of nibble n; a child with more entries than a bucket takes is an
 * inner one. One owner at a time.
 */
final class StateFork {
  /** Children of an inner node: one for each nibble. */
  static final int CHILDREN = 16;

  private final StateNode[] children = new StateNode[CHILDREN];

  StateFork() {
    Arrays.fill(children, StateNode.EMPTY);
  }

  StateNode child(int nibble) {
    return children[nibble];
  }

  void set(int nibble, StateNode child) {
    children[nibble] = child;
  }

  LiveCounts counts() {
    LiveCounts counts = LiveCounts.NONE;
    for (StateNode child : children) {
      counts = counts.plus(child.counts());
    }
    return counts;
  }

  /** The inner node with these children. */
  StateNode node() {
    return new StateNode(true, HashAlgorithm.SHA_256.hash(content()), counts());
  }

  /** What its hash is made of. */
  Bytes content() {
    Bytes[] parts = new Bytes[CHILDREN + 1];
    int count = 1;
    int mask = 0;
    for (int nibble = 0; nibble < CHILDREN; nibble++) {
      if (!children[nibble].isEmpty()) {
        mask |= bit(nibble);
        parts[count++] = children[nibble].hash();
      }
    }
    parts[0] = Bytes.wrap(new byte[] {1, (byte) (mask >>> 8), (byte) mask});
    return Bytes.concat(Arrays.copyOf(parts, count));
  }

  Bytes encode() {
    int present = 0;
    Fact.Writer out = new Fact.Writer();
    for (int nibble = 0; nibble < CHILDREN; nibble++) {
      present |= children[nibble].isEmpty() ? 0 : bit(nibble);
    }
    out.u8(present >>> 8);
    out.u8(present);
    for (StateNode child : children) {
      if (!child.isEmpty()) {
        out.bytes(child.hash());
        out.varint(child.counts().artifacts());
        out.varint(child.counts().edges());
        out.varint(child.counts().receipts());
      }
    }
    return out.toBytes();
  }

  /** What the row under a key says; null if there is none. */
  static @Nullable StateFork at(TableReader rows, Bytes key) {
    Bytes row = rows.get(StoreTables.TREE, key);
    return row == null
        ? null
        : StoreTables.TREE.read(key, row, (path, value) -> parse(new Fact.Reader(value)));
  }

  private static StateFork parse(Fact.Reader in) {
    int present = in.u8() << 8 | in.u8();
    StateFork fork = new StateFork();
    for (int nibble = 0; nibble < CHILDREN; nibble++) {
      if ((present & bit(nibble)) != 0) {
        Bytes hash = in.bytes(HashAlgorithm.DIGEST_BYTES);
        LiveCounts counts = new LiveCounts(in.varint(), in.varint(), in.varint());
        fork.set(
            nibble, new StateNode(counts.total() > StateTree.BUCKET_ENTRIES_MAX, hash, counts));
      }
    }
    in.end();
    return fork;
  }

  private static int bit(int nibble) {
    return 1 << (CHILDREN - 1 - nibble);
  }
}
