package dev.cairn.cli.imports.intoto;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.cli.attestation.Envelope;
import dev.cairn.cli.attestation.VerificationKey;
import dev.cairn.cli.imports.Document;
import dev.cairn.cli.imports.DocumentFormat;
import dev.cairn.cli.imports.JsonValues;
import dev.cairn.cli.imports.Statements;
import dev.cairn.cli.imports.json.JsonReader;
import dev.cairn.cli.imports.json.JsonTree;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import java.io.IOException;
import java.util.List;

/**
 * in-toto statements (v1 and v0.1) in DSSE envelopes, in Sigstore bundles around those, or bare:
 * one a file or one a line.
 *
 * <p>The envelope is kept byte for byte, so that its signatures can be checked at any time, and so
 * is the statement that it holds. An edge {@code dsse:payload} leads from envelope to statement,
 * and {@code intoto:subject} from the statement to its subjects, each of which is the artifact that
 * its digest names. What the predicate tells of causes becomes a further edge, see {@link
 * Predicate}.
 *
 * <p>With keys, an envelope that none of them signed is malformed, and an edge {@code
 * dsse:signature} leads from the key that did, an artifact of type {@code dsse/public-key}, to the
 * envelope. Safe for any thread.
 */
public final class InTotoFormat implements DocumentFormat {
  private static final TypeTag LINES = new TypeTag("intoto/lines");
  private static final TypeTag ENVELOPE = new TypeTag("dsse/envelope");
  private static final TypeTag BUNDLE = new TypeTag("sigstore/bundle");
  private static final TypeTag STATEMENT = new TypeTag("intoto/statement");
  private static final TypeTag KEY = new TypeTag("dsse/public-key");
  private static final EdgeType PAYLOAD = new EdgeType("dsse:payload");
  private static final EdgeType SIGNATURE = new EdgeType("dsse:signature");
  private static final String BUNDLE_ENVELOPE = "dsseEnvelope";
  private static final String PAYLOAD_TYPES = "application/vnd.in-toto";

  private final List<VerificationKey> keys;

  /**
   * The format.
   *
   * @param keys one of which must have signed each envelope; empty if signatures are not checked
   */
  public InTotoFormat(List<VerificationKey> keys) {
    this.keys = List.copyOf(keys);
  }

  @Override
  public String namespace() {
    return "intoto";
  }

  @Override
  public void read(Document document, Statements statements) throws IOException {
    if (isOne(document)) {
      JsonTree value = new JsonReader().read(document.bytes());
      ArtifactKey whole = statements.document(tag(value));
      statements.part(value::place, () -> take(value, whole, statements));
      return;
    }
    statements.document(LINES);
    JsonValues.forEach(
        document,
        statements,
        (value, line) -> {
          if (line == null) {
            throw value.malformed("an array; in-toto has one statement a file, or one a line");
          }
          ArtifactKey kept = statements.put(tag(value), line);
          statements.stated(kept);
          take(value, kept, statements);
        });
  }

  /** One value in one line, or in many, is a document by itself. */
  private static boolean isOne(Document document) throws IOException {
    return !JsonValues.isLines(document) || JsonValues.countLines(document, 2) == 1;
  }

  private static TypeTag tag(JsonTree value) {
    if (!value.isObject()) {
      throw value.malformed("not an object");
    }
    if (value.member(BUNDLE_ENVELOPE) != null) {
      return BUNDLE;
    }
    return Envelope.isOne(value) ? ENVELOPE : STATEMENT;
  }

  private void take(JsonTree value, ArtifactKey kept, Statements statements) {
    JsonTree bundled = value.member(BUNDLE_ENVELOPE);
    JsonTree enveloped = bundled != null ? bundled : value;
    if (!Envelope.isOne(enveloped)) {
      if (!keys.isEmpty()) {
        throw value.malformed("a statement without a signature");
      }
      Predicate.take(value, kept, statements);
      return;
    }
    Envelope envelope = Envelope.of(enveloped);
    if (!envelope.payloadType().startsWith(PAYLOAD_TYPES)) {
      throw enveloped.require("payloadType").malformed("not the type of an in-toto statement");
    }
    check(envelope, enveloped, kept, statements);
    ArtifactKey statement = statements.put(STATEMENT, envelope.payload());
    link(PAYLOAD, kept, statement, statements);
    try {
      Predicate.take(new JsonReader().read(envelope.payload()), statement, statements);
    } catch (MalformedException e) {
      throw enveloped.require("payload").malformed("in what it says, " + e.getMessage(), e);
    }
  }

  private void check(Envelope envelope, JsonTree where, ArtifactKey kept, Statements statements) {
    boolean signed = keys.isEmpty();
    for (VerificationKey key : keys) {
      if (envelope.isSignedBy(key)) {
        signed = true;
        Bytes encoded = key.encoded();
        link(SIGNATURE, statements.put(KEY, encoded), kept, statements);
      }
    }
    if (!signed) {
      throw where.require("signatures").malformed("none is by a key that was given");
    }
  }

  private static void link(
      EdgeType type, ArtifactKey cause, ArtifactKey effect, Statements statements) {
    statements.link(type, List.of(Endpoint.of(cause)), List.of(Endpoint.of(effect)));
  }
}
