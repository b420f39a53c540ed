package dev.cairn.cli.imports.prov;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.cli.imports.Document;
import dev.cairn.cli.imports.DocumentFormat;
import dev.cairn.cli.imports.Statements;
import dev.cairn.cli.imports.json.JsonReader;
import dev.cairn.cli.imports.json.JsonTree;
import java.io.IOException;

/**
 * PROV-JSON documents.
 *
 * <p>An element (entity, activity, agent) is the artifact of type {@code uri/ref} with its IRI as
 * payload, the same in every document and on every node. What a document says of it is an artifact
 * of type {@code prov/entity}, {@code prov/activity} or {@code prov/agent}: JSON with {@code id},
 * {@code attributes} (sorted values by the attribute's IRI) and, within a bundle, {@code bundle};
 * an edge {@code prov:entity}, … leads from it to the element. A relation is an edge {@code
 * prov:wasDerivedFrom}, … from its causes to its effect, see {@link Relation}; what is said of it
 * beyond its ends is the edge's payload, of type {@code prov/relation}.
 *
 * <p>What {@code cairn export prov} writes becomes again the edges that it was written from.
 * Stateless; safe for any thread.
 */
public final class ProvFormat implements DocumentFormat {
  private static final TypeTag DOCUMENT = new TypeTag("prov/json");

  /** The format. */
  public ProvFormat() {}

  @Override
  public String namespace() {
    return "prov";
  }

  @Override
  public void read(Document document, Statements statements) throws IOException {
    Bytes bytes = document.bytes();
    JsonTree root = new JsonReader().read(bytes);
    statements.document(DOCUMENT);
    String scope = PayloadDigest.of(bytes).toString();
    Prefixes prefixes = Prefixes.of(root.member("prefix"), scope);
    new ProvSections(root, prefixes, null, statements).read();
    JsonTree bundles = root.member("bundle");
    if (bundles != null) {
      for (JsonTree bundle : bundles.members()) {
        statements.part(bundle::place, () -> readBundle(bundle, prefixes, statements));
      }
    }
  }

  private static void readBundle(JsonTree bundle, Prefixes around, Statements statements) {
    String iri = around.resolve(bundle.name(), bundle);
    Prefixes prefixes = around.within(bundle.member("prefix"), iri);
    ArtifactKey key = statements.reference(Statements.NAMED, iri);
    if (bundle.member("bundle") != null) {
      throw bundle.require("bundle").malformed("a bundle within a bundle");
    }
    new ProvSections(bundle, prefixes, new ProvSections.Bundle(iri, key), statements).read();
  }
}
