package dev.cairn.cli.imports.spdx;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.cli.imports.Statements;
import dev.cairn.cli.imports.json.JsonTree;
import dev.cairn.cli.imports.json.StableJson;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * A document of SPDX 3: the elements of a {@code @graph}. An element is named by its {@code
 * spdxId}, an IRI; what has none, such as {@code CreationInfo}, stays in the document only. In a
 * relationship {@code to} is the cause, unless its type is one of those listed here. One owner at a
 * time, for one reading.
 */
final class SpdxThree {
  /** Relationship types that lead from the cause to the effect, in the direction of their names. */
  private static final Set<String> FORWARDS =
      Set.of(
          "affects",
          "ancestorOf",
          "configures",
          "copiedTo",
          "delegatedTo",
          "describes",
          "doesNotAffect",
          "expandsTo",
          "fixedIn",
          "generates",
          "hasAssessmentFor",
          "hasDeletedFile",
          "hasDistributionArtifact",
          "hasOutput",
          "hasVariant",
          "serializedInArtifact",
          "underInvestigationFor");

  private static final TypeTag ELEMENT = new TypeTag("spdx/element");
  private static final TypeTag RELATIONSHIP = new TypeTag("spdx/relationship");
  private static final EdgeType DESCRIBES = new EdgeType("spdx:element");
  private static final Pattern IRI = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*:.+");
  private static final Pattern TYPE = Pattern.compile("[a-z][A-Za-z]{0,63}");
  private static final String SPDX_ID = "spdxId";

  private final JsonTree root;
  private final Statements statements;
  private final Set<String> ids = new HashSet<>();

  SpdxThree(JsonTree root, Statements statements) {
    this.root = root;
    this.statements = statements;
  }

  void read() {
    for (JsonTree one : root.require("@graph").items()) {
      statements.part(one::place, () -> take(one));
    }
  }

  private void take(JsonTree one) {
    String type = one.require("type").words();
    JsonTree id = one.member(SPDX_ID);
    if (id == null) {
      return;
    }
    if (!ids.add(id.words())) {
      throw id.malformed("the same spdxId twice");
    }
    if (type.equals("Relationship") || type.equals("LifecycleScopedRelationship")) {
      relationship(one);
    } else {
      element(id, one);
    }
  }

  private void element(JsonTree id, JsonTree element) {
    ArtifactKey key = reference(id);
    ArtifactKey description =
        statements.put(
            ELEMENT, StableJson.bytes(Map.of("id", id.text(), "element", element.data())));
    statements.stated(description);
    statements.link(DESCRIBES, List.of(Endpoint.of(description)), List.of(Endpoint.of(key)));
    TreeMap<String, String> digests = new TreeMap<>();
    for (JsonTree one : element.items("verifiedUsing")) {
      if ("Hash".equals(one.textOf("type"))) {
        digests.put(one.words("algorithm").toLowerCase(Locale.ROOT), one.words("hashValue"));
      }
    }
    if (!digests.isEmpty()) {
      String best = digests.containsKey("sha256") ? "sha256" : digests.firstKey();
      statements.equate(
          SpdxTwo.CHECKSUM, key, statements.digest(best, String.valueOf(digests.get(best))));
    }
    JsonTree purl = element.member("software_packageUrl");
    if (purl != null) {
      statements.equate(
          SpdxTwo.PACKAGE_URL, key, statements.reference(Statements.NAMED, purl.words()));
    }
  }

  private void relationship(JsonTree one) {
    JsonTree type = one.require("relationshipType");
    if (!TYPE.matcher(type.text()).matches()) {
      throw type.malformed("no type of relationships");
    }
    List<Endpoint> from = List.of(Endpoint.of(reference(one.require("from"))));
    List<Endpoint> to = new ArrayList<>();
    JsonTree listed = one.require("to");
    for (JsonTree end : listed.isArray() ? listed.items() : List.of(listed)) {
      to.add(Endpoint.of(reference(end)));
    }
    if (to.isEmpty()) {
      return;
    }
    boolean forwards = FORWARDS.contains(type.text());
    statements.relate(
        new EdgeType("spdx:" + type.text()),
        forwards ? from : to,
        forwards ? to : from,
        RELATIONSHIP,
        one.without("from", "to", "relationshipType"));
  }

  private ArtifactKey reference(JsonTree id) {
    if (!IRI.matcher(id.words()).matches()) {
      throw id.malformed("not an absolute IRI");
    }
    return statements.reference(Statements.NAMED, id.text());
  }
}
