package dev.cairn.cli.imports.prov;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.cli.imports.Statements;
import dev.cairn.cli.imports.json.JsonTree;
import dev.cairn.cli.imports.json.StableJson;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The sections of one document or bundle. One owner at a time, for one reading. */
final class ProvSections {
  private static final Set<String> ELEMENTS = Set.of("entity", "activity", "agent");
  private static final Set<String> OTHERS = Set.of("prefix", "bundle");
  private static final String ROLE = "prov:role";
  private static final Map<String, Relation> RELATIONS = relations();

  private final JsonTree root;
  private final Prefixes prefixes;
  private final @Nullable Bundle bundle;
  private final Statements statements;

  /** Blank names that some relation refers to; others say nothing. */
  private final Set<String> blanksNamed = new HashSet<>();

  /** Activities that stand for edges of other kinds, by IRI. */
  private final Map<String, ForeignEdge> foreignEdges = new TreeMap<>();

  /** The bundle that is being read. */
  record Bundle(String iri, ArtifactKey key) {}

  ProvSections(JsonTree root, Prefixes prefixes, @Nullable Bundle bundle, Statements statements) {
    this.root = root;
    this.prefixes = prefixes;
    this.bundle = bundle;
    this.statements = statements;
  }

  private static Map<String, Relation> relations() {
    Map<String, Relation> all = new HashMap<>();
    for (Relation relation : Relation.values()) {
      all.put(relation.text(), relation);
    }
    return Map.copyOf(all);
  }

  void read() {
    for (JsonTree section : root.members()) {
      if (RELATIONS.containsKey(section.name()) && section.isObject()) {
        forEach(section, this::noteBlanks);
      }
    }
    for (JsonTree section : root.members()) {
      if (ELEMENTS.contains(section.name())) {
        statements.part(section::place, () -> check(section));
        if (section.isObject()) {
          section
              .members()
              .forEach(element -> statements.part(element::place, () -> element(section, element)));
        }
      }
    }
    for (JsonTree section : root.members()) {
      Relation relation = RELATIONS.get(section.name());
      if (relation != null) {
        statements.part(section::place, () -> check(section));
        if (section.isObject()) {
          forEach(section, one -> statements.part(one::place, () -> relation(relation, one)));
        }
      } else if (!ELEMENTS.contains(section.name()) && !OTHERS.contains(section.name())) {
        statements.part(
            section::place,
            () -> {
              throw section.malformed("no section of PROV-JSON");
            });
      }
    }
    foreignEdges
        .values()
        .forEach(edge -> statements.part(edge.where()::place, () -> edge.tell(statements)));
  }

  private static void check(JsonTree section) {
    if (!section.isObject()) {
      throw section.malformed("not an object");
    }
  }

  private interface Action {
    void take(JsonTree statement);
  }

  /** Several statements under one name stand in an array. */
  private static void forEach(JsonTree section, Action action) {
    for (JsonTree named : section.members()) {
      if (named.isArray()) {
        named.items().forEach(action::take);
      } else {
        action.take(named);
      }
    }
  }

  private void noteBlanks(JsonTree statement) {
    if (!statement.isObject()) {
      return;
    }
    for (String attribute : List.of("prov:generation", "prov:usage")) {
      JsonTree named = statement.member(attribute);
      if (named != null && named.isText()) {
        blanksNamed.add(named.text());
      }
    }
  }

  // ---- elements

  private void element(JsonTree section, JsonTree element) {
    String iri = prefixes.resolve(element.name(), element);
    for (JsonTree record : element.isArray() ? element.items() : List.of(element)) {
      Map<String, Object> attributes = attributes(record, Set.of());
      ForeignEdge edge = ForeignEdge.of(record, attributes);
      if (edge != null && section.name().equals("activity")) {
        foreignEdges.put(iri, edge);
        continue;
      }
      ArtifactKey key = statements.reference(Statements.NAMED, iri);
      boolean says =
          !iri.startsWith(ProvName.ARTIFACT)
              || attributes.keySet().stream().anyMatch(name -> !name.startsWith(ProvName.CAIRN));
      // An artifact of ours says all that Cairn would say of it itself.
      if (says) {
        describe(section.name(), iri, key, attributes);
      }
    }
  }

  /** All attributes but those named, as sorted values by IRI. */
  private Map<String, Object> attributes(JsonTree of, Set<String> without) {
    Map<String, SortedMap<Bytes, Object>> all = new TreeMap<>();
    for (JsonTree attribute : of.members()) {
      if (!without.contains(attribute.name())) {
        ProvValues.add(attribute, prefixes, all);
      }
    }
    Map<String, Object> attributes = new TreeMap<>();
    all.forEach((name, values) -> attributes.put(name, List.copyOf(values.values())));
    return attributes;
  }

  private void describe(String kind, String iri, ArtifactKey key, Map<String, Object> attributes) {
    Map<String, Object> words = new TreeMap<>();
    words.put("id", iri);
    words.put("attributes", attributes);
    if (bundle != null) {
      words.put("bundle", bundle.iri());
    }
    ArtifactKey description = statements.put(ProvName.description(kind), StableJson.bytes(words));
    statements.stated(description);
    statements.link(
        new EdgeType("prov:" + kind), List.of(Endpoint.of(description)), List.of(Endpoint.of(key)));
    if (bundle != null) {
      statements.link(
          new EdgeType("prov:bundle"),
          List.of(Endpoint.of(bundle.key())),
          List.of(Endpoint.of(description)));
    }
  }

  // ---- relations

  private void relation(Relation relation, JsonTree statement) {
    if (intoForeignEdge(relation, statement)) {
      return;
    }
    Set<String> ends = new HashSet<>(relation.causes());
    ends.add(relation.effect());
    Map<String, Object> attributes = attributes(statement, ends);
    List<Endpoint> from = causes(relation, statement);
    List<Endpoint> to =
        new ArrayList<>(List.of(Endpoint.of(reference(statement.require(relation.effect())))));
    ForeignEdge edge = ForeignEdge.of(statement, attributes);
    if (edge != null) {
      edge.tellBetween(from, to, statements);
      return;
    }
    if (relation.isMutual()) {
      from.addAll(to);
      to.clear();
      to.addAll(from);
    }
    statements.relate(
        new EdgeType("prov:" + relation.text()),
        from,
        to,
        ProvName.RELATION,
        words(statement, attributes));
  }

  private @Nullable Object words(JsonTree statement, Map<String, Object> attributes) {
    Map<String, Object> words = new TreeMap<>();
    String id = idOf(statement);
    if (!Prefixes.isBlank(id) || blanksNamed.contains(id)) {
      words.put("id", prefixes.resolve(id, statement));
    }
    if (!attributes.isEmpty()) {
      words.put("attributes", attributes);
    }
    if (bundle != null) {
      words.put("bundle", bundle.iri());
    }
    return words.isEmpty() ? null : words;
  }

  /** The name under which a statement stands, which for one of several is its array's. */
  private static String idOf(JsonTree statement) {
    JsonTree parent = statement.parent();
    return parent != null && parent.isArray() ? parent.name() : statement.name();
  }

  private List<Endpoint> causes(Relation relation, JsonTree statement) {
    List<Endpoint> causes = new ArrayList<>();
    for (int i = 0; i < relation.causes().size(); i++) {
      String attribute = relation.causes().get(i);
      if (relation.needs(i)) {
        statement.require(attribute);
      }
      JsonTree named = statement.member(attribute);
      if (named == null) {
        continue;
      }
      String role = i == 0 ? roleIn(statement) : attribute;
      boolean several = named.isArray() && relation == Relation.HAD_MEMBER;
      for (JsonTree one : several ? named.items() : List.of(named)) {
        causes.add(Statements.end(reference(one), role));
      }
    }
    return causes;
  }

  private static @Nullable String roleIn(JsonTree statement) {
    JsonTree role = statement.member(ROLE);
    return role != null && role.isText() ? role.text() : null;
  }

  private ArtifactKey reference(JsonTree name) {
    return statements.reference(Statements.NAMED, prefixes.resolve(name));
  }

  /** A relation with an activity that stands for an edge tells of one of its ends. */
  private boolean intoForeignEdge(Relation relation, JsonTree statement) {
    if (relation != Relation.USED && relation != Relation.WAS_GENERATED_BY) {
      return false;
    }
    JsonTree activity = statement.member("prov:activity");
    ForeignEdge edge = activity == null ? null : foreignEdges.get(prefixes.resolve(activity));
    if (edge == null) {
      return false;
    }
    String role = null;
    for (JsonTree attribute : statement.members()) {
      if (prefixes.resolve(attribute.name(), attribute).equals(ProvName.EDGE_ROLE)) {
        role = attribute.words();
      }
    }
    edge.add(
        relation == Relation.USED,
        Statements.end(reference(statement.require("prov:entity")), role));
    return true;
  }

  /** An edge of another kind than PROV's, as {@code cairn export prov} writes it. */
  private record ForeignEdge(
      JsonTree where,
      EdgeType type,
      @Nullable ArtifactKey payload,
      List<Endpoint> from,
      List<Endpoint> to) {
    static @Nullable ForeignEdge of(JsonTree where, Map<String, Object> attributes) {
      String type = text(attributes, ProvName.EDGE_TYPE);
      if (type == null) {
        return null;
      }
      String payload = text(attributes, ProvName.EDGE_PAYLOAD);
      try {
        return new ForeignEdge(
            where,
            new EdgeType(type),
            payload == null ? null : ArtifactKey.parse(payload),
            new ArrayList<>(),
            new ArrayList<>());
      } catch (MalformedException e) {
        throw where.malformed(String.valueOf(e.getMessage()), e);
      }
    }

    private static @Nullable String text(Map<String, Object> attributes, String name) {
      return attributes.get(name) instanceof List<?> values
              && values.size() == 1
              && values.get(0) instanceof String text
          ? text
          : null;
    }

    void add(boolean cause, Endpoint end) {
      (cause ? from : to).add(end);
    }

    void tell(Statements statements) {
      tellBetween(from, to, statements);
    }

    void tellBetween(List<Endpoint> causes, List<Endpoint> effects, Statements statements) {
      statements.link(type, causes, effects, payload);
    }
  }
}
