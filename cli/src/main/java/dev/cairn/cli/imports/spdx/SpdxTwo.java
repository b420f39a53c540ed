package dev.cairn.cli.imports.spdx;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.cli.imports.Statements;
import dev.cairn.cli.imports.json.JsonTree;
import dev.cairn.cli.imports.json.StableJson;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A document of SPDX 2. One owner at a time, for one reading. */
final class SpdxTwo {
  static final EdgeType CHECKSUM = new EdgeType("spdx:checksum");
  static final EdgeType PACKAGE_URL = new EdgeType("spdx:purl");
  private static final TypeTag RELATIONSHIP = new TypeTag("spdx/relationship");
  private static final Pattern VERSION = Pattern.compile("SPDX-2\\.[0-9]{1,3}");
  private static final Pattern ID = Pattern.compile("SPDXRef-[A-Za-z0-9.-]{1,1000}");
  private static final Pattern DOCUMENT_ID = Pattern.compile("DocumentRef-[A-Za-z0-9.+-]{1,1000}");
  private static final Set<String> NOTHING = Set.of("NONE", "NOASSERTION");
  private static final String SPDX_ID = "SPDXID";

  private final JsonTree root;
  private final Statements statements;
  private final Map<String, String> iris = new HashMap<>();
  private final Map<String, String> otherDocuments = new HashMap<>();
  private String namespace = "";

  SpdxTwo(JsonTree root, Statements statements) {
    this.root = root;
    this.statements = statements;
  }

  void read() {
    JsonTree version = root.require("spdxVersion");
    if (!VERSION.matcher(version.text()).matches()) {
      throw version.malformed("not a version of SPDX 2");
    }
    namespace = root.words("documentNamespace");
    for (JsonTree other : root.items("externalDocumentRefs")) {
      statements.part(other::place, () -> learnDocument(other));
    }
    element("document", root);
    List<String> kinds = List.of("package", "file", "snippet");
    for (String kind : kinds) {
      for (JsonTree one : root.items(kind + "s")) {
        statements.part(one::place, () -> element(kind, one));
      }
    }
    for (JsonTree one : root.items("relationships")) {
      statements.part(one::place, () -> relationship(one));
    }
    String self = root.words(SPDX_ID);
    for (JsonTree described : root.items("documentDescribes")) {
      statements.part(
          described::place,
          () -> relate("DESCRIBES", iri(self, root), iri(described.text(), described), null));
    }
    for (JsonTree one : root.items("packages")) {
      statements.part(one::place, () -> files(one));
    }
  }

  private void files(JsonTree one) {
    for (JsonTree file : one.items("hasFiles")) {
      relate("CONTAINS", iri(one.words(SPDX_ID), one), iri(file.text(), file), null);
    }
  }

  private void learnDocument(JsonTree other) {
    JsonTree id = other.require("externalDocumentId");
    if (!DOCUMENT_ID.matcher(id.text()).matches()) {
      throw id.malformed("not of the form DocumentRef-…");
    }
    String iri = other.words("spdxDocument");
    if (otherDocuments.putIfAbsent(id.text(), iri) != null) {
      throw id.malformed("the same document reference twice");
    }
  }

  // ---- elements

  private void element(String kind, JsonTree element) {
    JsonTree id = element.require(SPDX_ID);
    if (!ID.matcher(id.text()).matches()) {
      throw id.malformed("not of the form SPDXRef-…");
    }
    String iri = namespace + "#" + id.text();
    ArtifactKey key = statements.reference(Statements.NAMED, iri);
    Map<String, Object> words = new TreeMap<>();
    words.put("id", iri);
    words.put(
        kind,
        element.without("packages", "files", "snippets", "relationships", "documentDescribes"));
    ArtifactKey description = statements.put(new TypeTag("spdx/" + kind), StableJson.bytes(words));
    statements.stated(description);
    statements.link(
        // The file's own edges to what it states are called spdx:document.
        new EdgeType("spdx:" + (kind.equals("document") ? "element" : kind)),
        List.of(Endpoint.of(description)),
        List.of(Endpoint.of(key)));
    checksum(element, key);
    packageUrls(element, key);
    if (iris.putIfAbsent(id.text(), iri) != null) {
      throw id.malformed("the same SPDXID twice");
    }
  }

  /** SHA-256 if it is there, else the one whose algorithm has the least name. */
  private void checksum(JsonTree element, ArtifactKey key) {
    TreeMap<String, String> digests = new TreeMap<>();
    for (JsonTree one : element.items("checksums")) {
      digests.put(one.words("algorithm").toLowerCase(Locale.ROOT), one.words("checksumValue"));
    }
    if (!digests.isEmpty()) {
      String best = digests.containsKey("sha256") ? "sha256" : digests.firstKey();
      String hex = digests.get(best);
      statements.equate(CHECKSUM, key, statements.digest(best, String.valueOf(hex)));
    }
  }

  private void packageUrls(JsonTree element, ArtifactKey key) {
    for (JsonTree one : element.items("externalRefs")) {
      if ("purl".equals(one.textOf("referenceType"))) {
        statements.equate(
            PACKAGE_URL,
            key,
            statements.reference(Statements.NAMED, one.words("referenceLocator")));
      }
    }
  }

  // ---- relationships

  private void relationship(JsonTree one) {
    JsonTree type = one.require("relationshipType");
    if (RelationshipTwo.of(type.text()) == null) {
      throw type.malformed("no type of relationships of SPDX 2.3");
    }
    JsonTree related = one.require("relatedSpdxElement");
    String from = iri(one.words("spdxElementId"), one.require("spdxElementId"));
    if (NOTHING.contains(related.text())) {
      return;
    }
    String comment = one.textOf("comment");
    relate(
        type.text(),
        from,
        iri(related.text(), related),
        comment == null ? null : Map.of("comment", comment));
  }

  private void relate(
      String type, String element, String related, @Nullable Map<String, Object> words) {
    Endpoint one = Endpoint.of(statements.reference(Statements.NAMED, element));
    Endpoint other = Endpoint.of(statements.reference(Statements.NAMED, related));
    boolean forwards = RelationshipTwo.of(type) == RelationshipTwo.ELEMENT_CAUSES;
    statements.relate(
        new EdgeType("spdx:" + type),
        List.of(forwards ? one : other),
        List.of(forwards ? other : one),
        RELATIONSHIP,
        words);
  }

  private String iri(String id, JsonTree where) {
    String own = iris.get(id);
    if (own != null) {
      return own;
    }
    int colon = id.indexOf(':');
    String document = colon < 0 ? null : otherDocuments.get(id.substring(0, colon));
    if (document == null || !ID.matcher(id.substring(colon + 1)).matches()) {
      throw where.malformed("no element of this document, nor of one that it refers to");
    }
    return document + "#" + id.substring(colon + 1);
  }
}
