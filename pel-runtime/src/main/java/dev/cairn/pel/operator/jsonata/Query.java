package dev.cairn.pel.operator.jsonata;

import com.dashjoin.jsonata.JException;
import com.dashjoin.jsonata.Jsonata;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.pel.json.Json;
import dev.cairn.pel.model.Refusal;
import java.util.function.LongConsumer;
import java.util.regex.Pattern;

/**
 * A query in JSONata (version 2 of the language), as far as it is a function of its input.
 * Immutable; each evaluation parses anew, as the library keeps state in threads.
 *
 * <p>Left out are the functions that tell the time or draw by chance, those whose result hangs on
 * the platform's locale, Unicode, charset or time zone, those that hide work from the meter, and
 * regular expressions, whose matching can take for ever. {@link QueryFunctions} lists what is
 * there. {@link QueryMeter} bounds what an evaluation takes. A text or function that is refused,
 * and a bound that is passed, is a {@link Refusal}: all of them are functions of query and input.
 *
 * <p>Of the library's errors only the code is told, which is the language's.
 */
public final class Query {
  /** Longest query, in UTF-16 units. */
  public static final int CHARS_MAX = 16_384;

  /** Work of a character, as {@link dev.cairn.pel.operator.OperatorHost#works} counts it. */
  private static final int WORK_A_CHAR = 6_000;

  private static final int BRACKETS_MAX = 100;
  private static final Pattern CODE = Pattern.compile("[SDTU][0-9]{4}");
  private static final int CAUSES_MAX = 100;

  private final String text;

  /**
   * A query.
   *
   * @throws Refusal {@code bad-parameter} if it is none
   */
  public Query(String text) {
    this.text = text;
    if (text.length() > CHARS_MAX) {
      throw new Refusal("bad-parameter", "query: more than " + CHARS_MAX + " characters");
    }
    if (text.contains("__evaluate")) {
      throw new Refusal("bad-parameter", "query: __evaluate is not a name that it may use");
    }
    demandShallow();
    parse();
  }

  /** The library parses by recursion, one level for each bracket or prefix. */
  private void demandShallow() {
    int depth = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '(' || c == '[' || c == '{') {
        depth++;
        if (depth > BRACKETS_MAX) {
          throw new Refusal("bad-parameter", "query: brackets nested deeper than " + BRACKETS_MAX);
        }
      } else if (c == ')' || c == ']' || c == '}') {
        depth = Math.max(0, depth - 1);
      }
    }
  }

  private Jsonata parse() {
    try {
      return Jsonata.jsonata(text);
    } catch (JException e) {
      String place = e.getLocation() < 0 ? "" : " at " + e.getLocation();
      throw new Refusal("bad-parameter", "query: error " + code(e) + place);
    } catch (RuntimeException e) {
      throw new Refusal("bad-parameter", "query: no JSONata");
    } catch (StackOverflowError e) {
      throw new RefusedException("the query nests deeper than this process can follow", e);
    }
  }

  /**
   * What it takes to parse a text, as {@link dev.cairn.pel.operator.OperatorHost#works} counts.
   * Some parts of the language take the square of their length.
   */
  public static long work(String text) {
    long chars = Math.min(text.length(), CHARS_MAX); // More is refused unread.
    return chars * WORK_A_CHAR + chars * chars;
  }

  /**
   * What the query gives for an input; null where the language says "undefined". It is parsed for
   * that once more.
   *
   * @param works told, before, what it takes to parse the query, and at the end what the evaluation
   *     took
   */
  public Json evaluate(Json input, LongConsumer works) {
    works.accept(2 * work(text));
    Jsonata query = parse();
    query.setOutputConvertNulls(false);
    query.setValidateInput(false);
    Jsonata.Frame frame = query.createFrame();
    QueryFunctions.bindTo(frame);
    QueryMeter meter = new QueryMeter();
    meter.bindTo(frame);
    try {
      return QueryValues.toJson(query.evaluate(QueryValues.fromJson(input), frame));
    } catch (RuntimeException e) {
      throw told(e);
    } catch (StackOverflowError e) {
      throw new RefusedException("the query nests deeper than this process can follow", e);
    } finally {
      works.accept(meter.work());
    }
  }

  /** What went wrong underneath: the library wraps what functions throw. */
  private static RuntimeException told(RuntimeException thrown) {
    Throwable cause = thrown;
    for (int i = 0; cause != null && i < CAUSES_MAX; i++) {
      if (cause instanceof Refusal || cause instanceof CairnException) {
        return (RuntimeException) cause;
      }
      if (cause instanceof JException error) {
        return new Refusal("query-failed", "the query ended with error " + code(error));
      }
      cause = cause.getCause();
    }
    return new Refusal("query-failed", "the query ended with an error");
  }

  private static String code(JException error) {
    String code = String.valueOf(error.getError());
    return CODE.matcher(code).matches() ? code : "without a code";
  }
}
