package dev.cairn.asl.merkle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Trees and proofs of every size up to {@value #SIZE_MAX} against RFC 6962's recursive definitions,
 * written out here again.
 */
class MerkleTreeTest {
  private static final int SIZE_MAX = 130;

  @Test
  void everyRootIsThatOfTheRecursiveDefinition() {
    CompactRange range = new CompactRange();
    assertThat(range.root()).isEqualTo(Oracle.root(List.of()));
    for (int size = 1; size <= SIZE_MAX; size++) {
      range.append(TreeHasher.leaf(record(size - 1)));
      assertThat(range.size()).isEqualTo(size);
      assertThat(range.root()).as("size %s", size).isEqualTo(Oracle.root(records(size)));
    }
  }

  @Test
  void everyCompleteSubtreeIsReportedOnceAndInTime() {
    Subtrees subtrees = new Subtrees();
    CompactRange range = new CompactRange();
    for (int size = 1; size <= SIZE_MAX; size++) {
      range.append(TreeHasher.leaf(record(size - 1)), subtrees);
      int due = 0;
      for (int level = 0; 1 << level <= size; level++) {
        for (int index = 0; (index + 1) << level <= size; index++) {
          due++;
          List<Bytes> below = records(size).subList(index << level, (index + 1) << level);
          assertThat(subtrees.subtree(level, index)).isEqualTo(Oracle.root(below));
        }
      }
      assertThat(subtrees.count()).isEqualTo(due);
    }
  }

  @Test
  void aSubtreeAppendedIsAllItsLeaves() {
    for (int before = 0; before <= 24; before += 4) {
      CompactRange leaves = new CompactRange();
      for (int i = 0; i < before; i++) {
        leaves.append(TreeHasher.leaf(Bytes.u64(i)));
      }
      CompactRange whole = leaves.copy();
      CompactRange subtree = new CompactRange();
      for (int i = before; i < before + 4; i++) {
        subtree.append(TreeHasher.leaf(Bytes.u64(i)));
        leaves.append(TreeHasher.leaf(Bytes.u64(i)));
      }
      whole.appendSubtree(2, subtree.root());
      assertThat(whole.hashes()).isEqualTo(leaves.hashes());
      assertThat(whole.root()).isEqualTo(leaves.root());
      assertThatThrownBy(
              () ->
                  leaves.appendSubtree(
                      3 + Long.numberOfTrailingZeros(leaves.size()), subtree.root()))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void aRangeReadBackFromSubtreesOrHashesGoesOnAsIfNothingHappened() {
    Subtrees subtrees = tree(SIZE_MAX);
    CompactRange grown = new CompactRange();
    for (int size = 0; size < SIZE_MAX; size++) {
      CompactRange read = CompactRange.from(subtrees, size);
      assertThat(read.hashes()).isEqualTo(grown.hashes());
      CompactRange given = CompactRange.of(size, grown.hashes());
      CompactRange copy = grown.copy();
      Bytes leaf = TreeHasher.leaf(record(size));
      List<Bytes> before = grown.hashes();
      read.append(leaf);
      given.append(leaf);
      copy.append(leaf);
      assertThat(grown.hashes()).as("a copy is independent").isEqualTo(before);
      grown.append(leaf);
      assertThat(List.of(read.root(), given.root(), copy.root())).containsOnly(grown.root());
    }
  }

  @Test
  void aRangeOfTheWrongHashesIsRefused() {
    Bytes hash = TreeHasher.emptyRoot();
    assertThatThrownBy(() -> CompactRange.of(3, List.of(hash)))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("1 hashes where size 3 demands 2");
    assertThatThrownBy(() -> CompactRange.of(-1, List.of())).isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> CompactRange.of(1, List.of(hash.slice(1))))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("31 bytes");
    assertThatThrownBy(() -> CompactRange.from(tree(1), -1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new CompactRange().append(hash.slice(1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void everyInclusionProofIsTheRecursiveOneAndVerifies() {
    Subtrees subtrees = tree(SIZE_MAX);
    for (int size = 1; size <= SIZE_MAX; size++) {
      Bytes root = Oracle.root(records(size));
      for (int index = 0; index < size; index++) {
        List<Bytes> proof = MerkleProofs.inclusion(subtrees, index, size);
        assertThat(proof).as("%s in %s", index, size).isEqualTo(Oracle.path(index, records(size)));
        MerkleProofs.verifyInclusion(index, size, TreeHasher.leaf(record(index)), proof, root);
      }
    }
  }

  @Test
  void everyConsistencyProofIsTheRecursiveOneAndVerifies() {
    Subtrees subtrees = tree(SIZE_MAX);
    for (int size = 1; size <= SIZE_MAX; size++) {
      Bytes root = Oracle.root(records(size));
      for (int old = 1; old <= size; old++) {
        List<Bytes> proof = MerkleProofs.consistency(subtrees, old, size);
        assertThat(proof).as("%s to %s", old, size).isEqualTo(Oracle.proof(old, records(size)));
        MerkleProofs.verifyConsistency(old, size, Oracle.root(records(old)), root, proof);
      }
    }
  }

  @Test
  void anInclusionProofProvesNothingElse() {
    Subtrees subtrees = tree(40);
    for (int size = 1; size <= 40; size++) {
      Bytes root = Oracle.root(records(size));
      for (int index = 0; index < size; index++) {
        Bytes leaf = TreeHasher.leaf(record(index));
        List<Bytes> proof = MerkleProofs.inclusion(subtrees, index, size);
        for (int other = 0; other < size; other++) {
          if (other != index) {
            refusedInclusion(other, size, leaf, proof, root);
          }
        }
        refusedInclusion(index, size, TreeHasher.leaf(record(index + 1)), proof, root);
        refusedInclusion(index, size, leaf, proof, flip(root));
        for (List<Bytes> bent : bent(proof)) {
          refusedInclusion(index, size, leaf, bent, root);
        }
      }
    }
  }

  @Test
  void aConsistencyProofProvesNothingElse() {
    Subtrees subtrees = tree(40);
    for (int size = 1; size <= 40; size++) {
      Bytes root = Oracle.root(records(size));
      for (int old = 1; old <= size; old++) {
        Bytes oldRoot = Oracle.root(records(old));
        List<Bytes> proof = MerkleProofs.consistency(subtrees, old, size);
        refusedConsistency(old, size, flip(oldRoot), root, proof);
        refusedConsistency(old, size, oldRoot, flip(root), proof);
        for (List<Bytes> bent : bent(proof)) {
          refusedConsistency(old, size, oldRoot, root, bent);
        }
        for (int other = 1; other <= size; other++) {
          if (other != old) {
            refusedConsistency(other, size, oldRoot, root, proof);
          }
        }
      }
    }
  }

  @Test
  void proofsOfImpossibleShapesAreRefusedByName() {
    Bytes hash = TreeHasher.emptyRoot();
    List<Bytes> tooMany = Collections.nCopies(65, hash);
    List<Bytes> shortHash = List.of(hash, hash.slice(1));
    assertMalformed(
        () -> MerkleProofs.verifyInclusion(3, 3, hash, List.of(), hash),
        "leaf 3 is not in a tree of 3");
    assertMalformed(
        () -> MerkleProofs.verifyInclusion(0, 0, hash, List.of(), hash),
        "leaf 0 is not in a tree of 0");
    assertMalformed(
        () -> MerkleProofs.verifyInclusion(-1, 3, hash, List.of(), hash), "18446744073709551615");
    assertMalformed(
        () -> MerkleProofs.verifyInclusion(0, -1, hash, List.of(), hash), "18446744073709551615");
    assertMalformed(
        () -> MerkleProofs.verifyInclusion(0, 3, hash, tooMany, hash), "65 hashes, more than 64");
    assertMalformed(
        () -> MerkleProofs.verifyInclusion(0, 3, hash, shortHash, hash), "hash 1 has 31 bytes");
    assertMalformed(
        () -> MerkleProofs.verifyInclusion(0, 3, Bytes.EMPTY, List.of(), hash),
        "leaf hash has 0 bytes");
    assertMalformed(
        () -> MerkleProofs.verifyInclusion(0, 3, hash, List.of(), hash.slice(2)),
        "root has 30 bytes");
    assertMalformed(
        () -> MerkleProofs.verifyConsistency(0, 3, hash, hash, List.of()), "from size 0");
    assertMalformed(
        () -> MerkleProofs.verifyConsistency(0, 0, hash, hash, List.of()), "from size 0");
    assertMalformed(
        () -> MerkleProofs.verifyConsistency(4, 3, hash, hash, List.of()), "size 4 to size 3");
    assertMalformed(
        () -> MerkleProofs.verifyConsistency(1, -1, hash, hash, List.of()),
        "to size 18446744073709551615");
    assertMalformed(
        () -> MerkleProofs.verifyConsistency(1, 3, hash, hash, tooMany), "65 hashes, more than 64");
    assertMalformed(
        () -> MerkleProofs.verifyConsistency(1, 3, hash, hash, shortHash), "hash 1 has 31 bytes");
    assertMalformed(() -> MerkleProofs.verifyConsistency(3, 4, hash, hash, List.of()), "too few");
    assertMalformed(
        () -> MerkleProofs.verifyConsistency(2, 2, hash, hash, List.of(hash)), "too many");
    assertMalformed(
        () -> MerkleProofs.verifyConsistency(2, 2, hash, flip(hash), List.of()), "two roots");
    assertMalformed(
        () -> MerkleProofs.verifyConsistency(2, 2, hash.slice(1), hash, List.of()),
        "old root has 31");
    assertMalformed(
        () -> MerkleProofs.verifyConsistency(2, 2, hash, hash.slice(1), List.of()),
        "new root has 31");
  }

  @Test
  void theGreatestTreeHasProofsToo() {
    SubtreeSource allAlike = new AllAlike();
    long size = Long.MAX_VALUE;
    Bytes root = CompactRange.from(allAlike, size).root();
    for (long index : new long[] {0, 1, 1L << 40, (1L << 62) - 1, 1L << 62, size - 1}) {
      List<Bytes> proof = MerkleProofs.inclusion(allAlike, index, size);
      MerkleProofs.verifyInclusion(index, size, allAlike.subtree(0, index), proof, root);
    }
    for (long old : new long[] {1, 2, 12345, 1L << 62, size - 1, size}) {
      List<Bytes> proof = MerkleProofs.consistency(allAlike, old, size);
      MerkleProofs.verifyConsistency(
          old, size, CompactRange.from(allAlike, old).root(), root, proof);
    }
  }

  @Test
  void askingForAProofThatCannotBeIsTheCallersError() {
    Subtrees subtrees = tree(3);
    assertThatThrownBy(() -> MerkleProofs.inclusion(subtrees, 3, 3))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> MerkleProofs.inclusion(subtrees, -1, 3))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> MerkleProofs.consistency(subtrees, 0, 3))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> MerkleProofs.consistency(subtrees, 4, 3))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static void refusedInclusion(
      long index, long size, Bytes leaf, List<Bytes> proof, Bytes root) {
    assertMalformed(
        () -> MerkleProofs.verifyInclusion(index, size, leaf, proof, root),
        "inclusion proof of leaf");
  }

  private static void refusedConsistency(
      long old, long size, Bytes oldRoot, Bytes root, List<Bytes> proof) {
    assertMalformed(
        () -> MerkleProofs.verifyConsistency(old, size, oldRoot, root, proof), "consistency proof");
  }

  private static void assertMalformed(Runnable check, String message) {
    assertThatThrownBy(check::run)
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining(message);
  }

  /** The proof with each hash bent, left out or doubled, and with one more at either end. */
  private static List<List<Bytes>> bent(List<Bytes> proof) {
    List<List<Bytes>> all = new ArrayList<>();
    for (int i = 0; i < proof.size(); i++) {
      List<Bytes> changed = new ArrayList<>(proof);
      changed.set(i, flip(proof.get(i)));
      all.add(changed);
      List<Bytes> shorter = new ArrayList<>(proof);
      shorter.remove(i);
      all.add(shorter);
      List<Bytes> doubled = new ArrayList<>(proof);
      doubled.add(i, proof.get(i));
      all.add(doubled);
    }
    List<Bytes> longer = new ArrayList<>(proof);
    longer.add(TreeHasher.emptyRoot());
    all.add(longer);
    List<Bytes> later = new ArrayList<>(proof);
    later.add(0, TreeHasher.emptyRoot());
    all.add(later);
    return all;
  }

  private static Bytes flip(Bytes hash) {
    byte[] flipped = hash.toArray();
    flipped[flipped.length / 2] ^= 0x10;
    return Bytes.wrap(flipped);
  }

  private static Bytes record(int index) {
    return Bytes.utf8("record " + index);
  }

  private static List<Bytes> records(int size) {
    List<Bytes> records = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      records.add(record(i));
    }
    return records;
  }

  private static Subtrees tree(int size) {
    Subtrees subtrees = new Subtrees();
    CompactRange range = new CompactRange();
    for (int i = 0; i < size; i++) {
      range.append(TreeHasher.leaf(record(i)), subtrees);
    }
    return subtrees;
  }

  /** Keeps every subtree, and refuses to be told twice. */
  private static final class Subtrees implements SubtreeSink, SubtreeSource {
    private final Map<List<Long>, Bytes> kept = new TreeMap<>(Subtrees::compare);

    @Override
    public void complete(int level, long index, Bytes hash) {
      assertThat(kept.put(List.of((long) level, index), hash)).isNull();
    }

    @Override
    public Bytes subtree(int level, long index) {
      Bytes hash = kept.get(List.of((long) level, index));
      assertThat(hash).as("subtree %s of level %s", index, level).isNotNull();
      return hash;
    }

    int count() {
      return kept.size();
    }

    private static int compare(List<Long> left, List<Long> right) {
      int byLevel = left.get(0).compareTo(right.get(0));
      return byLevel != 0 ? byLevel : left.get(1).compareTo(right.get(1));
    }
  }

  /** A tree in which all leaves are alike, of any size. */
  private static final class AllAlike implements SubtreeSource {
    private final List<Bytes> byLevel = new ArrayList<>(List.of(TreeHasher.leaf(Bytes.EMPTY)));

    @Override
    public Bytes subtree(int level, long index) {
      while (byLevel.size() <= level) {
        Bytes below = byLevel.get(byLevel.size() - 1);
        byLevel.add(TreeHasher.node(below, below));
      }
      return byLevel.get(level);
    }
  }

  /**
   * MTH, PATH and PROOF of RFC 6962 section 2.1, word by word and over whole lists, with the JDK's
   * digest.
   */
  private static final class Oracle {
    static Bytes root(List<Bytes> records) {
      int n = records.size();
      if (n == 0) {
        return sha256(new byte[0]);
      }
      if (n == 1) {
        return sha256(new byte[] {0}, records.get(0).toArray());
      }
      int k = split(n);
      return sha256(
          new byte[] {1},
          root(records.subList(0, k)).toArray(),
          root(records.subList(k, n)).toArray());
    }

    static List<Bytes> path(int m, List<Bytes> records) {
      int n = records.size();
      if (n == 1) {
        return List.of();
      }
      int k = split(n);
      return m < k
          ? join(path(m, records.subList(0, k)), root(records.subList(k, n)))
          : join(path(m - k, records.subList(k, n)), root(records.subList(0, k)));
    }

    static List<Bytes> proof(int m, List<Bytes> records) {
      return subproof(m, records, true);
    }

    private static List<Bytes> subproof(int m, List<Bytes> records, boolean whole) {
      int n = records.size();
      if (m == n) {
        return whole ? List.of() : List.of(root(records));
      }
      int k = split(n);
      return m <= k
          ? join(subproof(m, records.subList(0, k), whole), root(records.subList(k, n)))
          : join(subproof(m - k, records.subList(k, n), false), root(records.subList(0, k)));
    }

    private static List<Bytes> join(List<Bytes> list, Bytes last) {
      List<Bytes> joined = new ArrayList<>(list);
      joined.add(last);
      return joined;
    }

    private static int split(int n) {
      int k = 1;
      while (k * 2 < n) {
        k *= 2;
      }
      return k;
    }

    private static Bytes sha256(byte[]... parts) {
      try {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        for (byte[] part : parts) {
          digest.update(part);
        }
        return Bytes.wrap(digest.digest());
      } catch (NoSuchAlgorithmException e) {
        throw new AssertionError(e);
      }
    }
  }
}
