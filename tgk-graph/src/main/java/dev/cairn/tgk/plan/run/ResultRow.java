package dev.cairn.tgk.plan.run;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.tgk.json.JsonText;
import dev.cairn.tgk.model.Endpoint;
import dev.cairn.tgk.plan.Field;
import dev.cairn.tgk.plan.Value;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A row of an answer: the plan's fields, in order, with their values. Immutable.
 *
 * @param fields in order
 * @param values of those fields that hold something
 */
public record ResultRow(List<Field> fields, Map<Field, Value> values) {
  public ResultRow {
    fields = List.copyOf(fields);
    EnumMap<Field, Value> copy = new EnumMap<>(Field.class);
    copy.putAll(values);
    values = Collections.unmodifiableMap(copy);
  }

  static ResultRow of(Row row, List<Field> fields) {
    EnumMap<Field, Value> values = new EnumMap<>(Field.class);
    for (Field field : fields) {
      Value value = row.value(field);
      if (value != null) {
        values.put(field, value);
      }
    }
    return new ResultRow(fields, values);
  }

  /** What a field holds. */
  public Optional<Value> value(Field field) {
    return Optional.ofNullable(values.get(field));
  }

  /** The artifact that a field holds. */
  public Optional<ArtifactKey> key(Field field) {
    return value(field).map(value -> value instanceof Value.Key key ? key.key() : null);
  }

  /**
   * The row's one form as JSON, without a line end: a member for each field in order, null for an
   * absent value, numbers of 64 bits as text.
   */
  public String json() {
    return JsonText.of(structure());
  }

  /** The same as a map of text, numbers, lists, maps and null. */
  public Map<String, @Nullable Object> structure() {
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    for (Field field : fields) {
      out.put(field.text(), structure(field, values.get(field)));
    }
    return out;
  }

  /** A value for people: what JSON says, without quotes; {@code -} if there is none. */
  public String text(Field field) {
    Object value = structure(field, values.get(field));
    if (value instanceof List<?> ends) {
      List<String> all = new ArrayList<>();
      for (Object end : ends) {
        Object role = ((Map<?, ?>) end).get("role");
        all.add(((Map<?, ?>) end).get("key") + (role == null ? "" : "=" + role));
      }
      return String.join(" ", all);
    }
    return value == null ? "-" : value.toString();
  }

  private static @Nullable Object structure(Field field, @Nullable Value value) {
    if (value == null) {
      return null;
    }
    if (value instanceof Value.Key key) {
      return key.key().toString();
    }
    if (value instanceof Value.Text text) {
      return text.text();
    }
    if (value instanceof Value.Num num) {
      return switch (field.kind()) {
        case TIME -> Instant.ofEpochMilli(num.number()).toString();
        case COUNT -> num.number();
        default -> Long.toString(num.number());
      };
    }
    List<Object> ends = new ArrayList<>();
    for (Endpoint endpoint : ((Value.Ends) value).ends()) {
      Map<String, Object> end = new LinkedHashMap<>();
      end.put("key", endpoint.key().toString());
      if (endpoint.role() != null) {
        end.put("role", endpoint.role());
      }
      ends.add(end);
    }
    return ends;
  }
}
