package dev.cairn.cli.imports.prov;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.cli.imports.json.JsonTree;
import dev.cairn.cli.imports.json.StableJson;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Attributes with their values (PROV-JSON section 2.3), in a form that does not depend on the
 * document's prefixes nor on the order of values:
 *
 * <ul>
 *   <li>a string, a number or a truth stands for itself; so does a literal of type {@code
 *       xsd:string} without a language,
 *   <li>a qualified name is {@code {"iri": …}},
 *   <li>another literal is {@code {"value": …, "type": IRI, "lang": …}}, as far as it says.
 * </ul>
 */
final class ProvValues {
  private static final Set<String> NAME_TYPES =
      Set.of(ProvName.QUALIFIED_NAME, ProvName.XSD + "QName");
  private static final Set<String> LITERAL = Set.of("$", "type", "lang");
  private static final Set<String> RELATION_NAMES = Set.of("prov:generation", "prov:usage");

  private ProvValues() {}

  /** Adds the values of one attribute to {@code all}, by the attribute's IRI and their bytes. */
  static void add(
      JsonTree attribute, Prefixes prefixes, Map<String, SortedMap<Bytes, Object>> all) {
    String name = prefixes.resolve(attribute.name(), attribute);
    SortedMap<Bytes, Object> values = all.computeIfAbsent(name, any -> new TreeMap<>());
    for (JsonTree one : attribute.isArray() ? attribute.items() : List.of(attribute)) {
      Object value =
          RELATION_NAMES.contains(attribute.name()) && one.isText()
              ? Map.of("iri", prefixes.resolve(one))
              : value(one, prefixes);
      values.put(StableJson.bytes(value), value);
    }
  }

  private static Object value(JsonTree value, Prefixes prefixes) {
    if (value.isArray() || value.isNull()) {
      throw value.malformed("neither a string, a number, a truth nor a literal");
    }
    return value.isObject() ? literal(value, prefixes) : value.data();
  }

  private static Object literal(JsonTree literal, Prefixes prefixes) {
    for (JsonTree member : literal.members()) {
      if (!LITERAL.contains(member.name())) {
        throw member.malformed("a literal has no such member");
      }
    }
    JsonTree words = literal.require("$");
    if (words.isObject() || words.isArray()) {
      throw words.malformed("not a simple value");
    }
    JsonTree type = literal.member("type");
    String lang = literal.textOf("lang");
    String iri = type == null ? null : prefixes.resolve(type);
    if (iri != null && NAME_TYPES.contains(iri) && lang == null) {
      return Map.of("iri", prefixes.resolve(words));
    }
    if (lang == null && words.isText() && (iri == null || iri.equals(ProvName.XSD + "string"))) {
      return words.text();
    }
    Map<String, Object> value = new TreeMap<>();
    value.put("value", words.data());
    if (iri != null) {
      value.put("type", iri);
    }
    if (lang != null) {
      value.put("lang", lang);
    }
    return value;
  }
}
