package dev.cairn.federation.bundle;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborReader;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.Federation;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.federation.protocol.PeerMessage.CursorEntry;
import dev.cairn.federation.protocol.ProtocolLimits;
import java.util.ArrayList;
import java.util.List;

/**
 * A bundle's first frame: who made it, and from where to where it reaches.
 *
 * <pre>
 *   [1, federation: text, creator key: bytes 32, snapshot: bytes, [[node: bytes 32, epoch, tree size, logseq] ...] base]
 * </pre>
 *
 * <p>Deterministic CBOR.
 *
 * @param federation whose records
 * @param creator the public key of the node that made and signed it
 * @param snapshot what a store that applied it holds at least
 * @param base where the logs of a store that applies it must end at least, in order of origins;
 *     empty for a bundle from nothing
 */
public record BundleHeader(
    String federation, PublicKey creator, Snapshot snapshot, List<CursorEntry> base) {
  private static final int VERSION = 1;

  public BundleHeader {
    base = List.copyOf(base);
    Federation.checkName(federation);
    if (!snapshot.federation().equals(federation)) {
      throw new MalformedException(
          "bundle header: a snapshot of federation "
              + snapshot.federation()
              + ", not "
              + federation);
    }
    if (base.size() > ProtocolLimits.ORIGINS_MAX) {
      throw new MalformedException("bundle header: " + base.size() + " origins");
    }
    for (int i = 1; i < base.size(); i++) {
      if (base.get(i - 1).origin().compareTo(base.get(i).origin()) >= 0) {
        throw new MalformedException("bundle header: origins out of order or twice");
      }
    }
  }

  /** The node that made it. */
  public NodeId node() {
    return NodeId.of(creator);
  }

  Bytes encode() {
    CborWriter out =
        new CborWriter()
            .array(5)
            .uint(VERSION)
            .text(federation)
            .bytes(creator.encoded())
            .bytes(snapshot.encode())
            .array(base.size());
    for (CursorEntry entry : base) {
      out.array(4)
          .bytes(entry.origin().node().digest())
          .uint(entry.origin().epoch())
          .uint(entry.treeSize())
          .uint(entry.lastLogseq());
    }
    return out.toBytes();
  }

  static BundleHeader decode(Bytes encoded) {
    CborReader in = new CborReader("bundle header", encoded);
    in.array(5);
    in.version(VERSION);
    String federation = in.text();
    PublicKey creator = PublicKey.of(in.bytes(PublicKey.KEY_BYTES));
    Snapshot snapshot = Snapshot.decode(in.bytes());
    int count = in.array();
    List<CursorEntry> base = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      in.array(4);
      NodeId node = new NodeId(in.bytes(NodeId.BYTES));
      Origin origin = new Origin(node, in.uint(Integer.MAX_VALUE));
      base.add(new CursorEntry(origin, in.uint(), in.uint()));
    }
    in.end();
    return new BundleHeader(federation, creator, snapshot, base);
  }
}
