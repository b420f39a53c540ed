package dev.cairn.tgk.plan.run;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.tgk.plan.Field;
import dev.cairn.tgk.plan.Value;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A row of values that were computed; fields without a value are left out. */
final class ValueRow implements Row {
  private final Map<Field, Value> values;

  ValueRow(Map<Field, Value> values) {
    this.values = new EnumMap<>(Field.class);
    this.values.putAll(values);
  }

  Map<Field, Value> values() {
    return values;
  }

  @Override
  public @Nullable Value value(Field field) {
    return values.get(field);
  }

  @Override
  public Row only(Collection<Field> fields) {
    ValueRow row = new ValueRow(values);
    row.values.keySet().retainAll(fields);
    return row;
  }

  @Override
  public ArtifactKey key() {
    if (values.get(Field.KEY) instanceof Value.Key key) {
      return key.key();
    }
    throw new AssertionError("a row without a key where the plan promises one");
  }
}
