package dev.cairn.tgk.finding;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborReader;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.TypeTag;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * One place where a finding was seen: the second layer. An artifact of type {@code
 * finding/occurrence} whose payload is deterministic CBOR:
 *
 * <pre>
 *   [1, finding: bytes 32, source: text, origin: bytes 36 / null, logseq: uint / null,
 *    canonicalId: bytes 34 / null, place: text]
 * </pre>
 *
 * <p>All of it is identity: the artifact's key is the occurrence's id, and nothing about it can
 * change. Ordered by source, origin, logseq, canonical id, place, finding; what is absent comes
 * first.
 *
 * @param finding what was seen
 * @param source in which store, file or peer, as whoever looked called it
 * @param origin whose log the record is in, if it is about one
 * @param logseq of the record; null unless there is an origin
 * @param canonicalId of the record or artifact, if it is about one
 * @param place where in the source, for people: {@code record 17 of …}
 */
public record Occurrence(
    FindingId finding,
    String source,
    @Nullable Origin origin,
    @Nullable Long logseq,
    @Nullable ArtifactKey canonicalId,
    String place)
    implements Comparable<Occurrence> {
  /** Version of the byte form. */
  public static final int VERSION = 1;

  /** Type of the artifact. */
  public static final TypeTag TYPE = new TypeTag("finding/occurrence");

  private static final String FORMAT = "occurrence";
  private static final int FIELDS = 7;

  public Occurrence {
    FindingText.check(FORMAT, "source", source, FindingText.NAME_BYTES_MAX, false);
    FindingText.check(FORMAT, "place", place, FindingText.NAME_BYTES_MAX, false);
    if (logseq != null && logseq < 0) {
      throw new MalformedException(FORMAT + ": logseq " + logseq + " is negative");
    }
    if (logseq != null && origin == null) {
      throw new MalformedException(FORMAT + ": a logseq without an origin");
    }
  }

  /** A place that is no record's. */
  public static Occurrence at(FindingId finding, String source, String place) {
    return new Occurrence(finding, source, null, null, null, place);
  }

  private Bytes sourceBytes() {
    return Bytes.utf8(source);
  }

  private Bytes placeBytes() {
    return Bytes.utf8(place);
  }

  /** The canonical bytes: the artifact's payload. */
  public Bytes encode() {
    CborWriter out =
        new CborWriter().array(FIELDS).uint(VERSION).bytes(finding.digest()).text(source);
    if (origin == null) {
      out.nul();
    } else {
      out.bytes(origin.bytes());
    }
    if (logseq == null) {
      out.nul();
    } else {
      out.uint(logseq);
    }
    if (canonicalId == null) {
      out.nul();
    } else {
      out.bytes(canonicalId.bytes());
    }
    return out.text(place).toBytes();
  }

  /** Reads canonical bytes, strictly. */
  public static Occurrence decode(Bytes encoded) {
    CborReader in = new CborReader(FORMAT, encoded);
    in.structure(VERSION, FIELDS);
    FindingId finding = new FindingId(in.bytes(FindingId.BYTES));
    String source = in.text();
    Origin origin = in.nul() ? null : Origin.fromBytes(in.bytes(Origin.BYTES));
    Long logseq = in.nul() ? null : (Long) in.uint();
    ArtifactKey canonicalId = in.nul() ? null : ArtifactKey.fromBytes(in.bytes(ArtifactKey.BYTES));
    String place = in.text();
    in.end();
    return new Occurrence(finding, source, origin, logseq, canonicalId, place);
  }

  /** The artifact's key under the default hash function: what the occurrence is called. */
  public ArtifactKey key() {
    return ArtifactKey.of(encode(), TYPE);
  }

  @Override
  public int compareTo(Occurrence other) {
    return Order.OF_ALL.compare(this, other);
  }

  /** Made when two are compared: the type alone is asked for at every opening of a store. */
  private static final class Order {
    static final Comparator<Occurrence> OF_ALL =
        Comparator.comparing(Occurrence::sourceBytes)
            .thenComparing(Occurrence::origin, Comparator.nullsFirst(Comparator.naturalOrder()))
            .thenComparing(Occurrence::logseq, Comparator.nullsFirst(Comparator.naturalOrder()))
            .thenComparing(
                Occurrence::canonicalId, Comparator.nullsFirst(Comparator.naturalOrder()))
            .thenComparing(Occurrence::placeBytes)
            .thenComparing(Occurrence::finding);

    private Order() {}
  }
}
