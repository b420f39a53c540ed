package dev.cairn.cli.imports.trace;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.cli.imports.trace.TraceLine.End;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads one line of a trace, strictly: one JSON object (RFC 8259) in UTF-8 with exactly the fields
 * of one kind of line, none twice. Anything else is a {@link MalformedException} that says what is
 * wrong; the caller knows the line's number. Safe for any thread.
 */
final class TraceParser {
  /** Longest alias, in characters. */
  static final int ALIAS_CHARS_MAX = 65_536;

  /** Longest line, in bytes. */
  static final int LINE_BYTES_MAX = 64 << 20;

  private static final int NESTING_MAX = 8;
  private static final int NUMBER_CHARS_MAX = 100;

  /** Stands for any key while the shape of an edge is checked before its aliases are known. */
  private static final ArtifactKey ANY = ArtifactKey.of(Bytes.EMPTY, null);

  private final JsonFactory json =
      new JsonFactoryBuilder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(NESTING_MAX)
                  .maxNumberLength(NUMBER_CHARS_MAX)
                  .maxStringLength(LINE_BYTES_MAX)
                  .build())
          .build();

  /** The fields of a line, as far as they are there. */
  private static final class Fields {
    private @Nullable String artifact;
    private @Nullable String edge;
    private @Nullable String tombstone;
    private @Nullable String type;
    private @Nullable String text;
    private @Nullable String base64;
    private @Nullable List<End> from;
    private @Nullable List<End> to;
  }

  TraceLine parse(byte[] line) {
    try (JsonParser in = json.createParser(decode(line))) {
      if (in.nextToken() != JsonToken.START_OBJECT) {
        throw new MalformedException("not a JSON object");
      }
      Fields fields = new Fields();
      while (in.nextToken() != JsonToken.END_OBJECT) {
        read(in, in.currentName(), fields);
      }
      if (in.nextToken() != null) {
        throw new MalformedException("more than one JSON value");
      }
      return lineOf(fields);
    } catch (JsonProcessingException e) {
      throw new MalformedException("not JSON: " + withoutPlace(e.getOriginalMessage()), e);
    } catch (IOException e) {
      throw new AssertionError("reading from memory", e);
    }
  }

  /** Jackson's message without its own words on the place: the caller knows the line. */
  private static String withoutPlace(String message) {
    int place = message.indexOf(" (start marker");
    return place < 0 ? message : message.substring(0, place);
  }

  private static String decode(byte[] line) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(line)).toString();
    } catch (CharacterCodingException e) {
      throw new MalformedException("not UTF-8", e);
    }
  }

  private static void read(JsonParser in, String name, Fields fields) throws IOException {
    in.nextToken();
    switch (name) {
      case "artifact" -> fields.artifact = alias(in, name);
      case "edge" -> fields.edge = text(in, name);
      case "tombstone" -> fields.tombstone = alias(in, name);
      case "type" -> fields.type = text(in, name);
      case "text" -> fields.text = text(in, name);
      case "base64" -> fields.base64 = text(in, name);
      case "from" -> fields.from = ends(in, name);
      case "to" -> fields.to = ends(in, name);
      default -> throw new MalformedException("unknown field '" + name + "'");
    }
  }

  private static String text(JsonParser in, String name) throws IOException {
    if (in.currentToken() != JsonToken.VALUE_STRING) {
      throw new MalformedException("'" + name + "' is not a string");
    }
    String text = in.getText();
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw new MalformedException("'" + name + "' is not well-formed Unicode");
    }
    return text;
  }

  private static String alias(JsonParser in, String name) throws IOException {
    String alias = text(in, name);
    if (alias.isEmpty() || alias.length() > ALIAS_CHARS_MAX) {
      throw new MalformedException("'" + name + "': an alias of " + alias.length() + " characters");
    }
    return alias;
  }

  private static List<End> ends(JsonParser in, String name) throws IOException {
    if (in.currentToken() != JsonToken.START_ARRAY) {
      throw new MalformedException("'" + name + "' is not a list");
    }
    List<End> ends = new ArrayList<>();
    while (in.nextToken() != JsonToken.END_ARRAY) {
      if (ends.size() == Edge.EDGE_ENDPOINTS_MAX) {
        throw new MalformedException(
            "'" + name + "': more than " + Edge.EDGE_ENDPOINTS_MAX + " ends");
      }
      ends.add(end(in, name));
    }
    return ends;
  }

  private static End end(JsonParser in, String name) throws IOException {
    if (in.currentToken() == JsonToken.VALUE_STRING) {
      return new End(alias(in, name), null);
    }
    if (in.currentToken() != JsonToken.START_OBJECT) {
      throw new MalformedException("'" + name + "': an end is an alias or an object");
    }
    String alias = null;
    String role = null;
    while (in.nextToken() != JsonToken.END_OBJECT) {
      String field = in.currentName();
      in.nextToken();
      switch (field) {
        case "ref" -> alias = alias(in, "ref");
        case "role" -> role = CborWriter.normalise(text(in, "role"));
        default -> throw new MalformedException("'" + name + "': unknown field '" + field + "'");
      }
    }
    if (alias == null) {
      throw new MalformedException("'" + name + "': an end without 'ref'");
    }
    Endpoint unused = new Endpoint(ANY, role);
    return new End(alias, role);
  }

  private static TraceLine lineOf(Fields fields) {
    int kinds =
        (fields.artifact == null ? 0 : 1)
            + (fields.edge == null ? 0 : 1)
            + (fields.tombstone == null ? 0 : 1);
    if (kinds != 1) {
      throw new MalformedException("not exactly one of 'artifact', 'edge' and 'tombstone'");
    }
    if (fields.artifact != null) {
      return artifact(fields, fields.artifact);
    }
    if (fields.edge != null) {
      return link(fields, fields.edge);
    }
    refuse(fields.type, "type");
    refuse(fields.text, "text");
    refuse(fields.base64, "base64");
    refuse(fields.from, "from");
    refuse(fields.to, "to");
    return new TraceLine.Tombstone(java.util.Objects.requireNonNull(fields.tombstone));
  }

  private static TraceLine artifact(Fields fields, String alias) {
    refuse(fields.from, "from");
    refuse(fields.to, "to");
    Bytes payload;
    if (fields.text != null) {
      refuse(fields.base64, "base64 beside text");
      payload = Bytes.utf8(fields.text);
    } else if (fields.base64 != null) {
      payload = decodeBase64(fields.base64);
    } else {
      throw new MalformedException("an artifact without 'base64' or 'text'");
    }
    TypeTag type = fields.type == null ? null : new TypeTag(fields.type);
    return new TraceLine.Artifact(alias, type, payload);
  }

  private static Bytes decodeBase64(String text) {
    try {
      return Bytes.wrap(Base64.getDecoder().decode(text));
    } catch (IllegalArgumentException e) {
      throw new MalformedException("'base64' is not base64: " + e.getMessage(), e);
    }
  }

  private static TraceLine link(Fields fields, String type) {
    refuse(fields.type, "type");
    refuse(fields.base64, "base64");
    if (fields.from == null || fields.to == null) {
      throw new MalformedException("an edge without 'from' or 'to'");
    }
    if (fields.to.isEmpty()) {
      throw new MalformedException("an edge without an effect: 'to' is empty");
    }
    if (fields.from.size() + fields.to.size() > Edge.EDGE_ENDPOINTS_MAX) {
      throw new MalformedException("an edge of more than " + Edge.EDGE_ENDPOINTS_MAX + " ends");
    }
    return new TraceLine.Link(new EdgeType(type), fields.from, fields.to, fields.text);
  }

  private static void refuse(@Nullable Object field, String name) {
    if (field != null) {
      throw new MalformedException("'" + name + "' does not belong here");
    }
  }
}
