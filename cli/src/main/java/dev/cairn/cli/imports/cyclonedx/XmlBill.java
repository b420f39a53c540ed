package dev.cairn.cli.imports.cyclonedx;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.cli.imports.cyclonedx.XmlShapes.Part;
import dev.cairn.cli.imports.cyclonedx.XmlShapes.Place;
import dev.cairn.cli.imports.cyclonedx.XmlShapes.Shape;
import dev.cairn.cli.imports.json.JsonNumber;
import dev.cairn.cli.imports.json.JsonTree;
import dev.cairn.cli.imports.json.TextPlace;
import dev.cairn.cli.imports.xml.XmlText;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import javax.xml.stream.Location;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * Reads a CycloneDX bill in XML as the JSON form that says the same, by {@link XmlShapes}. Document
 * types are refused, so there are no entities but XML's own and nothing outside is read; depth and
 * number of elements are bounded. Elements of other namespaces, such as signatures, have no JSON
 * form and are passed over. One owner, for one reading.
 */
final class XmlBill {
  /** How deep elements may nest. */
  static final int DEPTH_MAX = 128;

  /** Most elements and attributes in one document. */
  static final int VALUES_MAX = 4_000_000;

  /**
   * Most bytes that the places of values take, about: what comes later is said to stand where what
   * is around it does.
   */
  static final int PLACES_BYTES_MAX = 64 << 20;

  /** What a place takes beside its pointer: an entry, a text and two numbers; 146 measured. */
  private static final int PLACE_BYTES = 148;

  private static final String NAMESPACE = "http://cyclonedx.org/schema/bom/";
  private static final Pattern VERSION = Pattern.compile("1\\.[2-6]");
  private static final Pattern NUMBER =
      Pattern.compile("-?(0|[1-9][0-9]{0,100})(\\.[0-9]{1,100})?([eE][-+]?[0-9]{1,9})?");

  private final XmlShapes shapes = new XmlShapes();
  private final Map<String, TextPlace> places = new HashMap<>();
  private final XMLStreamReader in;
  private final String beginning;
  private String namespace = "";
  private String version = "";
  private TextPlace begin = new TextPlace(1, 1);
  private TextPlace end;
  private int depth;
  private int values;
  private int placesBytes;

  /**
   * @param beginning of the text
   */
  private XmlBill(XMLStreamReader in, String beginning) {
    this.in = in;
    this.beginning = beginning;
    this.end = place(in, false);
  }

  /**
   * How far a reader has come.
   *
   * @param text whether behind a text: then it has taken the next {@code <} already
   */
  private static TextPlace place(XMLStreamReader in, boolean text) {
    Location at = in.getLocation();
    int column = at.getColumnNumber();
    return new TextPlace(at.getLineNumber(), Math.max(1, text ? column - 1 : column));
  }

  /** Whether bytes are XML and not JSON: the first that is no blank begins an element. */
  static boolean isXml(Bytes bytes) {
    if (XmlText.isUtf16(bytes)) {
      return true;
    }
    for (int i = XmlText.mark(bytes); i < bytes.length(); i++) {
      int b = bytes.at(i);
      if (b != ' ' && b != '\t' && b != '\r' && b != '\n') {
        return b == '<';
      }
    }
    return false;
  }

  private static XmlText text(Bytes xml) {
    try {
      return XmlText.of(xml);
    } catch (MalformedException e) {
      throw new MalformedException("line 1, column 1: " + e.getMessage(), e);
    }
  }

  /** The JSON form of a document, whose values know where they stand in it. */
  static JsonTree read(Bytes xml) {
    XmlText text = text(xml);
    XMLStreamReader in = null;
    try {
      in = text.reader();
      return new XmlBill(in, text.beginning()).document();
    } catch (XMLStreamException e) {
      Location at = e.getLocation() != null || in == null ? e.getLocation() : in.getLocation();
      TextPlace place =
          at == null
              ? new TextPlace(1, 1)
              : new TextPlace(Math.max(1, at.getLineNumber()), Math.max(1, at.getColumnNumber()));
      throw new MalformedException(place + ": not well-formed XML", e);
    }
  }

  private JsonTree document() throws XMLStreamException {
    while (next() != XMLStreamConstants.START_ELEMENT) {
      // comments and processing instructions before the bill
    }
    namespace = String.valueOf(in.getNamespaceURI());
    if (!in.getLocalName().equals("bom") || !namespace.startsWith(NAMESPACE)) {
      throw malformed("not a bill: no element 'bom' of a namespace " + NAMESPACE + "1.2 to 1.6");
    }
    version = namespace.substring(NAMESPACE.length());
    if (!VERSION.matcher(version).matches()) {
      throw malformed("'" + shown(version) + "' is not a version from 1.2 to 1.6");
    }
    Map<String, Object> bill = object(shapes.get("bom"), "");
    bill.put("bomFormat", "CycloneDX");
    bill.put("specVersion", version);
    while (in.hasNext()) {
      next();
    }
    return JsonTree.of(bill, places);
  }

  // ---- events

  private int next() throws XMLStreamException {
    int event = in.next();
    begin = namespace.isEmpty() ? behindBlanks(end) : end;
    end = place(in, isText(event));
    switch (event) {
      case XMLStreamConstants.DTD -> throw malformed("a document type, which is not read");
      case XMLStreamConstants.ENTITY_REFERENCE ->
          throw malformed("an entity that XML does not know of itself");
      case XMLStreamConstants.START_ELEMENT -> {
        count(1 + in.getAttributeCount());
        if (++depth > DEPTH_MAX) {
          throw malformed("elements nested deeper than " + DEPTH_MAX);
        }
      }
      case XMLStreamConstants.END_ELEMENT -> depth--;
      case XMLStreamConstants.COMMENT, XMLStreamConstants.PROCESSING_INSTRUCTION -> count(1);
      default -> {}
    }
    return event;
  }

  /** The parser tells of no blanks before the bill. */
  private TextPlace behindBlanks(TextPlace from) {
    long line = 1;
    long column = 1;
    for (int i = 0; i < beginning.length(); i++) {
      char c = beginning.charAt(i);
      boolean behind = line > from.line() || (line == from.line() && column >= from.column());
      if (behind && c != ' ' && c != '\t' && c != '\r' && c != '\n') {
        return new TextPlace(line, column);
      }
      column = c == '\n' ? 1 : column + 1;
      line += c == '\n' ? 1 : 0;
    }
    return from;
  }

  private void count(int more) {
    values += more;
    if (values > VALUES_MAX) {
      throw malformed("more than " + VALUES_MAX + " elements and attributes, or comments");
    }
  }

  private boolean isOurs() {
    String uri = in.getNamespaceURI() == null ? "" : in.getNamespaceURI();
    if (uri.isEmpty() || (uri.startsWith(NAMESPACE) && !uri.equals(namespace))) {
      throw malformed(
          "'" + shown(in.getLocalName()) + "' is not of the bill's namespace " + namespace);
    }
    return uri.equals(namespace);
  }

  private MalformedException malformed(String what) {
    return new MalformedException(begin + ": " + what);
  }

  private static String shown(String text) {
    return text.length() > 100 ? text.substring(0, 100) + "…" : text;
  }

  private void skip() throws XMLStreamException {
    int outside = depth - 1;
    while (depth > outside) {
      next();
    }
  }

  // ---- values, each from the beginning of its element to its end

  private Map<String, Object> object(Shape shape, String pointer) throws XMLStreamException {
    String element = in.getLocalName();
    remember(pointer, begin);
    checkAttributes(shape.attributes().keySet());
    Map<String, Object> members = new TreeMap<>();
    for (Map.Entry<String, Part> attribute : shape.attributes().entrySet()) {
      String given = in.getAttributeValue("", attribute.getKey());
      if (given != null) {
        members.put(attribute.getValue().member(), value(attribute.getValue(), given));
      }
    }
    Set<String> seen = new HashSet<>();
    StringBuilder text = new StringBuilder();
    for (int event = next(); event != XMLStreamConstants.END_ELEMENT; event = next()) {
      if (event == XMLStreamConstants.START_ELEMENT) {
        element(element, shape, members, seen, pointer);
      } else if (isText(event)) {
        text.append(in.getText());
      }
    }
    Part own = shape.text();
    if (own != null) {
      members.put(own.member(), value(own, text.toString()));
    } else if (!shape.open() && !text.toString().isBlank()) {
      throw malformed("text in '" + element + "', which has only elements");
    }
    return members;
  }

  /** Those of other vocabularies, such as a place of schemas, are no concern. */
  private void checkAttributes(Set<String> known) {
    for (int i = 0; i < in.getAttributeCount(); i++) {
      String name = in.getAttributeLocalName(i);
      String uri = in.getAttributeNamespace(i);
      if ((uri == null || uri.isEmpty()) && !known.contains(name)) {
        throw malformed("'" + shown(name) + "' is no attribute of '" + in.getLocalName() + "'");
      }
    }
  }

  private void remember(String pointer, TextPlace place) {
    int bytes = PLACE_BYTES + pointer.length();
    if (placesBytes <= PLACES_BYTES_MAX - bytes) {
      placesBytes += bytes;
      places.put(pointer, place);
    }
  }

  private static boolean isText(int event) {
    return event == XMLStreamConstants.CHARACTERS
        || event == XMLStreamConstants.CDATA
        || event == XMLStreamConstants.SPACE;
  }

  private void element(
      String around, Shape shape, Map<String, Object> members, Set<String> seen, String pointer)
      throws XMLStreamException {
    String name = in.getLocalName();
    Part part = isOurs() ? shape.elements().get(name) : null;
    if (part == null && (!isOurs() || shape.open())) {
      skip();
      return;
    }
    if (part == null) {
      throw malformed("'" + shown(name) + "' is no element of '" + around + "' in " + version);
    }
    if (!isItem(part) && !seen.add(name)) {
      throw malformed("'" + name + "' twice");
    }
    String member = part.member();
    String at = pointer + "/" + member;
    if (part.place() == Place.MERGED) {
      Shape merged = shapes.get(String.valueOf(part.shape()));
      for (Map.Entry<String, Object> one : object(merged, pointer).entrySet()) {
        once(members, one.getKey(), one.getValue());
      }
    } else if (part.items() != null) {
      array(part.items(), list(members, member), at);
    } else if (isItem(part)) {
      List<Object> list = list(members, member);
      list.add(elementValue(part, at + "/" + list.size()));
    } else {
      once(members, member, elementValue(part, at));
    }
  }

  private boolean isItem(Part part) {
    return part.place() == Place.ITEM
        || (part.place() == Place.ITEM_SINCE_1_6 && version.equals("1.6"));
  }

  private void once(Map<String, Object> members, String member, Object value) {
    if (members.put(member, value) != null) {
      throw malformed("'" + member + "' twice");
    }
  }

  @SuppressWarnings("unchecked") // made here and nowhere else
  private static List<Object> list(Map<String, Object> members, String member) {
    return (List<Object>) members.computeIfAbsent(member, any -> new ArrayList<>());
  }

  private void array(Map<String, Part> items, List<Object> list, String pointer)
      throws XMLStreamException {
    String around = in.getLocalName();
    checkAttributes(Set.of());
    for (int event = next(); event != XMLStreamConstants.END_ELEMENT; event = next()) {
      if (event == XMLStreamConstants.START_ELEMENT) {
        Part part = isOurs() ? items.get(in.getLocalName()) : null;
        if (part == null && isOurs()) {
          throw malformed(
              "'" + shown(in.getLocalName()) + "' is no element of '" + around + "' in " + version);
        }
        if (part == null) {
          skip();
          continue;
        }
        String at = pointer + "/" + list.size();
        if (part.place() == Place.WRAPPED) {
          Map<String, Object> wrapped = new TreeMap<>();
          wrapped.put(part.member(), elementValue(part, at + "/" + part.member()));
          list.add(wrapped);
        } else {
          list.add(elementValue(part, at));
        }
      } else if (isText(event) && !in.getText().isBlank()) {
        throw malformed("text in '" + around + "', which has only elements");
      }
    }
  }

  /** What the present element stands for; goes on to its end. */
  private Object elementValue(Part part, String pointer) throws XMLStreamException {
    if (part.shape() != null) {
      return object(shapes.get(part.shape()), pointer);
    }
    String name = in.getLocalName();
    TextPlace from = begin;
    checkAttributes(part.from() == null ? Set.of() : Set.of(part.from()));
    String text = part.from() == null ? null : in.getAttributeValue("", part.from());
    if (part.from() != null && text == null) {
      throw malformed("'" + name + "' without '" + part.from() + "'");
    }
    StringBuilder own = new StringBuilder();
    for (int event = next(); event != XMLStreamConstants.END_ELEMENT; event = next()) {
      if (event == XMLStreamConstants.START_ELEMENT) {
        throw malformed("an element in '" + name + "', which has only text");
      } else if (isText(event)) {
        own.append(in.getText());
      }
    }
    if (text != null) {
      remember(pointer, from); // refers to another element; other texts stand where theirs does
    }
    begin = from;
    return value(part, text == null ? own.toString() : text);
  }

  private Object value(Part part, String text) {
    String word = text.strip();
    return switch (part.kind()) {
      case TEXT -> text;
      case WORD -> word;
      case NUMBER -> number(part, word);
      case FLAG -> flag(part, word);
    };
  }

  private Object number(Part part, String word) {
    if (!NUMBER.matcher(word).matches()) {
      throw malformed("'" + part.member() + "' is no number: '" + shown(word) + "'");
    }
    return new JsonNumber(word);
  }

  private Object flag(Part part, String word) {
    return switch (word) {
      case "true", "1" -> true;
      case "false", "0" -> false;
      default -> throw malformed("'" + part.member() + "' is no truth: '" + shown(word) + "'");
    };
  }
}
