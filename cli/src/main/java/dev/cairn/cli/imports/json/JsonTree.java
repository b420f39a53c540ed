package dev.cairn.cli.imports.json;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A JSON value that knows its place in its document, so that whoever finds fault with it can say
 * where: {@code at /used/_:u1/prov:entity} (a JSON pointer, RFC 6901), with the line before it if
 * the document has one value a line.
 *
 * <p>Immutable. Members stand in the order of their names' UTF-16 units.
 */
public final class JsonTree {
  private static final int POINTER_CHARS_MAX = 300;

  private final Object value;
  private final @Nullable JsonTree parent;
  private final String step;
  private final long line;
  private final Map<String, TextPlace> places;

  /** A document; {@code line} is its number if it is one of the lines of a file, else 0. */
  JsonTree(Object value, long line) {
    this.value = value;
    this.parent = null;
    this.step = "";
    this.line = line;
    this.places = Map.of();
  }

  private JsonTree(Object value, Map<String, TextPlace> places) {
    this.value = value;
    this.parent = null;
    this.step = "";
    this.line = 0;
    this.places = places;
  }

  private JsonTree(Object value, JsonTree parent, String step) {
    this.value = value;
    this.parent = parent;
    this.step = step;
    this.line = parent.line;
    this.places = parent.places;
  }

  /** A value that stands nowhere yet: of maps, lists, texts, numbers, truths and null. */
  public static JsonTree of(Object value) {
    return new JsonTree(value, 0);
  }

  /**
   * A document that was written in another form.
   *
   * @param places where values stand, by their pointers; a value without one stands where what is
   *     around it does
   */
  public static JsonTree of(Object value, Map<String, TextPlace> places) {
    return new JsonTree(value, Map.copyOf(places));
  }

  /** The last step to it: the name of a member, or the number of an item. */
  public String name() {
    return step;
  }

  /** What it stands in; null for a document. */
  public @Nullable JsonTree parent() {
    return parent;
  }

  /** The value as plain data: map, list, text, {@link JsonNumber}, truth or {@link JsonNull}. */
  public Object data() {
    return value;
  }

  /** The bytes that {@link StableJson} gives it. */
  public Bytes bytes() {
    return StableJson.bytes(value);
  }

  /** True for an object. */
  public boolean isObject() {
    return value instanceof Map;
  }

  /** True for an array. */
  public boolean isArray() {
    return value instanceof List;
  }

  /** True for a string. */
  public boolean isText() {
    return value instanceof String;
  }

  /** True for {@code null}. */
  public boolean isNull() {
    return value == JsonNull.NULL;
  }

  /** The members of an object. */
  public List<JsonTree> members() {
    List<JsonTree> members = new ArrayList<>();
    map().forEach((name, member) -> members.add(new JsonTree(member, this, name)));
    return members;
  }

  /** A member of an object; null if it is not there, or is {@code null}. */
  public @Nullable JsonTree member(String name) {
    Object member = map().get(name);
    return member == null || member == JsonNull.NULL ? null : new JsonTree(member, this, name);
  }

  /** A member that must be there. */
  public JsonTree require(String name) {
    JsonTree member = member(name);
    if (member == null) {
      throw malformed("'" + name + "' is missing");
    }
    return member;
  }

  /** The items of an array. */
  public List<JsonTree> items() {
    if (!(value instanceof List<?> list)) {
      throw malformed("not an array");
    }
    List<JsonTree> items = new ArrayList<>(list.size());
    for (Object item : list) {
      items.add(new JsonTree(item, this, Integer.toString(items.size())));
    }
    return items;
  }

  /** The items of a member that is an array; none if it is not there. */
  public List<JsonTree> items(String name) {
    JsonTree member = member(name);
    return member == null ? List.of() : member.items();
  }

  /** The text of a string. */
  public String text() {
    if (!(value instanceof String text)) {
      throw malformed("not a string");
    }
    return text;
  }

  /** The text of a string that is not empty. */
  public String words() {
    String text = text();
    if (text.isEmpty()) {
      throw malformed("an empty string");
    }
    return text;
  }

  /** The text of a member that must be there and not be empty. */
  public String words(String name) {
    return require(name).words();
  }

  /** The text of a member; null if it is not there. */
  public @Nullable String textOf(String name) {
    JsonTree member = member(name);
    return member == null ? null : member.text();
  }

  /** A refusal of this value, with its place. */
  public MalformedException malformed(String what) {
    return malformed(what, null);
  }

  /** A refusal of this value, with its place and what is underneath. */
  public MalformedException malformed(String what, @Nullable Throwable cause) {
    return new MalformedException(place() + what, cause);
  }

  /** Where this stands, as it begins a message. */
  public String place() {
    String pointer = pointer();
    String shown =
        pointer.length() > POINTER_CHARS_MAX
            ? pointer.substring(0, POINTER_CHARS_MAX) + "…"
            : pointer;
    String at = "at " + (shown.isEmpty() ? "the top" : shown) + ": ";
    TextPlace place = line > 0 ? TextPlace.ofLine(line) : placeAround(pointer);
    return place == null ? at : place + ", " + at;
  }

  private @Nullable TextPlace placeAround(String pointer) {
    for (String around = pointer; ; around = around.substring(0, around.lastIndexOf('/'))) {
      TextPlace known = places.get(around);
      if (known != null || around.isEmpty()) {
        return known;
      }
    }
  }

  /** Where this stands in its document (RFC 6901). */
  public String pointer() {
    List<String> steps = new ArrayList<>();
    for (JsonTree at = this; at.parent != null; at = at.parent) {
      steps.add(at.step.replace("~", "~0").replace("/", "~1"));
    }
    StringBuilder pointer = new StringBuilder();
    for (int i = steps.size() - 1; i >= 0; i--) {
      pointer.append('/').append(steps.get(i));
    }
    return pointer.toString();
  }

  /** The object's members as they are, without those named. */
  public Map<String, Object> without(String... names) {
    Map<String, Object> rest = new TreeMap<>(map());
    for (String name : names) {
      rest.remove(name);
    }
    return rest;
  }

  @SuppressWarnings("unchecked") // only JsonReader and code of ours make such maps
  private Map<String, Object> map() {
    if (!(value instanceof Map)) {
      throw malformed("not an object");
    }
    return (Map<String, Object>) value;
  }

  @Override
  public String toString() {
    return "JsonTree[" + pointer() + "]";
  }
}
