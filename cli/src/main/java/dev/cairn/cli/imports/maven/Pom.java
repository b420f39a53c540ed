package dev.cairn.cli.imports.maven;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.cli.imports.xml.XmlText;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/**
 * What a POM says of itself and of others, as written: properties are not yet replaced.
 *
 * @param self its own coordinate; parts that it leaves to its parent are empty
 * @param parent its parent, if it has one
 * @param properties by name
 * @param dependencies in the order of the file
 * @param managed the dependencies that it manages, likewise
 */
record Pom(
    Dependency self,
    @Nullable Dependency parent,
    Map<String, String> properties,
    List<Dependency> dependencies,
    List<Dependency> managed) {
  /** Largest file read. */
  static final int BYTES_MAX = 4 << 20;

  private static final int DEPTH_MAX = 200;
  private static final Set<String> XML_ENTITIES = Set.of("amp", "lt", "gt", "apos", "quot");
  private static final Set<String> PARTS =
      Set.of("groupId", "artifactId", "version", "scope", "type");

  /**
   * A coordinate with its use; empty text where nothing is said.
   *
   * @param group group id
   * @param artifact artifact id
   * @param version version
   * @param scope scope
   * @param type packaging
   */
  record Dependency(String group, String artifact, String version, String scope, String type) {
    static Dependency of(Map<String, String> parts) {
      return new Dependency(
          parts.getOrDefault("groupId", ""),
          parts.getOrDefault("artifactId", ""),
          parts.getOrDefault("version", ""),
          parts.getOrDefault("scope", ""),
          parts.getOrDefault("type", ""));
    }
  }

  Pom {
    properties = Collections.unmodifiableMap(new TreeMap<>(properties));
    dependencies = List.copyOf(dependencies);
    managed = List.copyOf(managed);
  }

  /** Reads XML, with document types and external entities off. */
  static Pom parse(Bytes xml) {
    if (xml.length() > BYTES_MAX) {
      throw new MalformedException("POM of " + xml.length() + " bytes, more than " + BYTES_MAX);
    }
    XmlText text = XmlText.of(Bytes.wrap(withoutEntities(xml)));
    try {
      return new Reader(text.reader()).read();
    } catch (XMLStreamException e) {
      if (e.getNestedException() instanceof CharacterCodingException) {
        throw new MalformedException("not XML: it has bytes that are not " + text.charset(), e);
      }
      throw new MalformedException("not XML: " + e.getMessage(), e);
    }
  }

  /**
   * The text with spaces in place of named entities, except XML's own five. Old POMs name those of
   * HTML in descriptions, undeclared, which Maven knows and an XML parser refuses; nothing that is
   * read here needs one.
   */
  private static byte[] withoutEntities(Bytes xml) {
    byte[] text = xml.toArray();
    for (int at = 0; at < text.length; at++) {
      if (text[at] == '&') {
        int end = at + 1;
        while (end < text.length && isNameByte(text[end])) {
          end++;
        }
        if (end < text.length
            && text[end] == ';'
            && !XML_ENTITIES.contains(
                new String(text, at + 1, end - at - 1, StandardCharsets.US_ASCII))) {
          Arrays.fill(text, at, end + 1, (byte) ' ');
        }
      }
    }
    return text;
  }

  private static boolean isNameByte(byte b) {
    return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9');
  }

  private static final class Reader {
    private final XMLStreamReader in;
    private final Deque<String> open = new ArrayDeque<>();
    private final StringBuilder text = new StringBuilder();
    private final Map<String, String> self = new HashMap<>();
    private final Map<String, String> parent = new HashMap<>();
    private final Map<String, String> properties = new HashMap<>();
    private final List<Dependency> dependencies = new ArrayList<>();
    private final List<Dependency> managed = new ArrayList<>();
    private Map<String, String> dependency = new HashMap<>();

    Reader(XMLStreamReader in) {
      this.in = in;
    }

    Pom read() throws XMLStreamException {
      while (in.hasNext()) {
        switch (in.next()) {
          case XMLStreamConstants.START_ELEMENT -> begin(in.getLocalName());
          case XMLStreamConstants.END_ELEMENT -> end();
          case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> text.append(in.getText());
          case XMLStreamConstants.DTD -> throw new MalformedException("a document type");
          default -> {}
        }
      }
      Dependency itself = Dependency.of(self);
      if (itself.artifact().isEmpty()) {
        throw new MalformedException("not a POM: no artifactId");
      }
      return new Pom(
          itself,
          parent.isEmpty() ? null : Dependency.of(parent),
          properties,
          dependencies,
          managed);
    }

    private void begin(String name) {
      if (open.isEmpty() && !name.equals("project")) {
        throw new MalformedException("not a POM: the root element is " + name);
      }
      if (open.size() == DEPTH_MAX) {
        throw new MalformedException("elements nested deeper than " + DEPTH_MAX);
      }
      open.addLast(name);
      text.setLength(0);
    }

    private void end() {
      String path = String.join("/", open);
      String name = open.removeLast();
      String within = String.join("/", open);
      String value = text.toString().strip();
      text.setLength(0);
      switch (within) {
        case "project" -> keep(self, name, value);
        case "project/parent" -> keep(parent, name, value);
        case "project/properties" -> properties.put(name, value);
        case "project/dependencies/dependency",
            "project/dependencyManagement/dependencies/dependency" ->
            keep(dependency, name, value);
        default -> {}
      }
      if (path.equals("project/dependencies/dependency")) {
        dependencies.add(Dependency.of(dependency));
        dependency = new HashMap<>();
      } else if (path.equals("project/dependencyManagement/dependencies/dependency")) {
        managed.add(Dependency.of(dependency));
        dependency = new HashMap<>();
      }
    }

    private static void keep(Map<String, String> parts, String name, String value) {
      if (PARTS.contains(name)) {
        parts.put(name, value);
      }
    }
  }
}
