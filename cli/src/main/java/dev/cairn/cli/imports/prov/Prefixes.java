package dev.cairn.cli.imports.prov;

import dev.cairn.cli.imports.json.JsonTree;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What prefixes mean in a document or bundle (PROV-JSON section 2.2), and how names become IRIs.
 *
 * <p>{@code prefix:local} is the prefix's namespace followed by the local part; a name without a
 * colon belongs to the namespace {@code default}; {@code prov} and {@code xsd} are known. Where a
 * prefix is not declared, a name that has the form of an absolute IRI stands for itself. A blank
 * name ({@code _:x}) means something within its document or bundle only, so it becomes {@code
 * <scope>#_:x}. Immutable.
 */
final class Prefixes {
  private static final String DEFAULT = "default";
  private static final String BLANK = "_:";

  private final Map<String, String> namespaces;
  private final String scope;

  private Prefixes(Map<String, String> namespaces, String scope) {
    this.namespaces = namespaces;
    this.scope = scope;
  }

  /**
   * The prefixes of a document.
   *
   * @param scope a name that is the document's alone
   */
  static Prefixes of(@Nullable JsonTree declared, String scope) {
    Map<String, String> known = new TreeMap<>();
    known.put("prov", ProvName.PROV);
    known.put("xsd", ProvName.XSD);
    return new Prefixes(known, scope).within(declared, scope);
  }

  /** The prefixes of a bundle: those around it, but for what it declares itself. */
  Prefixes within(@Nullable JsonTree declared, String innerScope) {
    Map<String, String> all = new TreeMap<>(namespaces);
    if (declared != null) {
      for (JsonTree prefix : declared.members()) {
        String namespace = prefix.words();
        if (prefix.name().equals("prov") && !namespace.equals(ProvName.PROV)) {
          throw prefix.malformed("the prefix 'prov' is " + ProvName.PROV);
        }
        if (prefix.name().contains(":")) {
          throw prefix.malformed("a prefix with a colon");
        }
        all.put(prefix.name(), namespace);
      }
    }
    return new Prefixes(all, innerScope);
  }

  /** The IRI that a string of the document names. */
  String resolve(JsonTree name) {
    return resolve(name.words(), name);
  }

  /**
   * The IRI that {@code name} means.
   *
   * @param where what to name if it means nothing
   */
  String resolve(String name, JsonTree where) {
    if (name.startsWith(BLANK)) {
      return scope + "#" + name;
    }
    int colon = name.indexOf(':');
    if (colon < 0) {
      String namespace = namespaces.get(DEFAULT);
      if (namespace == null) {
        throw where.malformed("a name without a prefix, and no namespace 'default'");
      }
      return namespace + name;
    }
    String namespace = namespaces.get(name.substring(0, colon));
    if (namespace != null) {
      return namespace + name.substring(colon + 1);
    }
    if (isAbsolute(name, colon)) {
      return name;
    }
    throw where.malformed("the prefix of a name is not declared");
  }

  static boolean isBlank(String name) {
    return name.startsWith(BLANK);
  }

  private static boolean isAbsolute(String name, int colon) {
    return name.startsWith("//", colon + 1) || name.startsWith("urn:");
  }
}
