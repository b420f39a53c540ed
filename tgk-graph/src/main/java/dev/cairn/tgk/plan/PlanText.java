package dev.cairn.tgk.plan;

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
import java.util.List;
import java.util.stream.Collectors;

/**
 * Plans as text, the form that people type: {@code artifacts | type=text/plain | up depth=3 | count
 * by type}. {@code docs/queries.md} has the grammar.
 *
 * <p>Reading is strict: the first mistake is a {@link MalformedException} with its column. Writing
 * gives the one canonical text of a plan, which reads as an equal plan.
 */
public final class PlanText {
  /** Longest text, in characters. */
  public static final int CHARS_MAX = 1 << 20;

  private PlanText() {}

  /** Reads a plan in which keys stand whole. */
  public static Plan parse(String text) {
    return parse(text, KeyNames.WHOLE);
  }

  /** Reads a plan in which artifacts are named otherwise, too. */
  public static Plan parse(String text, KeyNames names) {
    if (text.length() > CHARS_MAX) {
      throw new MalformedException(
          "plan: " + text.length() + " characters, more than " + CHARS_MAX);
    }
    return new PlanTextReader(text, names).read();
  }

  /** The canonical text. */
  public static String of(Plan plan) {
    if (plan instanceof TombstoneShadow shadow && shadow.input() instanceof SegmentScan scan) {
      return scan.source().text() + (shadow.history() ? " history" : "");
    }
    if (plan instanceof Merge merge) {
      return merge.mode().text()
          + "("
          + merge.inputs().stream().map(PlanText::of).collect(Collectors.joining("; "))
          + ")";
    }
    String stage = stage(plan);
    return plan.inputs().isEmpty() ? stage : of(plan.inputs().get(0)) + " | " + stage;
  }

  /** The last stage of a plan's text: what its outermost operator says. */
  public static String stage(Plan plan) {
    if (plan instanceof SegmentScan scan) {
      return scan.source().text();
    }
    if (plan instanceof Keys keys) {
      return "keys " + keys.keys().stream().map(Object::toString).collect(Collectors.joining(" "));
    }
    if (plan instanceof TombstoneShadow shadow) {
      return shadow.history() ? "history" : "live";
    }
    if (plan instanceof IndexFilter filter) {
      return conditions(filter.conditions());
    }
    if (plan instanceof Traversal walk) {
      return walk.reach().heading().text()
          + options(walk.reach())
          + (walk.stops().isEmpty() ? "" : " stop(" + conditions(walk.stops()) + ")")
          + (walk.give() == Give.NODES ? "" : " " + walk.give().text());
    }
    if (plan instanceof ShortestPath path) {
      return "path "
          + path.reach().heading().text()
          + " to="
          + path.target()
          + options(path.reach());
    }
    if (plan instanceof CommonNodes common) {
      return "common " + common.reach().heading().text() + options(common.reach());
    }
    return rowsStage(plan);
  }

  private static String rowsStage(Plan plan) {
    if (plan instanceof Projection projection) {
      return "select " + fields(projection.fields());
    }
    if (plan instanceof Count count) {
      return count.by().isEmpty() ? "count" : "count by " + fields(count.by());
    }
    if (plan instanceof Distinct distinct) {
      return "distinct " + fields(distinct.fields());
    }
    if (plan instanceof Top top) {
      return "top " + top.rows() + " by " + top.by();
    }
    if (plan instanceof First first) {
      return "first " + first.rows();
    }
    if (plan instanceof Merge merge) {
      return merge.mode().text();
    }
    throw new AssertionError("an operator without text: " + plan.getClass());
  }

  private static String fields(Collection<Field> fields) {
    return fields.stream().map(Field::text).collect(Collectors.joining(", "));
  }

  private static String options(Reach reach) {
    String depth = reach.depthMax() == Reach.DEPTH_UNLIMITED ? "" : " depth=" + reach.depthMax();
    return reach.types().isEmpty()
        ? depth
        : depth
            + " type="
            + reach.types().stream().map(EdgeType::text).collect(Collectors.joining(","));
  }

  private static String conditions(List<Condition> conditions) {
    return conditions.stream().map(PlanText::condition).collect(Collectors.joining(" "));
  }

  private static String condition(Condition condition) {
    return condition.field()
        + (condition.negated() ? "!=" : "=")
        + test(condition.field(), condition.test());
  }

  private static String test(Field field, Condition.Test test) {
    if (test instanceof Range range) {
      String least = Times.text(field, range.least());
      return range.least() == range.greatest()
          ? least
          : least + ".." + Times.text(field, range.greatest());
    }
    List<String> texts = new ArrayList<>();
    if (test instanceof Begins begins) {
      texts.addAll(begins.beginnings());
    } else if (test instanceof AnyOf any) {
      any.patterns().forEach(pattern -> texts.add(pattern(pattern)));
    }
    return String.join(",", texts);
  }

  private static String pattern(TextPattern pattern) {
    String text = pattern.text();
    boolean bare = !text.isEmpty() && text.chars().allMatch(c -> PlanTokens.isBare((char) c));
    String shown = bare && text.indexOf('*') < 0 ? text : JsonText.of(text);
    return pattern.beginning() ? shown + "*" : shown;
  }
}
