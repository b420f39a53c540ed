package dev.cairn.cli.imports.spdx;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.cli.imports.Document;
import dev.cairn.cli.imports.DocumentFormat;
import dev.cairn.cli.imports.Statements;
import dev.cairn.cli.imports.json.JsonReader;
import dev.cairn.cli.imports.json.JsonTree;
import java.io.IOException;

/**
 * SPDX documents: 2.2 and 2.3 in JSON and as tag-value, and 3.0 in JSON-LD as its JSON schema has
 * it.
 *
 * <p>An element (document, package, file, snippet, …) is the artifact of type {@code uri/ref} with
 * its IRI as payload: {@code <documentNamespace>#<SPDXID>}, or the {@code spdxId} of version 3.
 * What the document says of it is an artifact of type {@code spdx/package}, … with an edge {@code
 * spdx:package}, … to the element. A checksum and a package URL are equated with the element, so
 * that walks go on to the file of that digest and to what other documents say of that package. A
 * relationship is an edge of its own name, such as {@code spdx:DEPENDS_ON}; {@link RelationshipTwo}
 * and {@link SpdxThree} know which end is the cause.
 *
 * <p>Stateless; safe for any thread.
 */
public final class SpdxFormat implements DocumentFormat {
  private static final TypeTag DOCUMENT = new TypeTag("spdx/json");
  private static final TypeTag TAG_VALUE = new TypeTag("spdx/tag-value");

  /** The format. */
  public SpdxFormat() {}

  @Override
  public String namespace() {
    return "spdx";
  }

  @Override
  public void read(Document document, Statements statements) throws IOException {
    Bytes bytes = document.bytes();
    if (!isJson(bytes)) {
      JsonTree told = new TagValue().read(bytes);
      statements.document(TAG_VALUE);
      new SpdxTwo(told, statements).read();
      return;
    }
    JsonTree root = new JsonReader().read(bytes);
    statements.document(DOCUMENT);
    if (root.isObject() && root.member("spdxVersion") != null) {
      new SpdxTwo(root, statements).read();
    } else if (root.isObject() && root.member("@graph") != null) {
      new SpdxThree(root, statements).read();
    } else {
      throw root.malformed("neither 'spdxVersion' (SPDX 2) nor '@graph' (SPDX 3)");
    }
  }

  /** True unless the first line with something on it begins with a tag or is a comment. */
  private static boolean isJson(Bytes bytes) {
    for (int i = 0; i < bytes.length(); i++) {
      int b = bytes.at(i);
      if (b != ' ' && b != '\t' && b != '\r' && b != '\n') {
        return b != '#' && (b < 'A' || b > 'Z');
      }
    }
    return true;
  }
}
