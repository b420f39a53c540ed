package dev.cairn.asl.model;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborReader;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.MalformedException;
import org.jspecify.annotations.Nullable;

/**
 * One fact in an origin's log. Its canonical bytes are the leaf of the origin's Merkle log.
 *
 * <pre>
 *   [1, index, logseq, hlc, kind, id: bytes 34, tag: text / null, payload length, payload digest: bytes 32]
 * </pre>
 *
 * <p>Deterministic CBOR. The origin is not part of it: the checkpoint that covers the record binds
 * it. A {@link RecordKind#TOMBSTONE}'s id is its target's, and tag, length and digest are those of
 * its {@link TombstoneNote}.
 *
 * @param index dense from 0 in each origin
 * @param logseq Lamport number of the commit, from 1; shared by the commit's records
 * @param hlc hybrid logical clock of the commit
 * @param kind what is stated
 * @param id the artifact stated
 * @param tag its type, if any
 * @param payloadLength bytes of the payload
 * @param payloadDigest SHA-256 of the payload
 */
public record LogRecord(
    long index,
    long logseq,
    long hlc,
    RecordKind kind,
    ArtifactKey id,
    @Nullable TypeTag tag,
    long payloadLength,
    PayloadDigest payloadDigest) {
  /** Version of the canonical form. */
  public static final int VERSION = 1;

  /** Most records in one commit. */
  public static final int COMMIT_RECORDS_MAX = 65_536;

  private static final int FIELDS = 9;

  public LogRecord {
    if (index < 0 || logseq < 1 || hlc < 0 || payloadLength < 0) {
      throw new MalformedException(
          "log record: index "
              + index
              + ", logseq "
              + logseq
              + ", hlc "
              + hlc
              + " or length "
              + payloadLength
              + " is out of range");
    }
    RecordKind due =
        TypeTag.TOMBSTONE.equals(tag) && kind == RecordKind.TOMBSTONE
            ? RecordKind.TOMBSTONE
            : RecordKind.ofPut(tag);
    if (kind != due) {
      throw new MalformedException("log record: kind " + kind + " does not fit type " + tag);
    }
  }

  /** The canonical bytes: the Merkle leaf. */
  public Bytes encode() {
    CborWriter out =
        new CborWriter()
            .array(FIELDS)
            .uint(VERSION)
            .uint(index)
            .uint(logseq)
            .uint(hlc)
            .uint(kind.code())
            .bytes(id.bytes());
    if (tag == null) {
      out.nul();
    } else {
      out.text(tag.text());
    }
    return out.uint(payloadLength).bytes(payloadDigest.digest()).toBytes();
  }

  /** Reads canonical bytes, strictly. */
  public static LogRecord decode(Bytes encoded) {
    CborReader in = new CborReader("log record", encoded);
    in.structure(VERSION, FIELDS);
    long index = in.uint();
    long logseq = in.uint();
    long hlc = in.uint();
    RecordKind kind = RecordKind.byCode(in.uint(0xff));
    ArtifactKey id = ArtifactKey.fromBytes(in.bytes(ArtifactKey.BYTES));
    TypeTag tag = in.nul() ? null : new TypeTag(in.text());
    long payloadLength = in.uint();
    PayloadDigest payloadDigest = new PayloadDigest(in.bytes(HashAlgorithm.DIGEST_BYTES));
    in.end();
    return new LogRecord(index, logseq, hlc, kind, id, tag, payloadLength, payloadDigest);
  }

  /** The kind in canonical bytes, for one who passes most records over: reads no further. */
  public static RecordKind kindOf(Bytes encoded) {
    CborReader in = new CborReader("log record", encoded);
    in.structure(VERSION, FIELDS);
    in.uint();
    in.uint();
    in.uint();
    return RecordKind.byCode(in.uint(0xff));
  }

  /** True unless this is a tombstone. */
  public boolean isPut() {
    return kind != RecordKind.TOMBSTONE;
  }

  /** Place in the total order, as a record of {@code origin}. */
  public Position position(Origin origin) {
    return new Position(logseq, id, origin);
  }
}
