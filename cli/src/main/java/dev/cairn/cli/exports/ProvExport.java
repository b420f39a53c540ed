package dev.cairn.cli.exports;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.View;
import dev.cairn.cli.imports.json.JsonReader;
import dev.cairn.cli.imports.json.JsonTree;
import dev.cairn.cli.imports.json.StableJson;
import dev.cairn.cli.imports.prov.ProvName;
import dev.cairn.cli.imports.prov.Relation;
import dev.cairn.tgk.EdgeFilter;
import dev.cairn.tgk.Graph;
import dev.cairn.tgk.GraphEdge;
import dev.cairn.tgk.Incidence;
import dev.cairn.tgk.Lineage;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A lineage as PROV-JSON, such that importing it again gives the same edges between the same
 * artifacts.
 *
 * <p>An edge of a type of PROV is that relation, with all that its payload says. Any other edge
 * with one cause and one effect and nothing more is {@code wasDerivedFrom} with the attribute
 * {@code cairn:edgeType}; what has more of anything is an activity with {@code cairn:edgeType} (and
 * {@code cairn:edgePayload}) that used each cause and generated each effect, {@code cairn:role}
 * saying which part it played. Descriptions of elements become their attributes. One owner at a
 * time.
 */
public final class ProvExport {
  private static final Set<String> KINDS = Set.of("entity", "activity", "agent");
  private static final Set<String> FOLDED =
      Set.of("prov:entity", "prov:activity", "prov:agent", "prov:document", "prov:bundle");
  private static final String EDGE = "urn:cairn:edge:";
  private static final String ROLE = ProvName.PROV + "role";

  /** Attributes whose value is the name of a relation. */
  private static final Set<String> NAMING =
      Set.of(ProvName.PROV + "generation", ProvName.PROV + "usage");

  private static final Map<String, Relation> RELATIONS = relations();

  private final Graph graph;
  private final View view;
  private final NodeNames names;
  private final ProvIds ids;

  /** Statements by bundle (empty for none), section and name, IRIs not yet shortened. */
  private final SortedMap<String, SortedMap<String, SortedMap<String, List<Statement>>>> sections =
      new TreeMap<>();

  private int blanks;

  /** A statement: attributes by IRI, each with its values. */
  private record Statement(SortedMap<String, List<Object>> attributes) {
    Statement() {
      this(new TreeMap<>());
    }

    Statement add(String attribute, Object value) {
      attributes.computeIfAbsent(attribute, any -> new ArrayList<>()).add(value);
      return this;
    }
  }

  /** The name of an element, where an attribute's value is one. */
  private record Name(String iri) {}

  private ProvExport(Graph graph, View view, NodeNames names) {
    this.graph = graph;
    this.view = view;
    this.names = names;
    this.ids = new ProvIds(names);
  }

  private static Map<String, Relation> relations() {
    Map<String, Relation> all = new HashMap<>();
    for (Relation relation : Relation.values()) {
      all.put("prov:" + relation.text(), relation);
    }
    return Map.copyOf(all);
  }

  /** The document. */
  public static Bytes of(Lineage lineage, Graph graph, View view, NodeNames names) {
    return new ProvExport(graph, view, names).write(lineage);
  }

  private Bytes write(Lineage lineage) {
    TreeSet<ArtifactKey> elements = new TreeSet<>();
    lineage.nodes().stream()
        .filter(node -> node.depth() == 0)
        .forEach(node -> elements.add(node.key()));
    for (GraphEdge edge : lineage.edges()) {
      if (!FOLDED.contains(edge.edge().type().text())) {
        edge.edge().from().forEach(end -> elements.add(end.key()));
        edge.edge().to().forEach(end -> elements.add(end.key()));
        take(edge);
      }
    }
    elements.forEach(this::describe);
    return StableJson.bytes(document());
  }

  private SortedMap<String, List<Statement>> section(String bundle, String name) {
    return sections
        .computeIfAbsent(bundle, any -> new TreeMap<>())
        .computeIfAbsent(name, any -> new TreeMap<>());
  }

  private void state(String bundle, String section, String id, Statement statement) {
    section(bundle, section).computeIfAbsent(id, any -> new ArrayList<>()).add(statement);
  }

  private String blank() {
    return "_:r" + blanks++;
  }

  // ---- elements

  private void describe(ArtifactKey key) {
    if (!ids.isReference(key)) {
      Statement statement = new Statement();
      names
          .live(key)
          .ifPresent(
              entry -> {
                ArtifactId id = entry.artifact();
                if (id.tag() != null) {
                  statement.add(ProvName.CAIRN + "type", id.tag().text());
                }
                statement.add(ProvName.CAIRN + "payloadDigest", id.payloadDigest().toString());
                statement.add(ProvName.CAIRN + "size", Long.toUnsignedString(id.payloadLength()));
              });
      state("", "entity", ids.iri(key), statement);
      return;
    }
    List<EdgeType> types = KINDS.stream().map(kind -> new EdgeType("prov:" + kind)).toList();
    for (Incidence incidence :
        graph.edgesOf(key, dev.cairn.tgk.Relation.TO, EdgeFilter.ofTypes(types), view)) {
      Edge edge = incidence.edge().edge();
      String kind = edge.type().text().substring("prov:".length());
      for (Endpoint end : edge.from()) {
        JsonTree words = json(end.key());
        if (words != null && words.isObject()) {
          Statement statement = new Statement();
          addAttributes(words.member("attributes"), statement);
          state(bundle(words), kind, ids.iri(key), statement);
        }
      }
    }
  }

  private static String bundle(JsonTree words) {
    JsonTree bundle = words.member("bundle");
    return bundle != null && bundle.isText() ? bundle.text() : "";
  }

  private @Nullable JsonTree json(ArtifactKey key) {
    String text = names.text(key);
    try {
      return text == null ? null : new JsonReader().read(Bytes.utf8(text));
    } catch (MalformedException e) {
      return null; // not one of those that an import writes
    }
  }

  private static void addAttributes(@Nullable JsonTree attributes, Statement statement) {
    if (attributes != null && attributes.isObject()) {
      for (JsonTree attribute : attributes.members()) {
        for (JsonTree value : attribute.isArray() ? attribute.items() : List.of(attribute)) {
          statement.add(attribute.name(), value);
        }
      }
    }
  }

  // ---- relations

  private void take(GraphEdge edge) {
    Relation relation = RELATIONS.get(edge.edge().type().text());
    Statement ends = relation == null ? null : ends(relation, edge.edge());
    if (relation == null || ends == null) {
      takeForeign(edge);
      return;
    }
    ArtifactKey payload = edge.edge().payload();
    JsonTree told = payload == null ? null : json(payload);
    boolean listed = told != null && told.isArray() && !told.items().isEmpty();
    if (told == null || !listed) {
      state("", relation.text(), blank(), ends);
      return;
    }
    for (JsonTree words : told.items()) {
      Statement statement = new Statement();
      if (words.isObject()) {
        addAttributes(words.member("attributes"), statement);
      }
      ends.attributes()
          .forEach(
              (name, values) -> {
                if (!name.equals(ROLE) || !statement.attributes().containsKey(ROLE)) {
                  statement.attributes().put(name, values);
                }
              });
      JsonTree id = words.isObject() ? words.member("id") : null;
      state(
          words.isObject() ? bundle(words) : "",
          relation.text(),
          id != null && id.isText() ? id.text() : blank(),
          statement);
    }
  }

  /** The formal attributes of a relation; null if the edge has not the form of one. */
  private @Nullable Statement ends(Relation relation, Edge edge) {
    List<Endpoint> from = new ArrayList<>(edge.from());
    List<Endpoint> to = new ArrayList<>(edge.to());
    if (relation.isMutual()) {
      if (!from.equals(to) || from.isEmpty() || from.size() > 2) {
        return null;
      }
      to = new ArrayList<>(from.subList(0, 1));
      from = new ArrayList<>(from.subList(from.size() - 1, from.size()));
    }
    if (to.size() != 1 || to.get(0).role() != null) {
      return null;
    }
    Statement statement = new Statement();
    statement.add(formal(relation.effect()), new Name(ids.iri(to.get(0).key())));
    List<String> causes = relation.causes();
    for (Endpoint end : from) {
      int at = end.role() == null ? 0 : Math.max(0, causes.indexOf(end.role()));
      String attribute = formal(causes.get(at));
      if (statement.attributes().containsKey(attribute) && relation != Relation.HAD_MEMBER) {
        return null;
      }
      statement.add(attribute, new Name(ids.iri(end.key())));
      if (at == 0 && end.role() != null) {
        statement.attributes().put(ROLE, List.of(end.role()));
      }
    }
    return statement;
  }

  private static String formal(String attribute) {
    return ProvName.PROV + attribute.substring("prov:".length());
  }

  private void takeForeign(GraphEdge found) {
    Edge edge = found.edge();
    List<Endpoint> from = edge.from();
    List<Endpoint> to = edge.to();
    boolean plain =
        from.size() == 1
            && to.size() == 1
            && edge.payload() == null
            && from.get(0).role() == null
            && to.get(0).role() == null;
    if (plain) {
      state(
          "",
          Relation.WAS_DERIVED_FROM.text(),
          blank(),
          new Statement()
              .add(ProvName.EDGE_TYPE, edge.type().text())
              .add(formal("prov:usedEntity"), new Name(ids.iri(from.get(0).key())))
              .add(formal("prov:generatedEntity"), new Name(ids.iri(to.get(0).key()))));
      return;
    }
    String activity = EDGE + found.key().digest().toHex();
    Statement words = new Statement().add(ProvName.EDGE_TYPE, edge.type().text());
    if (edge.payload() != null) {
      words.add(ProvName.EDGE_PAYLOAD, edge.payload().toString());
    }
    state("", "activity", activity, words);
    from.forEach(end -> state("", Relation.USED.text(), blank(), part(activity, end)));
    to.forEach(end -> state("", Relation.WAS_GENERATED_BY.text(), blank(), part(activity, end)));
  }

  private Statement part(String activity, Endpoint end) {
    Statement part =
        new Statement()
            .add(formal("prov:activity"), new Name(activity))
            .add(formal("prov:entity"), new Name(ids.iri(end.key())));
    return end.role() == null ? part : part.add(ProvName.EDGE_ROLE, end.role());
  }

  // ---- names become short

  private Object document() {
    sections.forEach(
        (bundle, all) -> {
          if (!bundle.isEmpty()) {
            ids.tell(bundle);
          }
          all.values().forEach(section -> section.forEach(this::tell));
        });
    Map<String, Object> document = new TreeMap<>();
    document.put("prefix", ids.declare());
    Map<String, Object> bundles = new TreeMap<>();
    sections.forEach(
        (bundle, all) -> {
          if (bundle.isEmpty()) {
            document.putAll(sectionsOf(all));
          } else {
            bundles.put(ids.name(bundle), sectionsOf(all));
          }
        });
    if (!bundles.isEmpty()) {
      document.put("bundle", bundles);
    }
    return document;
  }

  private void tell(String id, List<Statement> statements) {
    if (!id.startsWith("_:")) {
      ids.tell(id);
    }
    for (Statement statement : statements) {
      statement
          .attributes()
          .forEach(
              (name, values) -> {
                ids.tell(name);
                values.forEach(this::tell);
              });
    }
  }

  private void tell(Object value) {
    if (value instanceof Name name) {
      ids.tell(name.iri());
    } else if (value instanceof JsonTree tree && tree.isObject()) {
      for (String member : List.of("iri", "type")) {
        String iri = tree.textOf(member);
        if (iri != null) {
          ids.tell(iri);
        }
      }
      ids.tell(ProvName.QUALIFIED_NAME);
    }
  }

  private Map<String, Object> sectionsOf(Map<String, SortedMap<String, List<Statement>>> all) {
    Map<String, Object> out = new TreeMap<>();
    all.forEach(
        (name, section) -> {
          Map<String, Object> named = new TreeMap<>();
          section.forEach(
              (id, statements) -> {
                List<Object> written = statements.stream().map(this::written).toList();
                named.put(
                    id.startsWith("_:") ? id : ids.name(id),
                    written.size() == 1 ? written.get(0) : written);
              });
          out.put(name, named);
        });
    return out;
  }

  private Object written(Statement statement) {
    Map<String, Object> out = new TreeMap<>();
    statement
        .attributes()
        .forEach(
            (name, values) -> {
              List<Object> written = values.stream().map(value -> value(name, value)).toList();
              out.put(ids.name(name), written.size() == 1 ? written.get(0) : written);
            });
    return out;
  }

  private Object value(String attribute, Object value) {
    if (value instanceof Name name) {
      return ids.name(name.iri());
    }
    if (!(value instanceof JsonTree tree)) {
      return value;
    }
    if (!tree.isObject()) {
      return tree.data();
    }
    String iri = tree.textOf("iri");
    if (iri != null && NAMING.contains(attribute)) {
      return ids.name(iri);
    }
    Map<String, Object> literal = new TreeMap<>();
    if (iri != null) {
      literal.put("$", ids.name(iri));
      literal.put("type", ids.name(ProvName.QUALIFIED_NAME));
      return literal;
    }
    JsonTree words = tree.member("value");
    literal.put("$", words == null ? "" : words.data());
    String type = tree.textOf("type");
    if (type != null) {
      literal.put("type", ids.name(type));
    }
    String lang = tree.textOf("lang");
    if (lang != null) {
      literal.put("lang", lang);
    }
    return literal;
  }
}
