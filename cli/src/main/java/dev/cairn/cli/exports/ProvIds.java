package dev.cairn.cli.exports;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.cli.imports.Statements;
import dev.cairn.cli.imports.prov.ProvName;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * IRIs of artifacts, and the prefixes of the document that they stand in.
 *
 * <p>What stands for an IRI or for a SHA-256 is called so; any other artifact is {@code
 * urn:cairn:<key>}, which an import reads as the key. A name is cut behind its last {@code #},
 * {@code /} or {@code :}, else before its last character; namespaces are numbered in their order.
 * One owner at a time: first all names are told, then prefixes are given out.
 */
final class ProvIds {
  private static final TypeTag DIGEST = new TypeTag("digest/ref");

  private final NodeNames names;
  private final Map<ArtifactKey, String> iris = new HashMap<>();
  private final TreeSet<String> namespaces = new TreeSet<>();
  private final TreeMap<String, String> prefixes = new TreeMap<>();

  ProvIds(NodeNames names) {
    this.names = names;
  }

  /** The IRI of an artifact. */
  String iri(ArtifactKey key) {
    return iris.computeIfAbsent(key, this::newIri);
  }

  /** True if the artifact stands for an IRI, rather than for itself. */
  boolean isReference(ArtifactKey key) {
    return !iri(key).equals(own(key));
  }

  private String newIri(ArtifactKey key) {
    String named = names.named(key, Statements.NAMED);
    if (named != null
        && named.length() > 1
        && !named.startsWith("urn:cairn:")
        && !named.matches("sha256:[0-9a-f]{64}")
        && !named.startsWith("asl1-")) {
      return named;
    }
    String digest = names.named(key, DIGEST);
    return digest != null && digest.matches("sha256:[0-9a-f]{64}") ? digest : own(key);
  }

  private static String own(ArtifactKey key) {
    return "urn:cairn:" + key;
  }

  /** The name will be used. */
  void tell(String iri) {
    namespaces.add(namespace(iri));
  }

  /** Gives out prefixes to all namespaces told; the result is what the document declares. */
  Map<String, Object> declare() {
    prefixes.put(ProvName.PROV, "prov");
    prefixes.put(ProvName.XSD, "xsd");
    prefixes.put(ProvName.CAIRN, "cairn");
    prefixes.put(ProvName.ARTIFACT + "sha256:", "artifact");
    int number = 0;
    for (String namespace : namespaces) {
      if (!prefixes.containsKey(namespace)) {
        prefixes.put(namespace, "ns" + number++);
      }
    }
    Map<String, Object> declared = new TreeMap<>();
    prefixes.forEach(
        (namespace, prefix) -> {
          if (!prefix.equals("prov") && namespaces.contains(namespace)) {
            declared.put(prefix, namespace);
          }
        });
    return declared;
  }

  /** The name with its prefix, once they are given out. */
  String name(String iri) {
    String namespace = namespace(iri);
    String prefix = prefixes.get(namespace);
    if (prefix == null) {
      throw new AssertionError("a name that was not told: " + iri);
    }
    return prefix + ":" + iri.substring(namespace.length());
  }

  private static String namespace(String iri) {
    int cut = Math.max(iri.lastIndexOf('#'), Math.max(iri.lastIndexOf('/'), iri.lastIndexOf(':')));
    if (cut >= 0 && cut + 1 < iri.length()) {
      return iri.substring(0, cut + 1);
    }
    return iri.substring(0, iri.offsetByCodePoints(iri.length(), -1));
  }
}
