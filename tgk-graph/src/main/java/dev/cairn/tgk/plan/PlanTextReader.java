package dev.cairn.tgk.plan;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;
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
import dev.cairn.tgk.plan.PlanTokens.Token;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Reads one plan's text by recursive descent, a token ahead. Used once. */
final class PlanTextReader {
  private final PlanTokens tokens;
  private final KeyNames names;

  PlanTextReader(String text, KeyNames names) {
    this.tokens = new PlanTokens(text);
    this.names = names;
  }

  Plan read() {
    Plan plan = pipeline(0);
    if (tokens.peek().type() != PlanTokens.Type.END) {
      throw tokens.mistake(
          tokens.peek(), "'|' or the end must stand here, not " + tokens.peek().shown());
    }
    return plan;
  }

  private Plan pipeline(int nesting) {
    Plan plan = source(nesting);
    while (tokens.takeMark("|")) {
      plan = stage(plan);
    }
    return plan;
  }

  // ---- sources

  private Plan source(int nesting) {
    Token first = tokens.requireWord("a source (artifacts, edges, keys ...)", false);
    for (Source source : Source.values()) {
      if (first.isWord(source.text())) {
        return Plan.scan(source, tokens.takeWord("history"));
      }
    }
    if (first.isWord("keys")) {
      return keys(first);
    }
    for (Mode mode : Mode.values()) {
      if (first.isWord(mode.text())) {
        return merge(first, mode, nesting);
      }
    }
    throw tokens.mistake(
        first,
        first.shown()
            + " is no source; there are artifacts, edges, receipts, everything, keys, chain(...),"
            + " union(...), intersection(...), difference(...)");
  }

  private Plan keys(Token first) {
    List<ArtifactKey> keys = new ArrayList<>();
    do {
      keys.add(key());
    } while (isValue(tokens.peek()));
    return at(first, () -> new Keys(keys));
  }

  private static boolean isValue(Token token) {
    return token.type() == PlanTokens.Type.WORD || token.type() == PlanTokens.Type.QUOTED;
  }

  private ArtifactKey key() {
    Token token = tokens.requireWord("a key", true);
    try {
      return names.resolve(token.text());
    } catch (MalformedException e) {
      throw tokens.mistake(token, String.valueOf(e.getMessage()));
    }
  }

  private Plan merge(Token first, Mode mode, int nesting) {
    if (nesting == Plan.MERGES_NESTED_MAX) {
      throw tokens.mistake(first, "nested deeper than " + Plan.MERGES_NESTED_MAX);
    }
    tokens.requireMark("(");
    List<Plan> inputs = new ArrayList<>();
    do {
      inputs.add(pipeline(nesting + 1));
    } while (tokens.takeMark(";"));
    tokens.requireMark(")");
    return at(first, () -> new Merge(mode, inputs));
  }

  // ---- stages

  private Plan stage(Plan input) {
    Token first = tokens.requireWord("a stage", false);
    if (isTest(tokens.peek())) {
      List<Condition> conditions = conditions(first);
      return at(first, () -> new IndexFilter(input, conditions));
    }
    return switch (first.text()) {
      case "live" -> at(first, () -> new TombstoneShadow(input, false));
      case "up", "down", "both" -> walk(first, input);
      case "path" -> path(input);
      case "common" -> {
        Reach reach = reach(heading(), new Options());
        yield at(first, () -> new CommonNodes(input, reach));
      }
      case "select" -> {
        List<Field> fields = fields();
        yield at(first, () -> new Projection(input, fields));
      }
      case "count" -> {
        List<Field> by = tokens.takeWord("by") ? fields() : List.of();
        yield at(first, () -> new Count(input, by));
      }
      case "distinct" -> {
        List<Field> fields = fields();
        yield at(first, () -> new Distinct(input, fields));
      }
      case "top" -> top(first, input);
      case "first" -> {
        int rows = number();
        yield at(first, () -> new First(input, rows));
      }
      default ->
          throw tokens.mistake(
              first,
              first.shown()
                  + " is no stage; there are FIELD=VALUE, live, up, down, both, path, common,"
                  + " select, count, distinct, top, first");
    };
  }

  private Plan top(Token first, Plan input) {
    int rows = number();
    tokens.requireWord("by");
    Field by = field();
    return at(first, () -> new Top(input, rows, by));
  }

  /** Options of walks as they are met; null or empty until then. */
  private static final class Options {
    private @Nullable Integer depth;
    private @Nullable SortedSet<EdgeType> types;
    private @Nullable ArtifactKey target;
    private @Nullable List<Condition> stops;
  }

  private Plan walk(Token first, Plan input) {
    Options options = new Options();
    options.stops = List.of();
    Reach reach = reach(Heading.valueOf(first.text().toUpperCase(Locale.ROOT)), options);
    List<Condition> stops = options.stops;
    Give give = Give.NODES;
    for (Give one : Give.values()) {
      if (tokens.takeWord(one.text())) {
        give = one;
        break;
      }
    }
    Give given = give;
    return at(first, () -> new Traversal(input, reach, stops, given));
  }

  private Plan path(Plan input) {
    Heading heading = heading();
    Token to = tokens.peek();
    tokens.requireWord("to");
    tokens.requireMark("=");
    Options options = new Options();
    options.target = key();
    Reach reach = reach(heading, options);
    ArtifactKey target = options.target;
    return at(to, () -> new ShortestPath(input, target, reach));
  }

  private Heading heading() {
    Token token = tokens.requireWord("up, down or both", false);
    for (Heading heading : Heading.values()) {
      if (token.isWord(heading.text())) {
        return heading;
      }
    }
    throw tokens.mistake(token, "up, down or both must stand here, not " + token.shown());
  }

  /** Depth and types, and stops where {@code options} has room for them. */
  private Reach reach(Heading heading, Options options) {
    while (true) {
      Token option = tokens.peek();
      if (option.isWord("depth") && options.depth == null) {
        tokens.take();
        tokens.requireMark("=");
        options.depth = number();
      } else if (option.isWord("type") && options.types == null) {
        tokens.take();
        tokens.requireMark("=");
        options.types = types();
      } else if (option.isWord("stop") && options.stops != null && options.stops.isEmpty()) {
        tokens.take();
        tokens.requireMark("(");
        options.stops = conditions(tokens.requireWord("a condition", false));
        tokens.requireMark(")");
      } else if (option.type() == PlanTokens.Type.WORD && isTest(tokens.peekSecond())) {
        throw tokens.mistake(
            option, option.shown() + " is no option here, or stands twice; conditions are a stage");
      } else {
        return at(
            option,
            () ->
                new Reach(
                    heading,
                    options.depth == null ? Reach.DEPTH_UNLIMITED : options.depth,
                    options.types == null ? Collections.emptySortedSet() : options.types));
      }
    }
  }

  private SortedSet<EdgeType> types() {
    SortedSet<EdgeType> types = new TreeSet<>();
    do {
      Token token = tokens.requireWord("an edge type", true);
      try {
        types.add(new EdgeType(token.text()));
      } catch (MalformedException e) {
        throw tokens.mistake(token, String.valueOf(e.getMessage()));
      }
    } while (tokens.takeMark(","));
    return types;
  }

  // ---- conditions

  private static boolean isTest(Token token) {
    return token.isMark("=") || token.isMark("!=");
  }

  private List<Condition> conditions(Token first) {
    List<Condition> conditions = new ArrayList<>();
    Token name = first;
    while (true) {
      conditions.add(condition(name));
      if (tokens.peek().type() != PlanTokens.Type.WORD) {
        return conditions;
      }
      name = tokens.take();
    }
  }

  private Condition condition(Token name) {
    Field field = at(name, () -> Field.parse(name.text()));
    if (!isTest(tokens.peek())) {
      throw tokens.mistake(
          tokens.peek(), "'=' or '!=' must stand here, not " + tokens.peek().shown());
    }
    boolean negated = tokens.take().isMark("!=");
    Token value = tokens.peek();
    return at(value, () -> new Condition(field, negated, test(field)));
  }

  private Condition.Test test(Field field) {
    return switch (field.kind()) {
      case KEY, ENDS, HEX -> {
        SortedSet<String> beginnings = new TreeSet<>();
        do {
          beginnings.add(tokens.requireWord("hex digits", true).text());
        } while (tokens.takeMark(","));
        yield new Begins(beginnings);
      }
      case TEXT, ROLE, WORD -> {
        SortedSet<TextPattern> patterns = new TreeSet<>();
        do {
          patterns.add(pattern());
        } while (tokens.takeMark(","));
        yield new AnyOf(patterns);
      }
      case NUMBER, COUNT, TIME -> {
        String range = tokens.requireWord("a range", true).text();
        int dots = range.indexOf("..");
        if (range.isEmpty()) {
          throw new IllegalArgumentException("an empty range; write .. for any number");
        }
        yield dots < 0
            ? Times.range(field, range, range)
            : Times.range(field, range.substring(0, dots), range.substring(dots + 2));
      }
    };
  }

  private TextPattern pattern() {
    Token token = tokens.requireWord("a text", true);
    String text = token.text();
    if (token.type() == PlanTokens.Type.QUOTED) {
      Token star = tokens.peek();
      boolean beginning = star.isWord("*") && tokens.isRightBehind(star);
      if (beginning) {
        tokens.take();
      }
      return at(token, () -> new TextPattern(text, beginning));
    }
    int star = text.indexOf('*');
    if (star >= 0 && star < text.length() - 1) {
      throw tokens.mistake(token, "a star stands at the end only; quote the text if it is meant");
    }
    return at(
        token,
        () ->
            star < 0 ? TextPattern.exactly(text) : TextPattern.beginning(text.substring(0, star)));
  }

  // ---- fields and numbers

  private List<Field> fields() {
    List<Field> fields = new ArrayList<>();
    do {
      fields.add(field());
    } while (tokens.takeMark(","));
    return fields;
  }

  private Field field() {
    Token token = tokens.requireWord("a field", false);
    return at(token, () -> Field.parse(token.text()));
  }

  private int number() {
    Token token = tokens.requireWord("a number", false);
    if (!token.text().matches("0|[1-9][0-9]{0,9}")
        || Long.parseLong(token.text()) > Integer.MAX_VALUE) {
      throw tokens.mistake(
          token, "a number up to 2147483647 must stand here, not " + token.shown());
    }
    return Integer.parseInt(token.text());
  }

  /** Makes something whose rules speak of the place of a token. */
  private <T> T at(Token token, Supplier<T> make) {
    try {
      return make.get();
    } catch (IllegalArgumentException e) {
      throw tokens.mistake(token, String.valueOf(e.getMessage()));
    }
  }
}
