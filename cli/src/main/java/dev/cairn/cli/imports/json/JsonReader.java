package dev.cairn.cli.imports.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/**
 * Reads one JSON text (RFC 8259), strictly: UTF-8 without a byte order mark, no name twice in an
 * object, no lone surrogate, nothing behind the value, bounded depth and count.
 *
 * <p>A refusal is a {@link MalformedException} that begins with the line and the column. Safe for
 * any thread.
 */
public final class JsonReader {
  /** How deep arrays and objects may nest. */
  public static final int DEPTH_MAX = 200;

  /** Most values in one text, names of members included. */
  public static final int VALUES_MAX = 8_000_000;

  /** Longest literal of a number, in characters. */
  public static final int NUMBER_CHARS_MAX = 1_000;

  private static final Bytes BYTE_ORDER_MARK = Bytes.fromHex("efbbbf");
  private static final int WORDS_CHARS_MAX = 200;
  private static final int SCRATCH_CHARS = 1 << 13;

  private final JsonFactory factory =
      new JsonFactoryBuilder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEPTH_MAX)
                  .maxNumberLength(NUMBER_CHARS_MAX)
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNameLength(Integer.MAX_VALUE)
                  .build())
          .build();

  /** A reader. */
  public JsonReader() {}

  /** Reads all of {@code utf8} as one value. */
  public JsonTree read(Bytes utf8) {
    return read(utf8, 0);
  }

  /**
   * Reads one of the lines of a file as one value.
   *
   * @param line its number in the file, or 0 if this is the whole file
   */
  public JsonTree read(Bytes utf8, long line) {
    long first = Math.max(line, 1);
    byte[] bytes = utf8.toArray();
    if (utf8.startsWith(BYTE_ORDER_MARK)) {
      throw new MalformedException(place(first, 1) + "a byte order mark");
    }
    try (Reader text =
            new InputStreamReader(
                new ByteArrayInputStream(bytes),
                StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT));
        JsonParser parser = factory.createParser(text)) {
      return new Reading(parser, line).run();
    } catch (JsonProcessingException e) {
      throw new MalformedException(place(e.getLocation(), first) + words(e), e);
    } catch (CharacterCodingException e) {
      throw new MalformedException(placeOfBadUtf8(bytes, first) + "not UTF-8", e);
    } catch (IOException e) {
      throw new AssertionError("reading from memory", e);
    }
  }

  private static String place(JsonLocation where, long line) {
    return where == null
        ? "line " + line + ": "
        : place(where.getLineNr() + line - 1, where.getColumnNr());
  }

  private static String place(long line, long column) {
    return "line " + line + ", column " + column + ": ";
  }

  private static String words(JsonProcessingException e) {
    String message = String.valueOf(e.getOriginalMessage());
    int own = message.indexOf(" (start marker");
    String words = own < 0 ? message : message.substring(0, own);
    return "not JSON: "
        + (words.length() > WORDS_CHARS_MAX ? words.substring(0, WORDS_CHARS_MAX) + "…" : words);
  }

  /** Counts lines and characters up to the first byte that does not belong to any character. */
  private static String placeOfBadUtf8(byte[] bytes, long line) {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(SCRATCH_CHARS);
    long lines = line;
    long column = 1;
    while (true) {
      CoderResult result = decoder.decode(in, out, true);
      out.flip();
      while (out.hasRemaining()) {
        boolean feed = out.get() == '\n';
        lines += feed ? 1 : 0;
        column = feed ? 1 : column + 1;
      }
      out.clear();
      if (!result.isOverflow()) {
        return place(lines, column);
      }
    }
  }

  /** One reading. */
  private static final class Reading {
    private final JsonParser parser;
    private final long line;
    private int values;

    Reading(JsonParser parser, long line) {
      this.parser = parser;
      this.line = line;
    }

    JsonTree run() throws IOException {
      try {
        return whole();
      } catch (StreamConstraintsException e) {
        boolean deep = parser.getParsingContext().getNestingDepth() >= DEPTH_MAX;
        String bound =
            deep
                ? "nested deeper than " + DEPTH_MAX
                : "a number of more than " + NUMBER_CHARS_MAX + " characters";
        throw new MalformedException(place(parser.currentLocation(), Math.max(line, 1)) + bound, e);
      }
    }

    private JsonTree whole() throws IOException {
      if (parser.nextToken() == null) {
        throw malformed("empty");
      }
      Object value = value();
      if (parser.nextToken() != null) {
        throw malformed("more than one JSON value");
      }
      return new JsonTree(value, line);
    }

    private MalformedException malformed(String what) {
      return new MalformedException(place(parser.currentTokenLocation(), Math.max(line, 1)) + what);
    }

    private Object value() throws IOException {
      if (++values > VALUES_MAX) {
        throw malformed("more than " + String.format(Locale.ROOT, "%,d", VALUES_MAX) + " values");
      }
      JsonToken token = parser.currentToken();
      return switch (token) {
        case START_OBJECT -> object();
        case START_ARRAY -> array();
        case VALUE_STRING -> wellFormed(parser.getText());
        case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new JsonNumber(parser.getText());
        case VALUE_TRUE -> true;
        case VALUE_FALSE -> false;
        case VALUE_NULL -> JsonNull.NULL;
        case END_OBJECT, END_ARRAY, FIELD_NAME, NOT_AVAILABLE, VALUE_EMBEDDED_OBJECT ->
            throw new AssertionError("a value begins with " + token);
      };
    }

    private Object object() throws IOException {
      TreeMap<String, Object> members = new TreeMap<>();
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = wellFormed(parser.currentName());
        parser.nextToken();
        members.put(name, value());
      }
      return members;
    }

    private Object array() throws IOException {
      List<Object> items = new ArrayList<>();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        items.add(value());
      }
      return items;
    }

    private String wellFormed(String text) {
      int at = 0;
      while (at < text.length()) {
        int codePoint = text.codePointAt(at);
        if (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
          throw malformed("a lone surrogate");
        }
        at += Character.charCount(codePoint);
      }
      return text;
    }
  }
}
