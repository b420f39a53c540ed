package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborReader;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.RecordKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a state root says of one key: that it is live, or that it is not. The nodes of the state
 * tree from the root down to the place where the key is or would be.
 *
 * <pre>
 *   [key: bytes 34, [fork: bytes, ...], [entry: bytes 111, ...]]
 *   fork = u16be children present | hash of each child present, by nibble
 * </pre>
 *
 * <p>Nothing in it is proven before {@link #verify}. Immutable.
 *
 * @param key what is asked about
 * @param forks the inner nodes, the root first
 * @param bucket the entries beside which the key is or would be, in the order of paths; empty if
 *     the last fork has no child there
 */
public record StateProof(ArtifactKey key, List<Bytes> forks, List<Bytes> bucket) {
  private static final int FIELDS = 3;
  private static final int MASK_BYTES = 2;
  private static final Bytes FORK_PREFIX = Bytes.wrap(new byte[] {1});
  private static final int DEPTH_MAX = 2 * ArtifactKey.BYTES;

  private static final int KIND_AT = ArtifactKey.BYTES;
  private static final int PAYLOAD_AT = KIND_AT + 1;
  private static final int LOGSEQ_AT = PAYLOAD_AT + HashAlgorithm.DIGEST_BYTES;
  private static final int ORIGIN_AT = LOGSEQ_AT + Long.BYTES;

  public StateProof {
    forks = List.copyOf(forks);
    bucket = List.copyOf(bucket);
    if (forks.size() > DEPTH_MAX || bucket.size() > StateTree.BUCKET_ENTRIES_MAX) {
      throw new MalformedException(
          "state proof: " + forks.size() + " forks or " + bucket.size() + " entries are too many");
    }
    forks.forEach(StateProof::checkFork);
    for (Bytes entry : bucket) {
      if (entry.length() != StateEntry.BYTES) {
        throw new MalformedException("state proof: an entry of " + entry.length() + " bytes");
      }
    }
  }

  /** Gives what the hash of a node of a state tree is made of. */
  @FunctionalInterface
  interface Nodes {
    /** See {@link StateTreeView#content}. */
    Bytes content(Bytes path, int depth);
  }

  /** What a tree says of a key. */
  static StateProof of(ArtifactKey key, Nodes tree) {
    Bytes path = Paths.of(key);
    List<Bytes> forks = new ArrayList<>();
    Bytes content = tree.content(path, 0);
    while (content.startsWith(FORK_PREFIX)) {
      Bytes fork = content.slice(FORK_PREFIX.length());
      boolean hasChild = (mask(fork) & bit(path, forks.size())) != 0;
      forks.add(fork);
      if (!hasChild) {
        return new StateProof(key, forks, List.of());
      }
      content = tree.content(path, forks.size());
    }
    List<Bytes> bucket = new ArrayList<>();
    int first = StateTree.BUCKET_PREFIX.length();
    for (int at = first; at < content.length(); at += StateEntry.BYTES) {
      bucket.add(content.slice(at, at + StateEntry.BYTES));
    }
    return new StateProof(key, forks, bucket);
  }

  /**
   * What the state says of a live artifact.
   *
   * @param kind what its records state
   * @param payload digest of the latest live put's payload
   * @param logseq of that put
   * @param origin of that put
   */
  public record Live(RecordKind kind, PayloadDigest payload, long logseq, Origin origin) {}

  /**
   * Checks the nodes against a state root.
   *
   * @return what the root says of the key; empty if it is not live
   * @throws MalformedException if the nodes do not lead to the root, or not to the key's place
   */
  public Optional<Live> verify(Bytes root) {
    Bytes path = Paths.of(key);
    Bytes due = root;
    for (int depth = 0; depth < forks.size(); depth++) {
      Bytes fork = forks.get(depth);
      if (!forkHash(fork).equals(due)) {
        throw new MalformedException("state proof: fork " + depth + " is not under the root");
      }
      int bit = bit(path, depth);
      int present = mask(fork);
      if ((present & bit) == 0) {
        if (depth + 1 < forks.size() || !bucket.isEmpty()) {
          throw new MalformedException(
              "state proof: something behind fork " + depth + ", which has no child there");
        }
        return Optional.empty();
      }
      int before = Integer.bitCount(present & ~(2 * bit - 1));
      int at = MASK_BYTES + before * HashAlgorithm.DIGEST_BYTES;
      due = fork.slice(at, at + HashAlgorithm.DIGEST_BYTES);
    }
    if (!bucketHash().equals(due)) {
      throw new MalformedException("state proof: the entries are not under the root");
    }
    return inBucket(path);
  }

  private Optional<Live> inBucket(Bytes path) {
    Optional<Live> found = Optional.empty();
    for (int i = 0; i < bucket.size(); i++) {
      Bytes at = path(bucket.get(i));
      if (i > 0 && path(bucket.get(i - 1)).compareTo(at) >= 0) {
        throw new MalformedException("state proof: entries out of order or twice");
      }
      for (int depth = 0; depth < forks.size(); depth++) {
        if (Paths.nibble(at, depth) != Paths.nibble(path, depth)) {
          throw new MalformedException("state proof: entry " + i + " does not belong there");
        }
      }
      if (at.equals(path)) {
        found = Optional.of(live(bucket.get(i)));
      }
    }
    return found;
  }

  private static Live live(Bytes entry) {
    return new Live(
        RecordKind.byCode(entry.at(KIND_AT)),
        new PayloadDigest(entry.slice(PAYLOAD_AT, LOGSEQ_AT)),
        entry.u64At(LOGSEQ_AT),
        new Origin(
            new NodeId(entry.slice(ORIGIN_AT, ORIGIN_AT + NodeId.BYTES)),
            entry.u32At(ORIGIN_AT + NodeId.BYTES)));
  }

  private Bytes bucketHash() {
    Bytes[] parts = new Bytes[bucket.size() + 1];
    parts[0] = StateTree.BUCKET_PREFIX;
    for (int i = 0; i < bucket.size(); i++) {
      parts[i + 1] = bucket.get(i);
    }
    return HashAlgorithm.SHA_256.hash(parts);
  }

  private static Bytes forkHash(Bytes fork) {
    return HashAlgorithm.SHA_256.hash(FORK_PREFIX, fork);
  }

  private static Bytes path(Bytes entry) {
    return entry.slice(0, ArtifactKey.BYTES);
  }

  private static int bit(Bytes path, int depth) {
    return 1 << (StateFork.CHILDREN - 1 - Paths.nibble(path, depth));
  }

  private static int mask(Bytes fork) {
    return fork.at(0) << 8 | fork.at(1);
  }

  private static void checkFork(Bytes fork) {
    if (fork.length() < MASK_BYTES
        || fork.length()
            != MASK_BYTES + Integer.bitCount(mask(fork)) * HashAlgorithm.DIGEST_BYTES) {
      throw new MalformedException(
          "state proof: a fork of " + fork.length() + " bytes, not those of its children");
    }
  }

  /** Appends the encoding. */
  public void writeTo(CborWriter out) {
    out.array(FIELDS).bytes(key.bytes()).array(forks.size());
    forks.forEach(out::bytes);
    out.array(bucket.size());
    bucket.forEach(out::bytes);
  }

  /** Reads what {@link #writeTo} writes, strictly. */
  public static StateProof readFrom(CborReader in) {
    in.array(FIELDS);
    ArtifactKey key = ArtifactKey.fromBytes(in.bytes(ArtifactKey.BYTES));
    return new StateProof(
        key, byteStrings(in, DEPTH_MAX), byteStrings(in, StateTree.BUCKET_ENTRIES_MAX));
  }

  private static List<Bytes> byteStrings(CborReader in, int max) {
    int count = in.array();
    if (count > max) {
      throw in.malformed(count + " items are more than " + max);
    }
    List<Bytes> items = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      items.add(in.bytes());
    }
    return items;
  }
}
