package dev.cairn.cli.imports.cyclonedx;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.cli.imports.Statements;
import dev.cairn.cli.imports.json.JsonNumber;
import dev.cairn.cli.imports.json.JsonTree;
import dev.cairn.cli.imports.json.StableJson;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One bill of materials. One owner at a time, for one reading. */
final class Bill {
  private static final EdgeType CONTAINS = new EdgeType("cyclonedx:contains");
  private static final EdgeType DEPENDS_ON = new EdgeType("cyclonedx:dependsOn");
  private static final EdgeType PROVIDES = new EdgeType("cyclonedx:provides");
  private static final EdgeType ANCESTOR = new EdgeType("cyclonedx:ancestor");
  private static final EdgeType HASH = new EdgeType("cyclonedx:hash");
  private static final EdgeType PACKAGE_URL = new EdgeType("cyclonedx:purl");
  private static final Pattern VERSION = Pattern.compile("1\\.[2-6]");
  private static final Pattern SERIAL =
      Pattern.compile("urn:uuid:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})");
  private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,17}");
  private static final String COMPONENT = "component";
  private static final String SERVICE = "service";
  private static final String BOM_LINK = "urn:cdx:";

  private final JsonTree root;
  private final String digest;
  private final Statements statements;
  private final Map<String, String> names = new HashMap<>();
  private String base = "";

  Bill(JsonTree root, String digest, Statements statements) {
    this.root = root;
    this.digest = digest;
    this.statements = statements;
  }

  void read() {
    if (!root.words("bomFormat").equals("CycloneDX")) {
      throw root.require("bomFormat").malformed("not CycloneDX");
    }
    if (!VERSION.matcher(root.words("specVersion")).matches()) {
      throw root.require("specVersion").malformed("not a version from 1.2 to 1.6");
    }
    base = base();
    JsonTree metadata = root.member("metadata");
    JsonTree subject = metadata == null ? null : metadata.member(COMPONENT);
    if (subject != null) {
      thing(COMPONENT, subject, null);
    }
    things(COMPONENT, root, null);
    things(SERVICE, root, null);
    for (JsonTree dependency : root.items("dependencies")) {
      statements.part(dependency::place, () -> dependency(dependency));
    }
  }

  private String base() {
    JsonTree serial = root.member("serialNumber");
    if (serial == null) {
      return digest;
    }
    var uuid = SERIAL.matcher(serial.text().toLowerCase(Locale.ROOT));
    if (!uuid.matches()) {
      throw serial.malformed("not of the form urn:uuid:…");
    }
    JsonTree version = root.member("version");
    String number =
        version == null ? "1" : version.data() instanceof JsonNumber n ? n.literal() : "";
    if (version != null && !NUMBER.matcher(number).matches()) {
      throw version.malformed("not a number from 1 up");
    }
    return BOM_LINK + uuid.group(1) + "/" + number;
  }

  // ---- components and services

  private void things(String kind, JsonTree holder, @Nullable ArtifactKey whole) {
    for (JsonTree one : holder.items(kind + "s")) {
      thing(kind, one, whole);
    }
  }

  /** A component with all within it; each is a part of the import by itself. */
  private void thing(String kind, JsonTree one, @Nullable ArtifactKey whole) {
    ArtifactKey[] taken = new ArtifactKey[1];
    statements.part(one::place, () -> taken[0] = take(kind, one, whole));
    ArtifactKey key = taken[0];
    if (key == null) {
      return; // malformed, and passed over with all within it
    }
    things(kind, one, key);
    JsonTree pedigree = one.member("pedigree");
    if (pedigree != null) {
      for (JsonTree ancestor : pedigree.items("ancestors")) {
        relative(ancestor, key, true);
      }
      for (JsonTree descendant : pedigree.items("descendants")) {
        relative(descendant, key, false);
      }
    }
  }

  private void relative(JsonTree one, ArtifactKey key, boolean before) {
    statements.part(
        one::place,
        () -> {
          ArtifactKey other = take(COMPONENT, one, null);
          link(ANCESTOR, before ? other : key, before ? key : other);
        });
  }

  private ArtifactKey take(String kind, JsonTree one, @Nullable ArtifactKey whole) {
    one.words("name");
    JsonTree reference = one.member("bom-ref");
    String iri = base + "#" + encoded(reference == null ? one.pointer() : reference.words());
    if (reference != null && names.containsKey(reference.text())) {
      throw reference.malformed("the same bom-ref twice");
    }
    ArtifactKey key = statements.reference(Statements.NAMED, iri);
    Map<String, Object> words = new TreeMap<>();
    words.put("id", iri);
    words.put(kind, one.without("components", "services"));
    ArtifactKey description =
        statements.put(new TypeTag("cyclonedx/" + kind), StableJson.bytes(words));
    statements.stated(description);
    link(new EdgeType("cyclonedx:" + kind), description, key);
    hash(one, key);
    JsonTree purl = one.member("purl");
    if (purl != null) {
      statements.equate(PACKAGE_URL, key, statements.reference(Statements.NAMED, purl.words()));
    }
    if (whole != null) {
      link(CONTAINS, key, whole);
    }
    if (reference != null) {
      names.put(reference.text(), iri);
    }
    return key;
  }

  /** SHA-256 if it is there, else the one whose algorithm has the least name. */
  private void hash(JsonTree one, ArtifactKey key) {
    TreeMap<String, String> digests = new TreeMap<>();
    for (JsonTree hash : one.items("hashes")) {
      String name = hash.words("alg").toLowerCase(Locale.ROOT);
      digests.put(
          name.startsWith("sha-") ? "sha" + name.substring(4) : name, hash.words("content"));
    }
    if (!digests.isEmpty()) {
      String best = digests.containsKey("sha256") ? "sha256" : digests.firstKey();
      statements.equate(HASH, key, statements.digest(best, String.valueOf(digests.get(best))));
    }
  }

  // ---- dependencies

  private void dependency(JsonTree dependency) {
    ArtifactKey key = named(dependency.require("ref"));
    for (JsonTree on : dependency.items("dependsOn")) {
      link(DEPENDS_ON, named(on), key);
    }
    for (JsonTree provided : dependency.items("provides")) {
      link(PROVIDES, named(provided), key);
    }
  }

  private ArtifactKey named(JsonTree reference) {
    String text = reference.words();
    String iri = names.get(text);
    if (iri == null && text.startsWith(BOM_LINK)) {
      iri = text;
    }
    if (iri == null) {
      throw reference.malformed("no component or service of this bill");
    }
    return statements.reference(Statements.NAMED, iri);
  }

  private void link(EdgeType type, ArtifactKey cause, ArtifactKey effect) {
    statements.link(type, List.of(Endpoint.of(cause)), List.of(Endpoint.of(effect)));
  }

  /** As the fragment of a URI (RFC 3986, section 3.5). */
  private static String encoded(String fragment) {
    StringBuilder out = new StringBuilder(fragment.length());
    for (byte b : fragment.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      boolean plain =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || "-._~!$&'()*+,;=:@/?".indexOf(c) >= 0;
      if (plain) {
        out.append(c);
      } else {
        out.append(String.format(Locale.ROOT, "%%%02X", (int) c));
      }
    }
    return out.toString();
  }
}
