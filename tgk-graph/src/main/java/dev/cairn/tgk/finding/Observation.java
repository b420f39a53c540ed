package dev.cairn.tgk.finding;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborReader;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.TypeTag;

/**
 * That a node knows an occurrence: the third layer. An artifact of type {@code finding/observation}
 * whose payload is deterministic CBOR:
 *
 * <pre>
 *   [1, occurrence: bytes 34, observer: bytes 32]
 * </pre>
 *
 * <p>What the node knows of it, and may come to know better, is a {@link Sighting}; the latest one
 * that the observer itself put is the observation's state.
 *
 * @param occurrence key of the occurrence
 * @param observer the node whose store the audit kept its findings in
 */
public record Observation(ArtifactKey occurrence, NodeId observer) {
  /** Version of the byte form. */
  public static final int VERSION = 1;

  /** Type of the artifact. */
  public static final TypeTag TYPE = new TypeTag("finding/observation");

  private static final int FIELDS = 3;

  /** The canonical bytes: the artifact's payload. */
  public Bytes encode() {
    return new CborWriter()
        .array(FIELDS)
        .uint(VERSION)
        .bytes(occurrence.bytes())
        .bytes(observer.digest())
        .toBytes();
  }

  /** Reads canonical bytes, strictly. */
  public static Observation decode(Bytes encoded) {
    CborReader in = new CborReader("observation", encoded);
    in.structure(VERSION, FIELDS);
    ArtifactKey occurrence = ArtifactKey.fromBytes(in.bytes(ArtifactKey.BYTES));
    NodeId observer = new NodeId(in.bytes(NodeId.BYTES));
    in.end();
    return new Observation(occurrence, observer);
  }

  /** The artifact's key under the default hash function: what the observation is called. */
  public ArtifactKey key() {
    return ArtifactKey.of(encode(), TYPE);
  }
}
