package dev.cairn.tgk.plan;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.tgk.json.JsonParser;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.plan.Condition.AnyOf;
import dev.cairn.tgk.plan.Condition.Begins;
import dev.cairn.tgk.plan.Plan.CommonNodes;
import dev.cairn.tgk.plan.Plan.Count;
import dev.cairn.tgk.plan.Plan.Distinct;
import dev.cairn.tgk.plan.Plan.First;
import dev.cairn.tgk.plan.Plan.Give;
import dev.cairn.tgk.plan.Plan.IndexFilter;
import dev.cairn.tgk.plan.Plan.Keys;
import dev.cairn.tgk.plan.Plan.Merge;
import dev.cairn.tgk.plan.Plan.Mode;
import dev.cairn.tgk.plan.Plan.Projection;
import dev.cairn.tgk.plan.Plan.ShortestPath;
import dev.cairn.tgk.plan.Plan.Source;
import dev.cairn.tgk.plan.Plan.TombstoneShadow;
import dev.cairn.tgk.plan.Plan.Top;
import dev.cairn.tgk.plan.Plan.Traversal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Reads one plan's JSON, with the place of whatever is wrong. Used once. */
final class PlanJsonReader {
  private static final Set<String> SOURCES = Set.of("scan", "keys", "merge");
  private static final Set<String> STAGES =
      Set.of(
          "live",
          "filter",
          "walk",
          "path",
          "common",
          "select",
          "count",
          "distinct",
          "top",
          "first");

  private final KeyNames names;

  PlanJsonReader(KeyNames names) {
    this.names = names;
  }

  Plan read(String json) {
    return pipeline("", JsonParser.parse("plan", json));
  }

  private Plan pipeline(String place, @Nullable Object value) {
    List<?> stages = list(place, value);
    if (stages.isEmpty()) {
      throw mistake(place, "no stage");
    }
    Plan plan = source(place + "/0", object(place + "/0", stages.get(0)));
    for (int i = 1; i < stages.size(); i++) {
      String at = place + "/" + i;
      plan = stage(at, object(at, stages.get(i)), plan);
    }
    return plan;
  }

  // ---- sources

  private Plan source(String place, Map<?, ?> stage) {
    String operator = operator(place, stage, SOURCES, "source");
    return switch (operator) {
      case "scan" -> {
        known(place, stage, Set.of("scan", "history"));
        Source source = choice(place + "/scan", stage.get("scan"), Source.values(), Source::text);
        yield Plan.scan(source, flag(place + "/history", stage, "history"));
      }
      case "keys" -> {
        known(place, stage, Set.of("keys"));
        List<ArtifactKey> keys = each(place + "/keys", stage.get("keys"), this::key);
        yield at(place + "/keys", () -> new Keys(keys));
      }
      case "merge" -> {
        known(place, stage, Set.of("merge", "inputs"));
        Mode mode = choice(place + "/merge", stage.get("merge"), Mode.values(), Mode::text);
        List<Plan> inputs = each(place + "/inputs", stage.get("inputs"), this::pipeline);
        yield at(place + "/inputs", () -> new Merge(mode, inputs));
      }
      default -> throw new AssertionError(operator);
    };
  }

  private ArtifactKey key(String place, @Nullable Object value) {
    String text = text(place, value);
    try {
      return names.resolve(text);
    } catch (MalformedException e) {
      throw mistake(place, String.valueOf(e.getMessage()));
    }
  }

  // ---- stages

  private Plan stage(String place, Map<?, ?> stage, Plan input) {
    String operator = operator(place, stage, STAGES, "stage");
    String at = place + "/" + operator;
    Object value = stage.get(operator);
    return switch (operator) {
      case "live" -> {
        known(place, stage, Set.of("live"));
        if (!Boolean.TRUE.equals(value)) {
          throw mistake(at, "true must stand here");
        }
        yield at(place, () -> new TombstoneShadow(input, false));
      }
      case "filter" -> {
        known(place, stage, Set.of("filter"));
        List<Condition> conditions = each(at, value, this::condition);
        yield at(at, () -> new IndexFilter(input, conditions));
      }
      case "walk" -> walk(place, stage, input);
      case "path" -> {
        known(place, stage, Set.of("path", "depth", "types", "to"));
        ArtifactKey target = key(place + "/to", stage.get("to"));
        Reach reach = reach(place, stage, operator);
        yield at(place, () -> new ShortestPath(input, target, reach));
      }
      case "common" -> {
        known(place, stage, Set.of("common", "depth", "types"));
        Reach reach = reach(place, stage, operator);
        yield at(place, () -> new CommonNodes(input, reach));
      }
      default -> rowsStage(place, stage, operator, input);
    };
  }

  private Plan rowsStage(String place, Map<?, ?> stage, String operator, Plan input) {
    String at = place + "/" + operator;
    Object value = stage.get(operator);
    known(place, stage, operator.equals("top") ? Set.of("top", "by") : Set.of(operator));
    return switch (operator) {
      case "select" -> {
        List<Field> fields = each(at, value, PlanJsonReader::field);
        yield at(at, () -> new Projection(input, fields));
      }
      case "count" -> {
        List<Field> by = each(at, value, PlanJsonReader::field);
        yield at(at, () -> new Count(input, by));
      }
      case "distinct" -> {
        List<Field> fields = each(at, value, PlanJsonReader::field);
        yield at(at, () -> new Distinct(input, fields));
      }
      case "top" -> {
        int rows = number(at, value);
        Field by = field(place + "/by", stage.get("by"));
        yield at(place, () -> new Top(input, rows, by));
      }
      case "first" -> {
        int rows = number(at, value);
        yield at(at, () -> new First(input, rows));
      }
      default -> throw new AssertionError(operator);
    };
  }

  private Plan walk(String place, Map<?, ?> stage, Plan input) {
    known(place, stage, Set.of("walk", "depth", "types", "stop", "give"));
    Reach reach = reach(place, stage, "walk");
    List<Condition> stops =
        stage.containsKey("stop")
            ? each(place + "/stop", stage.get("stop"), this::condition)
            : List.of();
    Give give =
        stage.containsKey("give")
            ? choice(place + "/give", stage.get("give"), Give.values(), Give::text)
            : Give.NODES;
    return at(place, () -> new Traversal(input, reach, stops, give));
  }

  private Reach reach(String place, Map<?, ?> stage, String operator) {
    Heading heading =
        choice(place + "/" + operator, stage.get(operator), Heading.values(), Heading::text);
    int depth =
        stage.containsKey("depth")
            ? number(place + "/depth", stage.get("depth"))
            : Reach.DEPTH_UNLIMITED;
    SortedSet<EdgeType> types = new TreeSet<>();
    if (stage.containsKey("types")) {
      types.addAll(each(place + "/types", stage.get("types"), PlanJsonReader::edgeType));
      if (types.isEmpty()) {
        throw mistake(place + "/types", "no type; leave it out to follow all");
      }
    }
    return at(place, () -> new Reach(heading, depth, types));
  }

  private static EdgeType edgeType(String place, @Nullable Object value) {
    String text = text(place, value);
    try {
      return new EdgeType(text);
    } catch (MalformedException e) {
      throw mistake(place, String.valueOf(e.getMessage()));
    }
  }

  // ---- conditions

  private Condition condition(String place, @Nullable Object value) {
    Map<?, ?> object = object(place, value);
    Field field = field(place + "/field", object.get("field"));
    boolean negated = flag(place + "/not", object, "not");
    return at(place, () -> new Condition(field, negated, test(place, object, field)));
  }

  private static Condition.Test test(String place, Map<?, ?> object, Field field) {
    return switch (field.kind()) {
      case KEY, ENDS, HEX -> {
        known(place, object, Set.of("field", "not", "begins"));
        yield new Begins(
            new TreeSet<>(each(place + "/begins", object.get("begins"), PlanJsonReader::text)));
      }
      case TEXT, ROLE, WORD -> {
        known(place, object, Set.of("field", "not", "is", "begins"));
        SortedSet<TextPattern> patterns = new TreeSet<>();
        addPatterns(place, object, "is", false, patterns);
        addPatterns(place, object, "begins", true, patterns);
        yield new AnyOf(patterns);
      }
      case NUMBER, COUNT, TIME -> {
        known(place, object, Set.of("field", "not", "least", "greatest"));
        yield Times.range(field, end(place, object, "least"), end(place, object, "greatest"));
      }
    };
  }

  private static void addPatterns(
      String place,
      Map<?, ?> object,
      String name,
      boolean beginning,
      SortedSet<TextPattern> patterns) {
    if (object.containsKey(name)) {
      each(place + "/" + name, object.get(name), PlanJsonReader::text)
          .forEach(text -> patterns.add(new TextPattern(text, beginning)));
    }
  }

  /** An end of a range, as text or as an integer; empty if it is open. */
  private static String end(String place, Map<?, ?> object, String name) {
    Object value = object.get(name);
    if (!object.containsKey(name)) {
      return "";
    }
    String text = value instanceof Long ? value.toString() : text(place + "/" + name, value);
    if (text.isEmpty()) {
      throw mistake(place + "/" + name, "empty; leave it out for an open end");
    }
    return text;
  }

  // ---- values

  private static Field field(String place, @Nullable Object value) {
    String name = text(place, value);
    return at(place, () -> Field.parse(name));
  }

  private static int number(String place, @Nullable Object value) {
    if (value instanceof Long number && number >= 0 && number <= Integer.MAX_VALUE) {
      return number.intValue();
    }
    throw mistake(place, "a number up to " + Integer.MAX_VALUE + " must stand here");
  }

  private static boolean flag(String place, Map<?, ?> object, String name) {
    if (!object.containsKey(name)) {
      return false;
    }
    if (object.get(name) instanceof Boolean flag) {
      return flag;
    }
    throw mistake(place, "true or false must stand here");
  }

  private static <E> E choice(
      String place, @Nullable Object value, E[] all, Function<E, String> name) {
    String text = text(place, value);
    List<String> known = new ArrayList<>();
    for (E one : all) {
      if (name.apply(one).equals(text)) {
        return one;
      }
      known.add(name.apply(one));
    }
    throw mistake(place, Quote.of(text) + " is not one of " + String.join(", ", known));
  }

  private interface Reader<T> {
    T read(String place, @Nullable Object value);
  }

  private static <T> List<T> each(String place, @Nullable Object value, Reader<T> reader) {
    List<T> items = new ArrayList<>();
    for (Object item : list(place, value)) {
      items.add(reader.read(place + "/" + items.size(), item));
    }
    return items;
  }

  private static String operator(
      String place, Map<?, ?> stage, Set<String> operators, String what) {
    List<String> named =
        stage.keySet().stream().map(String::valueOf).filter(operators::contains).toList();
    if (named.size() == 1) {
      return named.get(0);
    }
    throw mistake(
        place,
        named.isEmpty()
            ? "no " + what + "; there are " + String.join(", ", new TreeSet<>(operators))
            : "several operators in one stage: " + String.join(", ", named));
  }

  private static void known(String place, Map<?, ?> object, Set<String> members) {
    for (Object member : object.keySet()) {
      String name = String.valueOf(member);
      if (!members.contains(name)) {
        throw mistake(
            place,
            "no member "
                + Quote.of(name)
                + " here; there are "
                + String.join(", ", new TreeSet<>(members)));
      }
    }
  }

  private static Map<?, ?> object(String place, @Nullable Object value) {
    if (value instanceof Map<?, ?> object) {
      return object;
    }
    throw mistake(place, "an object must stand here");
  }

  private static List<?> list(String place, @Nullable Object value) {
    if (value instanceof List<?> list) {
      return list;
    }
    throw mistake(place, "an array must stand here");
  }

  private static String text(String place, @Nullable Object value) {
    if (value instanceof String text) {
      return text;
    }
    throw mistake(place, "a string must stand here");
  }

  private static <T> T at(String place, Supplier<T> make) {
    try {
      return make.get();
    } catch (IllegalArgumentException e) {
      throw mistake(place, String.valueOf(e.getMessage()));
    }
  }

  private static MalformedException mistake(String place, String what) {
    return new MalformedException("plan: " + (place.isEmpty() ? "/" : place) + ": " + what);
  }
}
