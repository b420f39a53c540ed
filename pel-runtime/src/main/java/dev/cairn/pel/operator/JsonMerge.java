package dev.cairn.pel.operator;

import dev.cairn.pel.json.CanonicalJson;
import dev.cairn.pel.json.Json;
import dev.cairn.pel.model.Mistakes;
import dev.cairn.pel.model.OperatorId;
import dev.cairn.pel.operator.OperatorSpec.Kind;
import dev.cairn.pel.operator.OperatorSpec.Parameter;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * {@code json/merge@1}: several JSON objects as one; a list of artifacts stands for its items.
 *
 * <p>Members of one name are merged: objects member by member; integers by their sum, or by the
 * greatest where the parameter {@code max} names the member, at any depth; all else must be equal.
 * Numbers must be integers from -(2^53-1) to 2^53-1, and so must each sum on the way. The order of
 * inputs does not matter, except for which mistake is reported.
 */
final class JsonMerge implements Operator {
  private static final OperatorId ID = new OperatorId("json/merge", 1);
  private static final OperatorSpec SPEC =
      new OperatorSpec(
          "Several JSON objects as one: integers add up, all else must be equal.",
          1,
          OperatorSpec.ANY_NUMBER,
          List.of(
              new Parameter(
                  "max", Kind.TEXTS, false, "names of members of which the greatest is taken")));

  /** The greatest integer of which a double and its neighbours are exact (RFC 7493). */
  private static final long INTEGER_MAX = (1L << 53) - 1;

  @Override
  public OperatorId id() {
    return ID;
  }

  @Override
  public OperatorSpec spec() {
    return SPEC;
  }

  @Override
  public OperatorOutput run(OperatorContext context) throws IOException {
    Set<String> greatest = new TreeSet<>(context.parameters().texts("max"));
    List<OperatorInput> inputs = Inputs.flatten(context);
    Merged merged = new Merged();
    for (int i = 0; i < inputs.size(); i++) {
      String name = "object " + i;
      if (!(Inputs.json(name, inputs.get(i)) instanceof Json.Dict object)) {
        throw new OperatorFailure("not-an-object", name + " is no JSON object");
      }
      new Merge(name, greatest).objects("", merged, object);
    }
    return OperatorOutput.of(Inputs.JSON, CanonicalJson.encode(merged.toJson()));
  }

  /** An object that others are merged into, where it is: a name is in one of the two. */
  private static final class Merged {
    final TreeMap<String, Merged> objects = new TreeMap<>();
    final TreeMap<String, Json> others = new TreeMap<>();

    Json.Dict toJson() {
      TreeMap<String, Json> members = new TreeMap<>(others);
      objects.forEach((key, object) -> members.put(key, object.toJson()));
      return new Json.Dict(members);
    }
  }

  /** Merging one object into what there is. */
  private record Merge(String name, Set<String> greatest) {
    void objects(String base, Merged into, Json.Dict from) {
      for (Map.Entry<String, Json> member : from.members().entrySet()) {
        String key = member.getKey();
        String place = Mistakes.at(base, key);
        Json present = into.others.get(key);
        if (member.getValue() instanceof Json.Dict object) {
          if (present != null) {
            throw conflict(place);
          }
          objects(place, into.objects.computeIfAbsent(key, absent -> new Merged()), object);
        } else {
          Json value = value(place, key, present, member.getValue());
          if (into.objects.containsKey(key)) {
            throw conflict(place);
          }
          into.others.put(key, value);
        }
      }
    }

    /** What is no object. */
    private Json value(String place, String key, @Nullable Json into, Json from) {
      if (from instanceof Json.Num number) {
        long value = integer(place, number);
        return Json.Num.of(into == null ? value : numbers(place, key, into, value));
      }
      demandIntegers(place, from);
      if (into != null && !into.equals(from)) {
        throw conflict(place);
      }
      return from;
    }

    private long numbers(String place, String key, Json into, long value) {
      if (!(into instanceof Json.Num before)) {
        throw conflict(place);
      }
      if (greatest.contains(key)) {
        return Math.max(before.asLong(), value);
      }
      return bounded(place, before.asLong() + value);
    }

    private void demandIntegers(String place, Json value) {
      if (value instanceof Json.Num number) {
        integer(place, number);
      } else if (value instanceof Json.Array array) {
        for (int i = 0; i < array.items().size(); i++) {
          demandIntegers(Mistakes.at(place, i), array.items().get(i));
        }
      } else if (value instanceof Json.Dict object) {
        object.members().forEach((key, member) -> demandIntegers(Mistakes.at(place, key), member));
      }
    }

    private long integer(String place, Json.Num number) {
      if (!number.isLong()) {
        throw new OperatorFailure("not-an-integer", name + ": " + place + ": no integer");
      }
      return bounded(place, number.asLong());
    }

    private long bounded(String place, long value) {
      if (value > INTEGER_MAX || value < -INTEGER_MAX) {
        throw new OperatorFailure(
            "out-of-range", name + ": " + place + ": beyond 2^53-1 in magnitude");
      }
      return value;
    }

    private OperatorFailure conflict(String place) {
      return new OperatorFailure(
          "conflict", name + ": " + place + ": differs from an object before it");
    }
  }
}
