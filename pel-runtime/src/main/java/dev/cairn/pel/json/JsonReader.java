package dev.cairn.pel.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.pel.model.Mistakes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads one JSON text, strictly: UTF-8 without a byte order mark, no name twice in an object, no
 * lone surrogate, nothing behind the value, bounded depth.
 *
 * <p>A refusal is a {@link MalformedException} that gives the place as a JSON pointer, and line and
 * column where the grammar itself is broken. One owner at a time.
 */
public final class JsonReader {
  private static final int NUMBER_CHARS_MAX = 1000;

  private final String format;
  private final int depthMax;
  private final @Nullable TextPlaces places;
  private final JsonFactory factory;

  /**
   * A reader.
   *
   * @param format what is being read, for messages: {@code "program"}
   * @param depthMax how deep arrays and objects may nest
   */
  public JsonReader(String format, int depthMax) {
    this(format, depthMax, null);
  }

  /**
   * A reader.
   *
   * @param format what is being read, for messages: {@code "program"}
   * @param depthMax how deep arrays and objects may nest
   * @param places takes where each value stands; if given, every refusal tells line and column
   */
  public JsonReader(String format, int depthMax, @Nullable TextPlaces places) {
    this.format = format;
    this.depthMax = depthMax;
    this.places = places;
    this.factory =
        JsonFactory.builder()
            .streamReadConstraints(
                StreamReadConstraints.builder()
                    .maxNestingDepth(depthMax + 2)
                    .maxNumberLength(NUMBER_CHARS_MAX)
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNameLength(Integer.MAX_VALUE)
                    .build())
            .build();
  }

  /** Reads all of {@code utf8} as one value. */
  public Json read(Bytes utf8) {
    return read(decode(format, utf8));
  }

  /** Reads all of {@code text} as one value. */
  public Json read(String text) {
    try (JsonParser parser = factory.createParser(text)) {
      if (parser.nextToken() == null) {
        throw malformed(parser, "", "empty");
      }
      note(parser, "");
      Json value = value(parser, "", 0);
      if (parser.nextToken() != null) {
        throw malformed(parser, "", "something behind the value");
      }
      return value;
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      throw syntax(e);
    } catch (IOException e) {
      throw new UncheckedIOException("reading from memory", e);
    }
  }

  /** The text of strict UTF-8. */
  public static String decode(String format, Bytes utf8) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(utf8.toByteBuffer())
          .toString();
    } catch (CharacterCodingException e) {
      throw new MalformedException(format + ": not UTF-8", e);
    }
  }

  private Json value(JsonParser parser, String place, int depth) throws IOException {
    if (depth > depthMax) {
      throw malformed(parser, "", "nested deeper than " + depthMax);
    }
    JsonToken token = parser.currentToken();
    return switch (token) {
      case START_OBJECT -> object(parser, place, depth);
      case START_ARRAY -> array(parser, place, depth);
      case VALUE_STRING -> new Json.Text(wellFormed(parser, parser.getText(), place));
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new Json.Num(parser.getText());
      case VALUE_TRUE -> new Json.Bool(true);
      case VALUE_FALSE -> new Json.Bool(false);
      case VALUE_NULL -> new Json.Null();
      case END_OBJECT, END_ARRAY, FIELD_NAME, NOT_AVAILABLE, VALUE_EMBEDDED_OBJECT ->
          throw new AssertionError("a value begins with " + token);
    };
  }

  private Json object(JsonParser parser, String place, int depth) throws IOException {
    TreeMap<String, Json> members = new TreeMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      String at = Mistakes.at(place, name);
      wellFormed(parser, name, at);
      if (members.containsKey(name)) {
        throw malformed(parser, at, "this name stands twice");
      }
      note(parser, at);
      parser.nextToken();
      members.put(name, value(parser, at, depth + 1));
    }
    return new Json.Dict(members);
  }

  private Json array(JsonParser parser, String place, int depth) throws IOException {
    List<Json> items = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      String at = Mistakes.at(place, items.size());
      note(parser, at);
      items.add(value(parser, at, depth + 1));
    }
    return new Json.Array(items);
  }

  private String wellFormed(JsonParser parser, String text, String place) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        boolean pair =
            i + 1 < text.length() && Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1));
        if (!pair) {
          throw malformed(parser, place, "a lone surrogate");
        }
        i++;
      }
    }
    return text;
  }

  /** Jackson's own words may hold foreign text of any length, so only the place is told. */
  private MalformedException syntax(com.fasterxml.jackson.core.JsonProcessingException e) {
    String what =
        e instanceof com.fasterxml.jackson.core.exc.StreamConstraintsException
            ? "too deep, or a number too long"
            : "not JSON";
    JsonLocation where = e.getLocation();
    String place =
        where == null ? "" : " at line " + where.getLineNr() + ", column " + where.getColumnNr();
    return new MalformedException(format + place + ": " + what, e);
  }

  private void note(JsonParser parser, String place) {
    if (places != null) {
      JsonLocation at = parser.currentTokenLocation();
      places.add(place, at.getLineNr(), at.getColumnNr());
    }
  }

  private MalformedException malformed(JsonParser parser, String place, String what) {
    String shown = place.isEmpty() ? "/" : place;
    if (places != null) {
      JsonLocation at = parser.currentTokenLocation();
      shown = TextPlaces.show(place, at.getLineNr(), at.getColumnNr());
    }
    return new MalformedException(format + ": " + shown + ": " + what);
  }
}
