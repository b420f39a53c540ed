package dev.cairn.asl.model;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborReader;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.MalformedException;
import java.util.ArrayList;
import java.util.List;

/**
 * What a node states first in a new epoch: how far it held its logs of other epochs then. Payload
 * of an artifact of type {@code asl/epoch}; the byte format is that of {@code epoch.md}.
 *
 * <pre>
 *   [1, node: bytes 32, epoch, [[epoch, tree size, root: bytes 32, logseq], ...]]
 * </pre>
 *
 * @param origin the new epoch
 * @param ended the logs of the node's other epochs, in order of epochs, at least one
 */
public record EpochOpening(Origin origin, List<Ended> ended) {
  private static final int VERSION = 1;
  private static final int FIELDS = 4;
  private static final int ENDED_FIELDS = 4;

  /**
   * Where the log of another epoch ended, as far as it was held.
   *
   * @param epoch which
   * @param treeSize records in it, at least one
   * @param root Merkle root of those records
   * @param logseq of the last of them
   */
  public record Ended(int epoch, long treeSize, Bytes root, long logseq) {
    public Ended {
      if (epoch < 1 || treeSize < 1 || logseq < 1 || root.length() != HashAlgorithm.DIGEST_BYTES) {
        throw new MalformedException(
            "epoch opening: epoch "
                + epoch
                + ", tree size "
                + treeSize
                + ", logseq "
                + logseq
                + " or root is out of range");
      }
    }
  }

  public EpochOpening {
    ended = List.copyOf(ended);
    if (ended.isEmpty()) {
      throw new MalformedException("epoch opening of " + origin + ": no epoch ended");
    }
    for (int i = 0; i < ended.size(); i++) {
      int epoch = ended.get(i).epoch();
      if (epoch == origin.epoch() || (i > 0 && epoch <= ended.get(i - 1).epoch())) {
        throw new MalformedException(
            "epoch opening of " + origin + ": epoch " + epoch + " out of order, twice or its own");
      }
    }
  }

  /** The artifact's payload. */
  public Bytes encode() {
    CborWriter out =
        new CborWriter()
            .array(FIELDS)
            .uint(VERSION)
            .bytes(origin.node().digest())
            .uint(origin.epoch())
            .array(ended.size());
    for (Ended end : ended) {
      out.array(ENDED_FIELDS)
          .uint(end.epoch())
          .uint(end.treeSize())
          .bytes(end.root())
          .uint(end.logseq());
    }
    return out.toBytes();
  }

  /** Reads a payload, strictly. */
  public static EpochOpening decode(Bytes encoded) {
    CborReader in = new CborReader("epoch opening", encoded);
    in.structure(VERSION, FIELDS);
    NodeId node = new NodeId(in.bytes(NodeId.BYTES));
    Origin origin = new Origin(node, in.uint(Integer.MAX_VALUE));
    int count = in.array();
    List<Ended> ended = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      in.array(ENDED_FIELDS);
      int epoch = in.uint(Integer.MAX_VALUE);
      long treeSize = in.uint();
      Bytes root = in.bytes(HashAlgorithm.DIGEST_BYTES);
      ended.add(new Ended(epoch, treeSize, root, in.uint()));
    }
    in.end();
    return new EpochOpening(origin, ended);
  }

  /** The key of this as an artifact. */
  public ArtifactKey key() {
    return ArtifactKey.of(encode(), TypeTag.EPOCH);
  }
}
