package dev.cairn.pel.text;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.pel.json.Json;
import dev.cairn.pel.json.TextPlaces;
import dev.cairn.pel.model.Mistakes;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/**
 * Reads one YAML 1.2 document into the tree that the same JSON would give.
 *
 * <p>Works on the parser's events, so nothing is constructed that the tree does not have: plain
 * scalars are resolved by the JSON schema (null, true, false, numbers; all else is text), explicit
 * tags are refused, keys must be strings, and an alias repeats a finished value, which makes
 * self-reference impossible and growth countable. Used once.
 */
final class YamlReader {
  private static final Pattern NUMBER =
      Pattern.compile("-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?(?:[eE][-+]?[0-9]+)?");
  private static final Pattern SPECIAL_FLOAT =
      Pattern.compile("[-+]?\\.(?:inf|Inf|INF)|\\.(?:nan|NaN|NAN)");

  private record Anchored(Json value, long count) {}

  private final Iterator<Event> events;
  private final TextPlaces places;
  private final Map<Anchor, Anchored> anchors = new java.util.HashMap<>();
  private long count;

  private YamlReader(Iterator<Event> events, TextPlaces places) {
    this.events = events;
    this.places = places;
  }

  /**
   * @param places takes where each value stands
   */
  static Json read(String source, TextPlaces places) {
    LoadSettings settings =
        LoadSettings.builder()
            .setLabel(ProgramText.FORMAT)
            .setCodePointLimit(ProgramText.SOURCE_BYTES_MAX)
            .setUseMarks(true)
            .build();
    try {
      return new YamlReader(new ParserImpl(settings, new StreamReader(settings, source)), places)
          .document();
    } catch (MarkedYamlEngineException e) {
      String where =
          e.getProblemMark()
              .map(
                  mark -> " at line " + (mark.getLine() + 1) + ", column " + (mark.getColumn() + 1))
              .orElse("");
      throw new MalformedException(ProgramText.FORMAT + where + ": not YAML", e);
    } catch (YamlEngineException e) {
      throw new MalformedException(ProgramText.FORMAT + ": not YAML", e);
    }
  }

  private Json document() {
    expect(Event.ID.StreamStart);
    Event start = events.next();
    if (start.getEventId() == Event.ID.StreamEnd) {
      throw malformed(start, "", "empty");
    }
    Event first = events.next();
    note(first, "");
    Json value = value(first, "", 0);
    expect(Event.ID.DocumentEnd);
    Event behind = events.next();
    if (behind.getEventId() != Event.ID.StreamEnd) {
      throw malformed(behind, "", "more than one document");
    }
    return value;
  }

  private void expect(Event.ID id) {
    Event event = events.next();
    if (event.getEventId() != id) {
      throw new AssertionError(
          "the parser gave " + event.getEventId() + " where " + id + " is due");
    }
  }

  private Json value(Event event, String place, int depth) {
    if (depth > ProgramText.DEPTH_MAX) {
      throw malformed(event, "", "nested deeper than " + ProgramText.DEPTH_MAX);
    }
    long before = count;
    counted(event, place, 1);
    if (event instanceof AliasEvent alias) {
      return repeated(alias, place);
    }
    Json value;
    Optional<String> tag;
    if (event instanceof ScalarEvent scalar) {
      tag = scalar.getTag();
      value = scalar(scalar, place);
    } else if (event instanceof SequenceStartEvent sequence) {
      tag = sequence.getTag();
      value = sequence(place, depth);
    } else if (event instanceof MappingStartEvent mapping) {
      tag = mapping.getTag();
      value = mapping(place, depth);
    } else {
      throw new AssertionError("a value begins with " + event.getEventId());
    }
    if (tag.isPresent()) {
      throw malformed(event, place, "a tag");
    }
    remember((NodeEvent) event, value, count - before);
    return value;
  }

  private void remember(NodeEvent event, Json value, long values) {
    event.getAnchor().ifPresent(anchor -> anchors.put(anchor, new Anchored(value, values)));
  }

  private Json repeated(AliasEvent alias, String place) {
    Anchored anchored = anchors.get(alias.getAlias());
    if (anchored == null) {
      throw malformed(
          alias,
          place,
          "alias " + Mistakes.quote(alias.getAlias().getValue()) + " of nothing before it");
    }
    counted(alias, place, anchored.count());
    return anchored.value();
  }

  private void counted(Event event, String place, long values) {
    count += values;
    if (count > ProgramText.VALUES_MAX) {
      throw malformed(event, place, "more than " + ProgramText.VALUES_MAX + " values");
    }
  }

  private Json sequence(String place, int depth) {
    List<Json> items = new ArrayList<>();
    for (Event event = events.next();
        event.getEventId() != Event.ID.SequenceEnd;
        event = events.next()) {
      String at = Mistakes.at(place, items.size());
      note(event, at);
      items.add(value(event, at, depth + 1));
    }
    return new Json.Array(items);
  }

  private Json mapping(String place, int depth) {
    TreeMap<String, Json> members = new TreeMap<>();
    for (Event event = events.next();
        event.getEventId() != Event.ID.MappingEnd;
        event = events.next()) {
      if (!(value(event, place, depth + 1) instanceof Json.Text key)) {
        throw malformed(event, place, "a key that is not a string");
      }
      String at = Mistakes.at(place, key.value());
      if (members.containsKey(key.value())) {
        throw malformed(event, at, "this name stands twice");
      }
      note(event, at);
      members.put(key.value(), value(events.next(), at, depth + 1));
    }
    return new Json.Dict(members);
  }

  private Json scalar(ScalarEvent scalar, String place) {
    String text = scalar.getValue();
    if (scalar.getScalarStyle() != ScalarStyle.PLAIN) {
      return new Json.Text(wellFormed(scalar, text, place));
    }
    return switch (text) {
      case "", "~", "null" -> new Json.Null();
      case "true" -> new Json.Bool(true);
      case "false" -> new Json.Bool(false);
      default ->
          NUMBER.matcher(text).matches() || SPECIAL_FLOAT.matcher(text).matches()
              ? new Json.Num(text)
              : new Json.Text(wellFormed(scalar, text, place));
    };
  }

  private String wellFormed(Event event, String text, String place) {
    boolean lone = text.codePoints().anyMatch(c -> c >= 0xd800 && c <= 0xdfff);
    if (lone) {
      throw malformed(event, place, "a lone surrogate");
    }
    return text;
  }

  private void note(Event event, String place) {
    event
        .getStartMark()
        .ifPresent(mark -> places.add(place, mark.getLine() + 1L, mark.getColumn() + 1L));
  }

  private static MalformedException malformed(Event event, String place, String what) {
    String shown =
        event
            .getStartMark()
            .map(mark -> TextPlaces.show(place, mark.getLine() + 1L, mark.getColumn() + 1L))
            .orElse(place.isEmpty() ? "/" : place);
    return new MalformedException(ProgramText.FORMAT + ": " + shown + ": " + what);
  }
}
