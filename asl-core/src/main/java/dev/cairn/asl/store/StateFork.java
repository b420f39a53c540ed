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
 * inner one. In memory it is two arrays of 1 KiB together, as thousands are kept. One owner at a
 * time.
 */
final class StateFork {
  /** Children of an inner node: one for each nibble. */
  static final int CHILDREN = 16;

  private static final int HASH_BYTES = HashAlgorithm.DIGEST_BYTES;

  /** Numbers a child: artifacts, edges, receipts. */
  private static final int COUNTS = 3;

  private final byte[] hashes = new byte[CHILDREN * HASH_BYTES];
  private final long[] counts = new long[CHILDREN * COUNTS];

  StateNode child(int nibble) {
    if (isEmpty(nibble)) {
      return StateNode.EMPTY;
    }
    Bytes hash = Bytes.copyOf(hashes, nibble * HASH_BYTES, (nibble + 1) * HASH_BYTES);
    int at = nibble * COUNTS;
    LiveCounts live = new LiveCounts(counts[at], counts[at + 1], counts[at + 2]);
    return new StateNode(isInner(nibble), hash, live);
  }

  void set(int nibble, StateNode child) {
    LiveCounts live = child.counts();
    counts[nibble * COUNTS] = live.artifacts();
    counts[nibble * COUNTS + 1] = live.edges();
    counts[nibble * COUNTS + 2] = live.receipts();
    child.hash().copyTo(hashes, nibble * HASH_BYTES);
  }

  /** True if the child has children, rather than few entries or none. */
  boolean isInner(int nibble) {
    return total(nibble) > StateTree.BUCKET_ENTRIES_MAX;
  }

  private boolean isEmpty(int nibble) {
    return total(nibble) == 0;
  }

  private long total(int nibble) {
    int at = nibble * COUNTS;
    return counts[at] + counts[at + 1] + counts[at + 2];
  }

  LiveCounts counts() {
    long[] sums = new long[COUNTS];
    for (int i = 0; i < counts.length; i++) {
      sums[i % COUNTS] += counts[i];
    }
    return new LiveCounts(sums[0], sums[1], sums[2]);
  }

  /** The inner node with these children. */
  StateNode node() {
    return new StateNode(true, HashAlgorithm.SHA_256.hash(content()), counts());
  }

  /** What its hash is made of. */
  Bytes content() {
    byte[] content = new byte[3 + hashes.length];
    int present = present();
    content[0] = 1;
    content[1] = (byte) (present >>> 8);
    content[2] = (byte) present;
    int at = 3;
    for (int nibble = 0; nibble < CHILDREN; nibble++) {
      if (!isEmpty(nibble)) {
        System.arraycopy(hashes, nibble * HASH_BYTES, content, at, HASH_BYTES);
        at += HASH_BYTES;
      }
    }
    return Bytes.wrap(at == content.length ? content : Arrays.copyOf(content, at));
  }

  private int present() {
    int present = 0;
    for (int nibble = 0; nibble < CHILDREN; nibble++) {
      present |= isEmpty(nibble) ? 0 : bit(nibble);
    }
    return present;
  }

  Bytes encode() {
    Fact.Writer out = new Fact.Writer(CHILDREN * (HASH_BYTES + COUNTS) + 2);
    int present = present();
    out.u8(present >>> 8);
    out.u8(present);
    for (int nibble = 0; nibble < CHILDREN; nibble++) {
      if (!isEmpty(nibble)) {
        out.bytes(hashes, nibble * HASH_BYTES, HASH_BYTES);
        for (int i = 0; i < COUNTS; i++) {
          out.varint(counts[nibble * COUNTS + i]);
        }
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
        in.bytes(HASH_BYTES).copyTo(fork.hashes, nibble * HASH_BYTES);
        for (int i = 0; i < COUNTS; i++) {
          fork.counts[nibble * COUNTS + i] = in.varint();
        }
      }
    }
    in.end();
    return fork;
  }

  private static int bit(int nibble) {
    return 1 << (CHILDREN - 1 - nibble);
  }
}
