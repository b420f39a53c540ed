package dev.cairn.tgk.plan;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.tgk.json.JsonText;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.plan.Condition.AnyOf;
import dev.cairn.tgk.plan.Condition.Begins;
import dev.cairn.tgk.plan.Condition.Range;
import dev.cairn.tgk.plan.Plan.CommonNodes;
import dev.cairn.tgk.plan.Plan.Count;
import dev.cairn.tgk.plan.Plan.Distinct;
import dev.cairn.tgk.plan.Plan.First;
import dev.cairn.tgk.plan.Plan.Give;
import dev.cairn.tgk.plan.Plan.IndexFilter;
import dev.cairn.tgk.plan.Plan.Keys;
import dev.cairn.tgk.plan.Plan.Merge;
import dev.cairn.tgk.plan.Plan.Projection;
import dev.cairn.tgk.plan.Plan.SegmentScan;
import dev.cairn.tgk.plan.Plan.ShortestPath;
import dev.cairn.tgk.plan.Plan.TombstoneShadow;
import dev.cairn.tgk.plan.Plan.Top;
import dev.cairn.tgk.plan.Plan.Traversal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Plans as JSON, the form that programs write: an array of stages, each an object with the
 * operator's name among its members. {@code docs/queries.md} lists them.
 *
 * <p>Reading is strict: the first mistake is a {@link MalformedException} with its place as an RFC
 * 6901 pointer, or with line and column where JSON itself is broken. Writing gives the one
 * canonical text, which reads as an equal plan; its SHA-256 names the plan.
 */
public final class PlanJson {
  private PlanJson() {}

  /** Reads a plan in which keys stand whole. */
  public static Plan parse(String json) {
    return parse(json, KeyNames.WHOLE);
  }

  /** Reads a plan in which artifacts are named otherwise, too. */
  public static Plan parse(String json, KeyNames names) {
    if (json.length() > PlanText.CHARS_MAX) {
      throw new MalformedException(
          "plan: " + json.length() + " characters, more than " + PlanText.CHARS_MAX);
    }
    return new PlanJsonReader(names).read(json);
  }

  /** The canonical JSON. */
  public static String of(Plan plan) {
    return JsonText.of(stages(plan));
  }

  /** SHA-256 of the canonical JSON: equal plans, and no others, have the same. */
  public static Bytes digest(Plan plan) {
    return HashAlgorithm.SHA_256.hash(Bytes.utf8(of(plan)));
  }

  private static List<Object> stages(Plan plan) {
    List<Object> stages = new ArrayList<>();
    Plan at = plan;
    while (true) {
      if (at instanceof TombstoneShadow shadow && shadow.input() instanceof SegmentScan scan) {
        Map<String, Object> stage = object("scan", scan.source().text());
        if (shadow.history()) {
          stage.put("history", true);
        }
        stages.add(0, stage);
        return stages;
      }
      stages.add(0, stage(at));
      if (at.inputs().size() != 1) {
        return stages;
      }
      at = at.inputs().get(0);
    }
  }

  /** The object that the outermost operator of a plan is in canonical JSON. */
  private static Map<String, Object> stage(Plan plan) {
    if (plan instanceof Keys keys) {
      return object("keys", keys.keys().stream().map(Object::toString).toList());
    }
    if (plan instanceof Merge merge) {
      Map<String, Object> stage = object("merge", merge.mode().text());
      stage.put("inputs", merge.inputs().stream().map(PlanJson::stages).toList());
      return stage;
    }
    if (plan instanceof TombstoneShadow) {
      return object("live", true);
    }
    if (plan instanceof IndexFilter filter) {
      return object("filter", conditions(filter.conditions()));
    }
    if (plan instanceof Traversal walk) {
      Map<String, Object> stage = reach("walk", walk.reach());
      if (!walk.stops().isEmpty()) {
        stage.put("stop", conditions(walk.stops()));
      }
      if (walk.give() != Give.NODES) {
        stage.put("give", walk.give().text());
      }
      return stage;
    }
    if (plan instanceof ShortestPath path) {
      Map<String, Object> stage = reach("path", path.reach());
      stage.put("to", path.target().toString());
      return stage;
    }
    if (plan instanceof CommonNodes common) {
      return reach("common", common.reach());
    }
    return rowsStage(plan);
  }

  private static Map<String, Object> rowsStage(Plan plan) {
    if (plan instanceof Projection projection) {
      return object("select", names(projection.fields()));
    }
    if (plan instanceof Count count) {
      return object("count", names(count.by()));
    }
    if (plan instanceof Distinct distinct) {
      return object("distinct", names(distinct.fields()));
    }
    if (plan instanceof Top top) {
      Map<String, Object> stage = object("top", top.rows());
      stage.put("by", top.by().text());
      return stage;
    }
    if (plan instanceof First first) {
      return object("first", first.rows());
    }
    throw new IllegalArgumentException("a bare scan is no plan");
  }

  private static Map<String, Object> reach(String operator, Reach reach) {
    Map<String, Object> stage = object(operator, reach.heading().text());
    if (reach.depthMax() != Reach.DEPTH_UNLIMITED) {
      stage.put("depth", reach.depthMax());
    }
    if (!reach.types().isEmpty()) {
      stage.put("types", reach.types().stream().map(EdgeType::text).toList());
    }
    return stage;
  }

  private static List<Object> conditions(Collection<Condition> conditions) {
    List<Object> out = new ArrayList<>();
    for (Condition condition : conditions) {
      Map<String, Object> object = object("field", condition.field().text());
      if (condition.negated()) {
        object.put("not", true);
      }
      if (condition.test() instanceof AnyOf any) {
        addTexts(object, "is", any, false);
        addTexts(object, "begins", any, true);
      } else if (condition.test() instanceof Begins begins) {
        object.put("begins", List.copyOf(begins.beginnings()));
      } else if (condition.test() instanceof Range range) {
        addEnd(object, "least", Times.text(condition.field(), range.least()));
        addEnd(object, "greatest", Times.text(condition.field(), range.greatest()));
      }
      out.add(object);
    }
    return out;
  }

  private static void addTexts(
      Map<String, Object> object, String name, AnyOf any, boolean beginning) {
    List<String> texts =
        any.patterns().stream()
            .filter(pattern -> pattern.beginning() == beginning)
            .map(TextPattern::text)
            .toList();
    if (!texts.isEmpty()) {
      object.put(name, texts);
    }
  }

  private static void addEnd(Map<String, Object> object, String name, String text) {
    if (!text.isEmpty()) {
      object.put(name, text);
    }
  }

  private static List<String> names(Collection<Field> fields) {
    return fields.stream().map(Field::text).toList();
  }

  private static Map<String, Object> object(String name, Object value) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put(name, value);
    return object;
  }
}
