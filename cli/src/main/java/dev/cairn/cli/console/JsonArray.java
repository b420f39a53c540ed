package dev.cairn.cli.console;

/** A JSON array being written. One owner at a time. */
public final class JsonArray {
  private final StringBuilder text = new StringBuilder("[");

  /** An array with no element yet. */
  public JsonArray() {}

  /** One more object. */
  public JsonArray add(JsonObject value) {
    return raw(value.toString());
  }

  /** One more text. */
  public JsonArray add(String value) {
    StringBuilder quoted = new StringBuilder();
    JsonObject.quote(value, quoted);
    return raw(quoted.toString());
  }

  /** One more count. */
  public JsonArray add(long count) {
    return raw(Long.toString(count));
  }

  private JsonArray raw(String json) {
    if (text.length() > 1) {
      text.append(',');
    }
    text.append(json);
    return this;
  }

  /** The document. */
  @Override
  public String toString() {
    return text + "]";
  }
}
