package dev.cairn.federation.shard;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborReader;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.TypeTag;

/**
 * What a member states, in its own log, of the payloads that it holds. Payload of an artifact of
 * type {@code federation/range}; the byte format is that of {@code member.md}.
 *
 * <pre>
 *   [1, speaker: bytes 32, 0, [from: bytes 32, to: bytes 32]]   those of a range
 *   [1, speaker: bytes 32, 1, copies]                           its part among all who say the same
 * </pre>
 *
 * <p>In a log of another node than the speaker it says nothing.
 *
 * @param speaker whose log it belongs in
 * @param declared what it holds
 */
public record RangeStatement(NodeId speaker, Declared declared) {
  /** Type of the artifacts that carry statements. */
  public static final TypeTag TYPE = new TypeTag("federation/range");

  private static final int VERSION = 1;
  private static final int FIELDS = 4;
  private static final int FIXED = 0;
  private static final int SHARED = 1;

  /** What a member declares that it holds. */
  public sealed interface Declared {}

  /** One range, whoever else is a member. */
  public record Fixed(HashRange range) implements Declared {}

  /**
   * A part of all, as {@link ShardMap} cuts them among the members that declare the same.
   *
   * @param copies how many members hold each part
   */
  public record Shared(int copies) implements Declared {
    public Shared {
      if (copies < 1 || copies > ShardMap.COPIES_MAX) {
        throw new MalformedException(
            "range statement: not 1 to " + ShardMap.COPIES_MAX + " copies, but " + copies);
      }
    }
  }

  /** The artifact's payload. */
  public Bytes encode() {
    CborWriter out = new CborWriter().array(FIELDS).uint(VERSION).bytes(speaker.digest());
    if (declared instanceof Fixed fixed) {
      out.uint(FIXED).array(2).bytes(fixed.range().from()).bytes(fixed.range().to());
    } else if (declared instanceof Shared shared) {
      out.uint(SHARED).uint(shared.copies());
    }
    return out.toBytes();
  }

  /** The key of this as an artifact. */
  public ArtifactKey key() {
    return ArtifactKey.of(encode(), TYPE);
  }

  /** Reads a payload, strictly. */
  public static RangeStatement decode(Bytes encoded) {
    CborReader in = new CborReader("range statement", encoded);
    in.structure(VERSION, FIELDS);
    NodeId speaker = new NodeId(in.bytes(NodeId.BYTES));
    Declared declared;
    if (in.uint(SHARED) == SHARED) {
      declared = new Shared(in.uint(ShardMap.COPIES_MAX));
    } else {
      in.array(2);
      declared = new Fixed(new HashRange(in.bytes(HashRange.BYTES), in.bytes(HashRange.BYTES)));
    }
    in.end();
    return new RangeStatement(speaker, declared);
  }
}
