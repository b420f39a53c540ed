package dev.cairn.tgk.plan;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.tgk.model.Endpoint;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a field of a row must hold.
 *
 * @param field the field
 * @param negated true if the test must fail
 * @param test the test, of the kind that the field's values ask for
 */
public record Condition(Field field, boolean negated, Test test) {
  /** Most alternatives of one test. */
  public static final int ALTERNATIVES_MAX = 10_000;

  /** The last millisecond of the year 9999, as milliseconds since 1970. */
  static final long TIME_MILLIS_MAX = 253_402_300_799_999L;

  private static final Pattern KEY_BEGINNING =
      Pattern.compile("(?:asl1-[a-z0-9-]{1,24}:)?[0-9a-f]{1,64}");
  private static final Pattern ORIGIN_BEGINNING =
      Pattern.compile("[0-9a-f]{1,63}|[0-9a-f]{64}(?:/[1-9][0-9]{0,9})?");
  private static final Pattern DIGEST_BEGINNING = Pattern.compile("(?:sha256:)?[0-9a-f]{1,64}");

  /** A test of one value. */
  public sealed interface Test {}

  /**
   * The text is one of these; for ends of edges, the role of one of them is. The empty text means
   * that there is none.
   */
  public record AnyOf(SortedSet<TextPattern> patterns) implements Test {
    public AnyOf {
      patterns = Collections.unmodifiableSortedSet(new TreeSet<>(patterns));
      checkSize(patterns);
    }
  }

  /**
   * The number lies between these, both included; there is one.
   *
   * @param least {@link #OPEN_LEAST} for no bound
   * @param greatest {@link #OPEN_GREATEST} for no bound
   */
  public record Range(long least, long greatest) implements Test {
    /** No lower bound. */
    public static final long OPEN_LEAST = Long.MIN_VALUE;

    /** No upper bound. */
    public static final long OPEN_GREATEST = Long.MAX_VALUE;

    public Range {
      if (least > greatest) {
        throw new IllegalArgumentException(
            "a range from " + least + " to " + greatest + " holds nothing");
      }
    }
  }

  /** The hex digits begin with one of these; for ends of edges, those of one of them do. */
  public record Begins(SortedSet<String> beginnings) implements Test {
    public Begins {
      beginnings = Collections.unmodifiableSortedSet(new TreeSet<>(beginnings));
      checkSize(beginnings);
    }
  }

  public Condition {
    switch (field.kind()) {
      case KEY, ENDS -> checkBeginnings(field, test, KEY_BEGINNING, "hex digits of a key");
      case HEX ->
          checkBeginnings(
              field,
              test,
              field == Field.ORIGIN ? ORIGIN_BEGINNING : DIGEST_BEGINNING,
              field == Field.ORIGIN ? "hex digits of a node" : "hex digits of a digest");
      case TEXT, ROLE -> require(field, test instanceof AnyOf, "texts");
      case WORD -> checkWords(field, test);
      case NUMBER, COUNT, TIME -> checkRange(field, test);
    }
  }

  /** One of these texts, whole; {@code ""} for none. */
  public static Condition is(Field field, String... texts) {
    return anyOf(field, Arrays.stream(texts).map(TextPattern::exactly).toList());
  }

  /** One of these texts. */
  public static Condition anyOf(Field field, Collection<TextPattern> patterns) {
    return new Condition(field, false, new AnyOf(new TreeSet<>(patterns)));
  }

  /** Begins with one of these hex digits, or, for a field of text, with one of these texts. */
  public static Condition begins(Field field, String... beginnings) {
    return field.kind() == Field.Kind.TEXT || field.kind() == Field.Kind.ROLE
        ? anyOf(field, Arrays.stream(beginnings).map(TextPattern::beginning).toList())
        : new Condition(field, false, new Begins(new TreeSet<>(List.of(beginnings))));
  }

  /** Between these, both included. */
  public static Condition between(Field field, long least, long greatest) {
    return new Condition(field, false, new Range(least, greatest));
  }

  /** The same, turned round. */
  public Condition not() {
    return new Condition(field, !negated, test);
  }

  /** Whether a row whose field holds {@code value} fits. */
  public boolean accepts(@Nullable Value value) {
    return negated != holds(value);
  }

  private boolean holds(@Nullable Value value) {
    if (test instanceof Range range) {
      return value instanceof Value.Num num
          && num.number() >= range.least()
          && num.number() <= range.greatest();
    }
    if (test instanceof AnyOf any) {
      return value instanceof Value.Ends ends
          ? anyEnd(ends, end -> accepts(any, end.role()))
          : accepts(any, value instanceof Value.Text text ? text.text() : null);
    }
    Begins begins = (Begins) test;
    if (value instanceof Value.Ends ends) {
      return anyEnd(ends, end -> accepts(begins, end.key()));
    }
    if (value instanceof Value.Key key) {
      return accepts(begins, key.key());
    }
    return value instanceof Value.Text text && accepts(begins, text.text());
  }

  private static boolean anyEnd(Value.Ends ends, Predicate<Endpoint> test) {
    return ends.ends().stream().anyMatch(test);
  }

  private static boolean accepts(AnyOf any, @Nullable String text) {
    String candidate = text == null ? "" : text;
    for (TextPattern pattern : any.patterns()) {
      if (pattern.accepts(candidate) && (text != null || !pattern.beginning())) {
        return true;
      }
    }
    return false;
  }

  private static boolean accepts(Begins begins, ArtifactKey key) {
    String whole = key.toString();
    int digits = whole.indexOf(':') + 1;
    for (String beginning : begins.beginnings()) {
      if (whole.startsWith(beginning, beginning.startsWith("asl1-") ? 0 : digits)) {
        return true;
      }
    }
    return false;
  }

  private static boolean accepts(Begins begins, String text) {
    int digits = text.indexOf(':') + 1;
    for (String beginning : begins.beginnings()) {
      if (text.startsWith(beginning, beginning.startsWith("sha256:") ? 0 : digits)) {
        return true;
      }
    }
    return false;
  }

  private static void checkSize(Collection<?> alternatives) {
    if (alternatives.isEmpty() || alternatives.size() > ALTERNATIVES_MAX) {
      throw new IllegalArgumentException(
          alternatives.size() + " alternatives, not 1 to " + ALTERNATIVES_MAX);
    }
  }

  private static void checkBeginnings(Field field, Test test, Pattern form, String what) {
    require(field, test instanceof Begins, what);
    for (String beginning : ((Begins) test).beginnings()) {
      if (!form.matcher(beginning).matches()) {
        throw new IllegalArgumentException(
            field + ": " + Quote.of(beginning) + " is not the beginning of the " + what);
      }
    }
  }

  private static void checkWords(Field field, Test test) {
    require(field, test instanceof AnyOf, "words");
    for (TextPattern pattern : ((AnyOf) test).patterns()) {
      if (pattern.beginning() || !field.knows(pattern.text())) {
        throw new IllegalArgumentException(
            field + ": there is no " + field + " " + Quote.of(pattern.text()));
      }
    }
  }

  private static void checkRange(Field field, Test test) {
    require(field, test instanceof Range, "a range");
    Range range = (Range) test;
    long most = field.kind() == Field.Kind.TIME ? TIME_MILLIS_MAX : Long.MAX_VALUE;
    boolean least = range.least() == Range.OPEN_LEAST || range.least() >= 0;
    boolean greatest = range.greatest() == Range.OPEN_GREATEST || range.greatest() <= most;
    if (!least || !greatest || range.least() > most || range.greatest() < 0) {
      throw new IllegalArgumentException(field + ": a range out of bounds");
    }
  }

  private static void require(Field field, boolean holds, String what) {
    if (!holds) {
      throw new IllegalArgumentException(field + " is asked for by " + what);
    }
  }

  /** Names of fields, for messages. */
  static String names(Collection<Field> fields) {
    return fields.stream().map(Field::text).collect(Collectors.joining(", "));
  }
}
