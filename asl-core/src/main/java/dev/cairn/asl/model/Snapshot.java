package dev.cairn.asl.model;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborReader;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.MalformedException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * What a federation looked like under a cut. The same records under the same cut give the same
 * snapshot on every node, and so the same {@link #key}.
 *
 * <pre>
 *   [1, federation: text, [[node: bytes 32, epoch, logseq, tree size, root: bytes 32], ...], state root: bytes 32]
 * </pre>
 *
 * @param federation its name
 * @param heads the last commit included of each origin that has one, in order of origins
 * @param stateRoot root of the live state's tree
 */
public record Snapshot(String federation, List<Head> heads, Bytes stateRoot) {
  private static final int VERSION = 1;
  private static final int FIELDS = 4;

  /**
   * Where an origin's log is cut.
   *
   * @param origin whose log
   * @param logseq of the last commit included
   * @param treeSize records included
   * @param root Merkle root of those records
   */
  public record Head(Origin origin, long logseq, long treeSize, Bytes root) {
    public Head {
      if (logseq < 1 || treeSize < 1 || root.length() != HashAlgorithm.DIGEST_BYTES) {
        throw new MalformedException(
            "snapshot: logseq " + logseq + ", tree size " + treeSize + " or root is out of range");
      }
    }
  }

  public Snapshot {
    Federation.checkName(federation);
    heads = List.copyOf(heads);
    for (int i = 1; i < heads.size(); i++) {
      if (heads.get(i - 1).origin().compareTo(heads.get(i).origin()) >= 0) {
        throw new MalformedException("snapshot: origins out of order or twice");
      }
    }
    if (stateRoot.length() != HashAlgorithm.DIGEST_BYTES) {
      throw new MalformedException("snapshot: state root of " + stateRoot.length() + " bytes");
    }
  }

  /** The artifact's payload. */
  public Bytes encode() {
    return writeHeads(FIELDS).bytes(stateRoot).toBytes();
  }

  /**
   * What tells cuts apart, whatever their state: SHA-256 of {@code [1, federation, heads]}, see
   * docs/format/convergence.md.
   */
  public Bytes cutDigest() {
    return HashAlgorithm.SHA_256.hash(writeHeads(FIELDS - 1).toBytes());
  }

  private CborWriter writeHeads(int fields) {
    CborWriter out =
        new CborWriter().array(fields).uint(VERSION).text(federation).array(heads.size());
    for (Head head : heads) {
      out.array(5)
          .bytes(head.origin().node().digest())
          .uint(head.origin().epoch())
          .uint(head.logseq())
          .uint(head.treeSize())
          .bytes(head.root());
    }
    return out;
  }

  /** Reads a payload, strictly. */
  public static Snapshot decode(Bytes encoded) {
    CborReader in = new CborReader("snapshot", encoded);
    in.structure(VERSION, FIELDS);
    String federation = in.text();
    int count = in.array();
    List<Head> heads = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      in.array(5);
      NodeId node = new NodeId(in.bytes(NodeId.BYTES));
      Origin origin = new Origin(node, in.uint(Integer.MAX_VALUE));
      long logseq = in.uint();
      long treeSize = in.uint();
      heads.add(new Head(origin, logseq, treeSize, in.bytes(HashAlgorithm.DIGEST_BYTES)));
    }
    Bytes stateRoot = in.bytes(HashAlgorithm.DIGEST_BYTES);
    in.end();
    return new Snapshot(federation, heads, stateRoot);
  }

  /** The SnapshotId: the key of this as an artifact of type {@code asl/snapshot}. */
  public ArtifactKey key() {
    return ArtifactKey.of(encode(), TypeTag.SNAPSHOT);
  }

  /** The cut alone. */
  public Cut cut() {
    TreeMap<Origin, Long> logseqs = new TreeMap<>();
    heads.forEach(head -> logseqs.put(head.origin(), head.logseq()));
    return new Cut(logseqs);
  }
}
