package dev.cairn.tgk.finding;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborReader;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import org.jspecify.annotations.Nullable;

/**
 * What an observer knows of an occurrence at some time: the state of an {@link Observation}, and
 * the only thing about a finding that is refreshed. An artifact of type {@code finding/sighting}
 * whose payload is deterministic CBOR:
 *
 * <pre>
 *   [1, seen, acknowledgement]
 *   seen            = [firstMillis: uint, lastMillis: uint, version: text, detail: text] / null
 *   acknowledgement = [atMillis: uint, standing: bool, reason: text] / null
 * </pre>
 *
 * @param seen when it was seen and what; null if the observer only acknowledged what others saw
 * @param acknowledgement the last one; null if there never was one
 */
public record Sighting(@Nullable Seen seen, @Nullable Acknowledgement acknowledgement) {
  /** Version of the byte form. */
  public static final int VERSION = 1;

  /** Type of the artifact. */
  public static final TypeTag TYPE = new TypeTag("finding/sighting");

  private static final String FORMAT = "sighting";
  private static final int FIELDS = 3;
  private static final int SEEN_FIELDS = 4;
  private static final int ACKNOWLEDGEMENT_FIELDS = 3;

  public Sighting {
    if (seen == null && acknowledgement == null) {
      throw new MalformedException(FORMAT + ": neither seen nor acknowledged");
    }
  }

  /** True if an acknowledgement of it stands. */
  public boolean acknowledged() {
    return acknowledgement != null && acknowledgement.standing();
  }

  /** The same, seen once more. */
  public Sighting with(Seen more) {
    return new Sighting(seen == null ? more : seen.join(more), acknowledgement);
  }

  /** The same with another acknowledgement. */
  public Sighting with(Acknowledgement other) {
    return new Sighting(seen, other);
  }

  /** The canonical bytes: the artifact's payload. */
  public Bytes encode() {
    CborWriter out = new CborWriter().array(FIELDS).uint(VERSION);
    if (seen == null) {
      out.nul();
    } else {
      out.array(SEEN_FIELDS)
          .uint(seen.firstMillis())
          .uint(seen.lastMillis())
          .text(seen.version())
          .text(seen.detail());
    }
    if (acknowledgement == null) {
      out.nul();
    } else {
      out.array(ACKNOWLEDGEMENT_FIELDS)
          .uint(acknowledgement.atMillis())
          .bool(acknowledgement.standing())
          .text(acknowledgement.reason());
    }
    return out.toBytes();
  }

  /** Reads canonical bytes, strictly. */
  public static Sighting decode(Bytes encoded) {
    CborReader in = new CborReader(FORMAT, encoded);
    in.structure(VERSION, FIELDS);
    Seen seen = null;
    if (!in.nul()) {
      in.array(SEEN_FIELDS);
      seen = new Seen(in.uint(), in.uint(), in.text(), in.text());
    }
    Acknowledgement acknowledgement = null;
    if (!in.nul()) {
      in.array(ACKNOWLEDGEMENT_FIELDS);
      acknowledgement = new Acknowledgement(in.uint(), in.bool(), in.text());
    }
    in.end();
    return new Sighting(seen, acknowledgement);
  }

  /** The artifact's key under the default hash function. */
  public ArtifactKey key() {
    return ArtifactKey.of(encode(), TYPE);
  }
}
