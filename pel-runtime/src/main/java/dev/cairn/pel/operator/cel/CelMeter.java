package dev.cairn.pel.operator.cel;

import dev.cairn.asl.error.UnavailableException;
import dev.cairn.pel.model.Refusal;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelExpr.CelCall;
import dev.cel.common.ast.CelExpr.ExprKind.Kind;
import dev.cel.common.values.CelByteString;
import dev.cel.runtime.CelEvaluationListener;
import java.util.Arrays;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Counts what one evaluation takes, and ends the one that takes too much: the library calls it
 * behind each part of the expression that it evaluated, so that every loop that the language can
 * express passes here. One owner.
 *
 * <p>A step is a part evaluated. A list or map that is made costs one more for each item, and a
 * function one for each {@value #CHARS_A_STEP} characters or bytes that it is given or gives.
 * Equality and membership cost the weight of what they look at: 1 for a value, plus the weights of
 * what is in it, as often as it stands there. What a function does before it is paid for is bounded
 * by the sizes of its arguments, which were bounded when they were made.
 */
final class CelMeter implements CelEvaluationListener {
  /** Most steps. */
  static final long STEPS_MAX = 10_000_000;

  /** Longest string or bytes on the way, in UTF-16 units or bytes. */
  static final int CHARS_MAX = 4 << 20;

  /** Most items of a list or map on the way. */
  static final int ITEMS_MAX = 1 << 20;

  /** Most weight of a value on the way. */
  static final long WEIGHT_MAX = 10_000_000;

  /** What weighs no more is not worth remembering. */
  private static final int WEIGHED_ANEW_MAX = 64;

  /** Work of a step, as {@link dev.cairn.pel.operator.OperatorHost#works} counts it. */
  private static final int WORK_A_STEP = 400;

  private static final int CHARS_A_STEP = 16;
  private static final int INTERRUPT_EVERY = 1 << 12;

  /** The name that the library gives to what a macro gathers; no expression can write it. */
  private static final String GATHERED = "@result";

  private final IdentityHashMap<Object, Long> weighed = new IdentityHashMap<>();
  private @Nullable Object[] values = new @Nullable Object[64];
  private long parts;
  private long steps;

  /**
   * Ends an evaluation. An error, so that no operator of the language can take it for a value's.
   */
  static final class Stop extends Error {
    private static final long serialVersionUID = 1L;

    private final transient RuntimeException reason;

    private Stop(RuntimeException reason) {
      super(null, null, false, false);
      this.reason = reason;
    }

    RuntimeException reason() {
      return reason;
    }
  }

  @Override
  public void callback(CelExpr part, Object value) {
    charge(1);
    if (++parts % INTERRUPT_EVERY == 0 && Thread.currentThread().isInterrupted()) {
      throw new Stop(new UnavailableException("the run was cancelled"));
    }
    bound(value);
    Kind kind = part.exprKind().getKind();
    if (kind == Kind.CALL) {
      call(part.call(), value);
    } else if (kind == Kind.LIST || kind == Kind.MAP || kind == Kind.COMPREHENSION) {
      made(value);
    }
    remember(part.id(), value);
  }

  /** What it took so far. */
  long work() {
    return steps * WORK_A_STEP;
  }

  /** Takes steps. */
  void charge(long count) {
    steps += count;
    if (steps > STEPS_MAX) {
      throw tooMuch("takes more than " + STEPS_MAX + " steps");
    }
  }

  private static Stop tooMuch(String what) {
    return new Stop(new Refusal("too-expensive", "the expression " + what));
  }

  private static void bound(Object value) {
    if (length(value) > CHARS_MAX) {
      throw tooMuch("makes a string of more than " + CHARS_MAX + " characters");
    }
    if (items(value) > ITEMS_MAX) {
      throw tooMuch("makes a list of more than " + ITEMS_MAX + " items");
    }
  }

  private void remember(long id, Object value) {
    if (id >= values.length) {
      values = Arrays.copyOf(values, (int) Math.max(id + 1, values.length * 2L));
    }
    values[(int) id] = value;
  }

  private @Nullable Object value(CelExpr part) {
    return part.id() < values.length ? values[(int) part.id()] : null;
  }

  private void call(CelCall call, Object result) {
    List<CelExpr> arguments = call.args();
    long chars = length(result);
    for (CelExpr argument : arguments) {
      chars += length(value(argument));
    }
    chars += call.target().map(this::value).map(CelMeter::length).orElse(0);
    charge(chars / CHARS_A_STEP);
    switch (call.function()) {
      case "_+_" -> {
        boolean gathers =
            arguments.get(0).exprKind().getKind() == Kind.IDENT
                && arguments.get(0).ident().name().equals(GATHERED);
        if (gathers) {
          charge(items(value(arguments.get(1))));
        } else {
          made(result);
        }
      }
      case "_==_", "_!=_" ->
          charge(Math.min(weight(value(arguments.get(0))), weight(value(arguments.get(1)))));
      case "@in" -> {
        Object within = value(arguments.get(1));
        charge(within instanceof Map ? weight(value(arguments.get(0))) : weight(within));
      }
      default -> {}
    }
  }

  private static int length(@Nullable Object value) {
    if (value instanceof String text) {
      return text.length();
    }
    return value instanceof CelByteString bytes ? bytes.size() : 0;
  }

  private static int items(@Nullable Object value) {
    if (value instanceof Collection<?> list) {
      return list.size();
    }
    return value instanceof Map<?, ?> map ? map.size() : 0;
  }

  /** Pays for a list or map, whose weight must have a bound before anything compares it. */
  private void made(Object value) {
    charge(items(value));
    if (weight(value) > WEIGHT_MAX) {
      throw tooMuch("makes a value of more than " + WEIGHT_MAX + " values");
    }
  }

  /** The weight of a value, or somewhat more than the most. */
  private long weight(@Nullable Object value) {
    if (value == null || !(value instanceof Collection<?> || value instanceof Map<?, ?>)) {
      return 1L + length(value) / CHARS_A_STEP;
    }
    Long known = weighed.get(value);
    if (known != null) {
      return known;
    }
    long weight = 1;
    if (value instanceof Collection<?> list) {
      for (Object item : list) {
        weight = Math.min(weight + weight(item), WEIGHT_MAX + 1);
      }
    } else if (value instanceof Map<?, ?> map) {
      for (Map.Entry<?, ?> member : map.entrySet()) {
        weight =
            Math.min(weight + weight(member.getKey()) + weight(member.getValue()), WEIGHT_MAX + 1);
      }
    }
    if (weight > WEIGHED_ANEW_MAX) {
      weighed.put(value, weight);
    }
    return weight;
  }
}
