package dev.cairn.tgk.plan;

import dev.cairn.asl.model.ArtifactKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A question to the graph: a tree of operators, each of which makes rows of the rows of its inputs.
 *
 * <p>What every operator gives, and in which order, is a function of the plan and of the records
 * within the view; {@code docs/queries.md} says it in full. <em>Key order</em> is that of digests,
 * then of hash ids. Plans are values: equal plans mean the same, and the constructors refuse, with
 * an {@link IllegalArgumentException}, what can have no answer. {@link PlanText} and {@link
 * PlanJson} give their other two forms.
 *
 * <pre>
 *   Plan.artifacts()
 *       .where(Condition.is(Field.TYPE, "text/plain"))
 *       .walk(Reach.of(Heading.UP).withDepthMax(3))
 *       .countBy(Field.TYPE)
 * </pre>
 */
public sealed interface Plan {
  /** Most operators of a plan. */
  int OPERATORS_MAX = 256;

  /** Most inputs of a {@link Merge}. */
  int INPUTS_MAX = 64;

  /** How deep merges may stand in merges. */
  int MERGES_NESTED_MAX = 16;

  /** Most artifacts that a {@link Keys} names. */
  int KEYS_MAX = 10_000;

  /** Most rows that a {@link Top} keeps. */
  int TOP_ROWS_MAX = 100_000;

  /** The operators whose rows this one takes. */
  List<Plan> inputs();

  /** What its rows have. */
  Shape shape();

  // ---- operators

  /** What a scan looks for. */
  enum Source {
    /** Artifacts that are neither edges nor receipts. */
    ARTIFACTS,
    /** Edges. */
    EDGES,
    /** Receipts. */
    RECEIPTS,
    /** All of them. */
    EVERYTHING;

    /** The name in text and JSON. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Every id of a kind that was put within the view, in key order, shard by shard. Stands below a
   * {@link TombstoneShadow} only.
   */
  record SegmentScan(Source source) implements Plan {
    @Override
    public List<Plan> inputs() {
      return List.of();
    }

    @Override
    public Shape shape() {
      return source == Source.EDGES
          ? Shape.items(
              Field.KEY,
              Field.EDGE_TYPE,
              Field.FROM,
              Field.TO,
              Field.PAYLOAD,
              Field.LOGSEQ,
              Field.ORIGIN)
          : Shape.items(Field.KEY, Field.KIND, Field.TYPE, Field.SIZE, Field.LOGSEQ, Field.ORIGIN);
    }
  }

  /** These artifacts, in key order, whether or not the store holds them. */
  record Keys(List<ArtifactKey> keys) implements Plan {
    public Keys {
      List<ArtifactKey> sorted = new ArrayList<>(keys);
      sorted.sort(KEY_ORDER);
      for (int i = 1; i < sorted.size(); i++) {
        if (sorted.get(i).equals(sorted.get(i - 1))) {
          throw new IllegalArgumentException("keys: " + sorted.get(i) + " stands twice");
        }
      }
      if (keys.isEmpty() || keys.size() > KEYS_MAX) {
        throw new IllegalArgumentException(
            "keys: " + keys.size() + " of them, not 1 to " + KEYS_MAX);
      }
      keys = List.copyOf(sorted);
    }

    @Override
    public List<Plan> inputs() {
      return List.of();
    }

    @Override
    public Shape shape() {
      return Shape.items(Field.KEY, Field.KIND, Field.TYPE, Field.SIZE, Field.STATE);
    }
  }

  /**
   * What the records of an id come to: of a scan, its live rows, or with {@code history} also those
   * that are shadowed or retracted; of other rows, those whose artifact is live.
   */
  record TombstoneShadow(Plan input, boolean history) implements Plan {
    public TombstoneShadow {
      if (!(input instanceof SegmentScan)) {
        checkWalk("live", input);
      }
      if (history && !(input instanceof SegmentScan)) {
        throw new IllegalArgumentException("history: only a scan can show what is not live");
      }
    }

    @Override
    public List<Plan> inputs() {
      return List.of(input);
    }

    @Override
    public Shape shape() {
      Shape shape = input.shape();
      return history ? shape.or(Shape.only(List.of(Field.STATE))) : shape;
    }
  }

  /** The rows that meet every condition, in the input's order. */
  record IndexFilter(Plan input, List<Condition> conditions) implements Plan {
    /** Most conditions of one filter. */
    public static final int CONDITIONS_MAX = 64;

    public IndexFilter {
      conditions = List.copyOf(conditions);
      checkInput(input);
      if (conditions.isEmpty() || conditions.size() > CONDITIONS_MAX) {
        throw new IllegalArgumentException(
            "filter: " + conditions.size() + " conditions, not 1 to " + CONDITIONS_MAX);
      }
      for (Condition condition : conditions) {
        input.shape().require("filter", condition.field());
      }
    }

    @Override
    public List<Plan> inputs() {
      return List.of(input);
    }

    @Override
    public Shape shape() {
      return input.shape();
    }
  }

  /** What a walk gives. */
  enum Give {
    /** The artifacts reached, starts at depth 0, by depth, then in key order. */
    NODES,
    /** The edges followed, by least depth of the rows that led into them, then in key order. */
    EDGES,
    /** Those of the nodes from which the walk followed no edge. */
    FRONTIER;

    /** The name in text and JSON. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * A breadth-first walk along live edges from all rows of the input at once.
   *
   * @param stops a node other than a start that meets any of these is reached, but not walked on
   *     from
   */
  record Traversal(Plan input, Reach reach, List<Condition> stops, Give give) implements Plan {
    public Traversal {
      stops = List.copyOf(stops);
      checkWalk(reach.heading().text(), input);
      if (stops.size() > IndexFilter.CONDITIONS_MAX) {
        throw new IllegalArgumentException(
            "stop: " + stops.size() + " conditions, more than " + IndexFilter.CONDITIONS_MAX);
      }
      for (Condition stop : stops) {
        Shape.items().require("stop", stop.field());
      }
    }

    @Override
    public List<Plan> inputs() {
      return List.of(input);
    }

    @Override
    public Shape shape() {
      return give == Give.EDGES
          ? Shape.items(
                  Field.KEY,
                  Field.DEPTH,
                  Field.EDGE_TYPE,
                  Field.FROM,
                  Field.TO,
                  Field.PAYLOAD,
                  Field.LOGSEQ,
                  Field.ORIGIN)
              .and(Field.DEPTH)
          : NODES;
    }
  }

  /**
   * One shortest way from a row of the input to {@code target}, one row a step, the start first;
   * nothing if there is none. Of several the one that a breadth-first walk finds first, which takes
   * each level's nodes in key order and each node's edges in key order.
   */
  record ShortestPath(Plan input, ArtifactKey target, Reach reach) implements Plan {
    public ShortestPath {
      checkWalk("path", input);
    }

    @Override
    public List<Plan> inputs() {
      return List.of(input);
    }

    @Override
    public Shape shape() {
      return Shape.items(Field.KEY, Field.DEPTH, Field.VIA, Field.VIA_TYPE, Field.TYPE)
          .and(Field.DEPTH, Field.VIA, Field.VIA_TYPE);
    }
  }

  /**
   * The artifacts that a walk from each single row of the input reaches, by the greatest of their
   * depths, then in key order. A start reaches itself.
   */
  record CommonNodes(Plan input, Reach reach) implements Plan {
    /** Most starts. */
    public static final int STARTS_MAX = 1_000;

    public CommonNodes {
      checkWalk("common", input);
    }

    @Override
    public List<Plan> inputs() {
      return List.of(input);
    }

    @Override
    public Shape shape() {
      return NODES;
    }
  }

  /** How several inputs become one. */
  enum Mode {
    /** The rows of the first input, then those of the second, and so on. */
    CHAIN,
    /** An artifact that stands in any input, once, in key order. */
    UNION,
    /** An artifact that stands in every input, once, in key order. */
    INTERSECTION,
    /** An artifact that stands in the first input and in no other, once, in key order. */
    DIFFERENCE;

    /** The name in text and JSON. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Several inputs as one. Of equal keys the row is the first of the first input that has it. */
  record Merge(Mode mode, List<Plan> inputs) implements Plan {
    public Merge {
      inputs = List.copyOf(inputs);
      if (inputs.size() < 2 || inputs.size() > INPUTS_MAX) {
        throw new IllegalArgumentException(
            mode.text() + ": " + inputs.size() + " inputs, not 2 to " + INPUTS_MAX);
      }
      checkSize(inputs.stream().mapToInt(Plan::operators).sum());
      if (inputs.stream().mapToInt(Plan::mergesNested).max().orElse(0) >= MERGES_NESTED_MAX) {
        throw new IllegalArgumentException(
            mode.text() + ": merges nested deeper than " + MERGES_NESTED_MAX);
      }
      for (Plan input : inputs) {
        checkInput(input);
        if (mode != Mode.CHAIN || inputs.get(0).shape().hasKeys()) {
          input.shape().require(mode.text(), Field.KEY);
        } else if (input.shape().hasKeys()) {
          throw new IllegalArgumentException(
              "chain: the rows of some inputs have a key, those of others have none");
        }
      }
    }

    @Override
    public Shape shape() {
      Shape shape = inputs.get(0).shape();
      if (mode != Mode.DIFFERENCE) {
        for (Plan input : inputs.subList(1, inputs.size())) {
          shape = shape.or(input.shape());
        }
      }
      return shape;
    }
  }

  /** The same rows with these fields only. */
  record Projection(Plan input, List<Field> fields) implements Plan {
    public Projection {
      fields = List.copyOf(fields);
      checkInput(input);
      checkFields("select", input, fields, EnumSet.allOf(Field.class));
      if (fields.isEmpty()) {
        throw new IllegalArgumentException("select: no field");
      }
      for (Field field : fields) {
        if (!field.isShown()) {
          throw new IllegalArgumentException("select: " + field + " cannot be shown");
        }
      }
    }

    @Override
    public List<Plan> inputs() {
      return List.of(input);
    }

    @Override
    public Shape shape() {
      return Shape.only(fields);
    }
  }

  /** What many rows come to. */
  sealed interface Aggregation extends Plan {}

  /**
   * How many rows there are; with fields, how many for each of their values, by those values. An
   * absent value comes first.
   */
  record Count(Plan input, List<Field> by) implements Aggregation {
    public Count {
      by = List.copyOf(by);
      checkInput(input);
      checkFields("count", input, by, EnumSet.complementOf(EnumSet.of(Field.COUNT)));
      checkGroupable("count", by);
    }

    @Override
    public List<Plan> inputs() {
      return List.of(input);
    }

    @Override
    public Shape shape() {
      List<Field> shown = new ArrayList<>(by);
      shown.add(Field.COUNT);
      return Shape.only(shown);
    }
  }

  /** Each combination of values once, by those values. */
  record Distinct(Plan input, List<Field> fields) implements Aggregation {
    public Distinct {
      fields = List.copyOf(fields);
      checkInput(input);
      checkFields("distinct", input, fields, EnumSet.allOf(Field.class));
      checkGroupable("distinct", fields);
      if (fields.isEmpty()) {
        throw new IllegalArgumentException("distinct: no field");
      }
    }

    @Override
    public List<Plan> inputs() {
      return List.of(input);
    }

    @Override
    public Shape shape() {
      return Shape.only(fields);
    }
  }

  /**
   * The rows with the greatest values of a field, greatest first; equal ones in the input's order,
   * rows without a value last.
   */
  record Top(Plan input, int rows, Field by) implements Aggregation {
    public Top {
      checkInput(input);
      checkRows("top", rows, TOP_ROWS_MAX);
      input.shape().require("top", by);
      if (!by.isRankable()) {
        throw new IllegalArgumentException("top: rows cannot be ranked by " + by);
      }
    }

    @Override
    public List<Plan> inputs() {
      return List.of(input);
    }

    @Override
    public Shape shape() {
      return input.shape();
    }
  }

  /** The first rows of the input. */
  record First(Plan input, int rows) implements Plan {
    public First {
      checkInput(input);
      checkRows("first", rows, Integer.MAX_VALUE);
    }

    @Override
    public List<Plan> inputs() {
      return List.of(input);
    }

    @Override
    public Shape shape() {
      return input.shape();
    }
  }

  // ---- building

  /** Live artifacts that are neither edges nor receipts. */
  static Plan artifacts() {
    return scan(Source.ARTIFACTS, false);
  }

  /** Live edges. */
  static Plan edges() {
    return scan(Source.EDGES, false);
  }

  /** Live receipts. */
  static Plan receipts() {
    return scan(Source.RECEIPTS, false);
  }

  /** All that is of a kind; with {@code history} also what is not live any more. */
  static Plan scan(Source source, boolean history) {
    return new TombstoneShadow(new SegmentScan(source), history);
  }

  /** These artifacts. */
  static Plan keys(ArtifactKey... keys) {
    return new Keys(List.of(keys));
  }

  /** Several plans as one. */
  static Plan merge(Mode mode, Plan... inputs) {
    return new Merge(mode, List.of(inputs));
  }

  /** Rows whose artifact is live. */
  default Plan live() {
    return new TombstoneShadow(this, false);
  }

  /** Rows that meet every condition. */
  default Plan where(Condition... conditions) {
    return new IndexFilter(this, List.of(conditions));
  }

  /** What a walk from here reaches. */
  default Plan walk(Reach reach) {
    return new Traversal(this, reach, List.of(), Give.NODES);
  }

  /** What a walk from here gives. */
  default Plan walk(Reach reach, Give give, Condition... stops) {
    return new Traversal(this, reach, List.of(stops), give);
  }

  /** One shortest way from here. */
  default Plan pathTo(ArtifactKey target, Reach reach) {
    return new ShortestPath(this, target, reach);
  }

  /** What every row here reaches. */
  default Plan common(Reach reach) {
    return new CommonNodes(this, reach);
  }

  /** These fields only. */
  default Plan select(Field... fields) {
    return new Projection(this, List.of(fields));
  }

  /** How many. */
  default Plan countBy(Field... fields) {
    return new Count(this, List.of(fields));
  }

  /** Each combination of values once. */
  default Plan distinct(Field... fields) {
    return new Distinct(this, List.of(fields));
  }

  /** The rows with the greatest values. */
  default Plan top(int rows, Field by) {
    return new Top(this, rows, by);
  }

  /** The first rows. */
  default Plan first(int rows) {
    return new First(this, rows);
  }

  // ---- rules

  /** Digests, then hash ids: the order of all that has no other order. */
  Comparator<ArtifactKey> KEY_ORDER =
      Comparator.comparing(ArtifactKey::digest).thenComparingInt(key -> key.algorithm().id());

  /** Rows of nodes that a walk reached. */
  Shape NODES =
      Shape.items(Field.KEY, Field.DEPTH, Field.KIND, Field.TYPE, Field.SIZE, Field.STATE)
          .and(Field.DEPTH);

  /**
   * Refuses what no constructor sees: a plan that is a bare scan.
   *
   * @return the plan
   */
  static Plan checked(Plan plan) {
    checkInput(plan);
    return plan;
  }

  /** How many operators it has. */
  default int operators() {
    int count = 1;
    for (Plan input : inputs()) {
      count += input.operators();
    }
    return count;
  }

  /** How many merges stand in one another at most. */
  private int mergesNested() {
    int deepest = 0;
    for (Plan input : inputs()) {
      deepest = Math.max(deepest, input.mergesNested());
    }
    return deepest + (this instanceof Merge ? 1 : 0);
  }

  private static void checkInput(Plan input) {
    if (input instanceof SegmentScan) {
      throw new IllegalArgumentException(
          "a scan shows what was ever put: it stands below a tombstone shadow only");
    }
    checkSize(input.operators());
  }

  private static void checkSize(int operatorsBelow) {
    if (operatorsBelow >= OPERATORS_MAX) {
      throw new IllegalArgumentException("more than " + OPERATORS_MAX + " operators");
    }
  }

  private static void checkWalk(String operator, Plan input) {
    checkInput(input);
    input.shape().require(operator, Field.KEY);
  }

  private static void checkFields(
      String operator, Plan input, Collection<Field> fields, Set<Field> allowed) {
    Set<Field> seen = EnumSet.noneOf(Field.class);
    for (Field field : fields) {
      input.shape().require(operator, field);
      if (!allowed.contains(field)) {
        throw new IllegalArgumentException(operator + ": rows cannot be counted by " + field);
      }
      if (!seen.add(field)) {
        throw new IllegalArgumentException(operator + ": " + field + " stands twice");
      }
    }
  }

  private static void checkGroupable(String operator, Collection<Field> fields) {
    for (Field field : fields) {
      if (!field.isGroupable()) {
        throw new IllegalArgumentException(operator + ": rows cannot be grouped by " + field);
      }
    }
  }

  private static void checkRows(String operator, int rows, int rowsMax) {
    if (rows < 1 || rows > rowsMax) {
      throw new IllegalArgumentException(operator + ": " + rows + " rows, not 1 to " + rowsMax);
    }
  }
}
