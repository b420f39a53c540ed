package dev.cairn.tgk.finding;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborReader;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;

/**
 * What is wrong with one thing, once and for all: the first layer. An artifact of type {@code
 * finding/finding} whose payload is deterministic CBOR:
 *
 * <pre>
 *   [1, rule: text, severity: uint, subject: text, message: text]
 * </pre>
 *
 * <p>Rule and subject make the {@link #id}; severity and message never change for an id. What
 * differs from place to place or from run to run belongs to an {@link Occurrence} or a {@link
 * Sighting}.
 *
 * @param rule which rule is broken
 * @param severity how bad that is
 * @param subject the thing that breaks it: an origin, a key, a digest, a name
 * @param message what is wrong, for people
 */
public record Finding(RuleId rule, Severity severity, String subject, String message) {
  /** Version of the byte form. */
  public static final int VERSION = 1;

  /** Type of the artifact. */
  public static final TypeTag TYPE = new TypeTag("finding/finding");

  private static final String FORMAT = "finding";
  private static final int FIELDS = 5;

  public Finding {
    FindingText.check(FORMAT, "subject", subject, FindingText.NAME_BYTES_MAX, false);
    FindingText.check(FORMAT, "message", message, FindingText.NAME_BYTES_MAX, false);
  }

  /** What it is called, the same wherever it is found. */
  public FindingId id() {
    return FindingId.of(rule, subject);
  }

  /** The canonical bytes: the artifact's payload. */
  public Bytes encode() {
    return new CborWriter()
        .array(FIELDS)
        .uint(VERSION)
        .text(rule.text())
        .uint(severity.code())
        .text(subject)
        .text(message)
        .toBytes();
  }

  /** Reads canonical bytes, strictly. */
  public static Finding decode(Bytes encoded) {
    CborReader in = new CborReader(FORMAT, encoded);
    in.structure(VERSION, FIELDS);
    RuleId rule = new RuleId(in.text());
    Severity severity = Severity.byCode(in.uint());
    String subject = in.text();
    String message = in.text();
    in.end();
    return new Finding(rule, severity, subject, message);
  }

  /** The artifact's key under the default hash function. */
  public ArtifactKey key() {
    return ArtifactKey.of(encode(), TYPE);
  }
}
