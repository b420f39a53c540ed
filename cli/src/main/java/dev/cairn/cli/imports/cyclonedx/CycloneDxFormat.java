package dev.cairn.cli.imports.cyclonedx;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.cli.imports.Document;
import dev.cairn.cli.imports.DocumentFormat;
import dev.cairn.cli.imports.Statements;
import dev.cairn.cli.imports.json.JsonReader;
import dev.cairn.cli.imports.json.JsonTree;
import java.io.IOException;

/**
 * CycloneDX bills of materials in JSON and XML, 1.2 to 1.6. A bill in XML gives what the JSON form
 * that says the same gives, but for the document itself.
 *
 * <p>A component or service is the artifact of type {@code uri/ref} with its BOM-Link as payload
 * ({@code urn:cdx:<serial number>/<version>#<bom-ref>}); where the bill has no serial number, the
 * SHA-256 of the document stands for it, and where a component has no {@code bom-ref}, its place.
 * What the bill says of it is an artifact of type {@code cyclonedx/component} or {@code
 * cyclonedx/service} with an edge of that name to it. Hashes and package URLs are equated with the
 * component. Parts are causes of what contains them, dependencies of what depends on them,
 * ancestors of what descends from them.
 *
 * <p>Stateless; safe for any thread.
 */
public final class CycloneDxFormat implements DocumentFormat {
  private static final TypeTag DOCUMENT = new TypeTag("cyclonedx/json");
  private static final TypeTag XML = new TypeTag("cyclonedx/xml");

  /** The format. */
  public CycloneDxFormat() {}

  @Override
  public String namespace() {
    return "cyclonedx";
  }

  @Override
  public void read(Document document, Statements statements) throws IOException {
    Bytes bytes = document.bytes();
    boolean xml = XmlBill.isXml(bytes);
    JsonTree root = xml ? XmlBill.read(bytes) : new JsonReader().read(bytes);
    statements.document(xml ? XML : DOCUMENT);
    new Bill(root, PayloadDigest.of(bytes).toString(), statements).read();
  }
}
