package dev.cairn.pel.operator.jsonata;

import com.dashjoin.jsonata.Jsonata;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.pel.model.Refusal;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Counts what one evaluation takes, and ends the one that takes too much: the library calls it
 * before and after each part of the query that it evaluates, so that every loop that the language
 * can express passes here. One owner.
 *
 * <p>A step is a part evaluated; an array costs one more for each {@value #ITEMS_A_STEP} of its
 * items, as operators of the language look at all of them. A value's weight is 1, plus 1 for each
 * {@value #CHARS_A_UNIT} characters of a string, plus the weights of what an array or object has in
 * it, as often as it stands there: so it bounds what the value takes when it is written out. Each
 * array and object is weighed when it is first a result.
 */
final class QueryMeter {
  /** Most steps. */
  static final long STEPS_MAX = 10_000_000;

  /** Most weight of all values together. */
  static final long WEIGHT_MAX = 32_000_000;

  /** Most parts of the query that are being evaluated inside each other. */
  static final int DEPTH_MAX = 400;

  /** Longest string on the way, in UTF-16 units. */
  static final int CHARS_MAX = 4 << 20;

  /** Most items of an array and members of an object on the way. */
  static final int ITEMS_MAX = 1 << 20;

  /** Work of a step, as {@link dev.cairn.pel.operator.OperatorHost#works} counts it. */
  private static final int WORK_A_STEP = 300;

  /** Work of a unit of weight. */
  private static final int WORK_A_UNIT = 20;

  private static final int CHARS_A_UNIT = 16;
  private static final int ITEMS_A_STEP = 64;
  private static final int INTERRUPT_EVERY = 1 << 12;

  private final IdentityHashMap<Object, Long> weighed = new IdentityHashMap<>();
  private long parts;
  private long steps;
  private long weight;
  private int depth;

  void bindTo(Jsonata.Frame frame) {
    frame.setEvaluateEntryCallback((part, input, environment) -> begin());
    frame.setEvaluateExitCallback((part, input, environment, result) -> end(result));
  }

  /** What it took so far. */
  long work() {
    return steps * WORK_A_STEP + weight * WORK_A_UNIT;
  }

  private void begin() {
    depth++;
    if (depth > DEPTH_MAX) {
      throw tooMuch("nests deeper than " + DEPTH_MAX);
    }
    steps++;
    if (steps > STEPS_MAX) {
      throw tooMuch("takes more than " + STEPS_MAX + " steps");
    }
    if (++parts % INTERRUPT_EVERY == 0 && Thread.currentThread().isInterrupted()) {
      throw new UnavailableException("the run was cancelled");
    }
  }

  private void end(@Nullable Object result) {
    depth--;
    if (result instanceof Pattern) {
      throw QueryFunctions.refused("a regular expression");
    }
    if (result instanceof Collection<?> items) {
      steps += items.size() / ITEMS_A_STEP;
    }
    weigh(result);
  }

  /** The weight of a value, which is charged if it was not seen before. */
  private long weigh(@Nullable Object value) {
    if (value instanceof String text) {
      if (text.length() > CHARS_MAX) {
        throw tooMuch("makes a string of more than " + CHARS_MAX + " characters");
      }
      return 1L + text.length() / CHARS_A_UNIT;
    }
    if (value instanceof Collection<?> items) {
      return weigh(items, items);
    }
    if (value instanceof Map<?, ?> members) {
      return weigh(members, members.values());
    }
    return 1;
  }

  private long weigh(Object whole, Collection<?> items) {
    Long known = weighed.get(whole);
    if (known != null) {
      return known;
    }
    if (items.size() > ITEMS_MAX) {
      throw tooMuch("makes a value of more than " + ITEMS_MAX + " items");
    }
    long sum = 1;
    for (Object item : items) {
      sum += weigh(item);
      if (sum > WEIGHT_MAX) {
        break;
      }
    }
    weight += sum;
    if (weight > WEIGHT_MAX) {
      throw tooMuch("makes values of more weight than " + WEIGHT_MAX);
    }
    weighed.put(whole, sum);
    return sum;
  }

  private static Refusal tooMuch(String what) {
    return new Refusal("too-expensive", "the query " + what);
  }
}
