package dev.cairn.pel.operator.cel;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.pel.json.Json;
import dev.cairn.pel.model.Refusal;
import dev.cel.common.CelErrorCode;
import dev.cel.common.CelIssue;
import dev.cel.common.CelOptions;
import dev.cel.common.CelValidationException;
import dev.cel.common.CelValidationResult;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompilerBuilder;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.LongConsumer;
import java.util.regex.Pattern;

/**
 * An expression in CEL, the Common Expression Language, over JSON values: parsed and checked once,
 * evaluated any number of times. Immutable; safe for any thread.
 *
 * <p>It has the standard functions and macros but those whose result hangs on the platform's tables
 * of time zones; some others are our own, which mean the same everywhere: {@link CelFunctions}.
 * {@link CelMeter} bounds what an evaluation takes. What is refused, and a bound that is passed, is
 * a {@link Refusal}: all of them are functions of expression and input. Of an evaluation's errors
 * only the kind is told, in words of our own.
 */
public final class Cel {
  /** Longest expression, in code points. */
  public static final int CHARS_MAX = 16_384;

  /** Most variables. */
  public static final int VARIABLES_MAX = 64;

  /**
   * Work of an expression, as {@link dev.cairn.pel.operator.OperatorHost#works} counts it, to parse
   * and check it.
   */
  private static final int WORK = 2_000_000;

  /** And of each of its characters, beside the square of their number. */
  private static final int WORK_A_CHAR = 12_000;

  private static final int NESTED_MAX = 100;
  private static final int CAUSES_MAX = 100;
  private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,63}");

  private static final CelOptions OPTIONS =
      CelOptions.current()
          .maxExpressionCodePointSize(CHARS_MAX)
          .maxParseRecursionDepth(NESTED_MAX)
          .comprehensionMaxIterations((int) CelMeter.STEPS_MAX)
          .enableHeterogeneousNumericComparisons(true)
          .evaluateCanonicalTypesToNativeValues(true)
          .build();

  private static final CelRuntime RUNTIME =
      CelRuntimeFactory.standardCelRuntimeBuilder()
          .setOptions(OPTIONS)
          .setStandardEnvironmentEnabled(false)
          .setStandardFunctions(CelFunctions.evaluated())
          .build();

  private final List<String> variables;
  private final int length;
  private final CelRuntime.Program program;

  /**
   * An expression.
   *
   * @param variables that it may use; each is whatever it is given
   * @throws Refusal {@code bad-parameter} if it is none, or cannot be right for any values
   */
  public Cel(String expression, List<String> variables) {
    this.variables = List.copyOf(variables);
    this.length = expression.length();
    checkNames(this.variables);
    CelCompilerBuilder compiler =
        CelCompilerFactory.standardCelCompilerBuilder()
            .setOptions(OPTIONS)
            .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
            .setStandardEnvironmentEnabled(false)
            .setStandardDeclarations(CelFunctions.declared());
    this.variables.forEach(name -> compiler.addVar(name, SimpleType.DYN));
    try {
      CelValidationResult result = compiler.build().compile(expression);
      if (result.hasError()) {
        throw refused(result.getErrors());
      }
      this.program = RUNTIME.createProgram(result.getAst());
    } catch (CelValidationException e) {
      throw refused(e.getErrors());
    } catch (CelEvaluationException e) {
      throw new Refusal("bad-parameter", "expression: cannot be evaluated");
    } catch (StackOverflowError e) {
      throw new RefusedException("the expression nests deeper than this process can follow", e);
    }
  }

  private static void checkNames(List<String> variables) {
    if (variables.isEmpty() || variables.size() > VARIABLES_MAX) {
      throw new Refusal(
          "bad-parameter", variables.size() + " variables, not 1 to " + VARIABLES_MAX);
    }
    TreeSet<String> seen = new TreeSet<>();
    for (String name : variables) {
      if (!NAME.matcher(name).matches()) {
        throw new Refusal("bad-parameter", "names: not the name of a variable");
      }
      if (!seen.add(name)) {
        throw new Refusal("bad-parameter", "names: " + name + " stands twice");
      }
    }
  }

  private static Refusal refused(List<CelIssue> issues) {
    if (issues.isEmpty()) {
      return new Refusal("bad-parameter", "expression: no CEL");
    }
    CelIssue first = issues.get(0);
    return new Refusal(
        "bad-parameter",
        "expression: line "
            + first.getSourceLocation().getLine()
            + ", column "
            + (first.getSourceLocation().getColumn() + 1)
            + ": "
            + Words.printable(first.getMessage()));
  }

  /** What it takes to make an expression, as {@code works} of {@link #evaluate} counts it. */
  public static long work(String expression) {
    return work(expression.length());
  }

  /** What macros expand to is checked together, which takes the square of the length. */
  private static long work(long length) {
    long chars = Math.min(length, CHARS_MAX); // More is refused unread.
    return WORK + chars * WORK_A_CHAR + chars * chars;
  }

  /**
   * What the expression gives.
   *
   * @param values of the variables, in their order
   * @param works told, before, what it takes to make the expression, as whether it was made for
   *     this evaluation or another hangs on what else a node does; and at the end what the
   *     evaluation took
   */
  public Json evaluate(List<Json> values, LongConsumer works) {
    works.accept(work(length));
    Map<String, Object> given = new HashMap<>();
    for (int i = 0; i < variables.size(); i++) {
      given.put(variables.get(i), CelValues.fromJson(values.get(i)));
    }
    CelMeter meter = new CelMeter();
    Object result;
    try {
      result = program.trace(given, new CelFunctions(meter).bindings(), meter);
    } catch (CelMeter.Stop stop) {
      throw stop.reason();
    } catch (CelEvaluationException e) {
      throw told(e);
    } catch (StackOverflowError e) {
      throw new RefusedException("the expression nests deeper than this process can follow", e);
    } finally {
      works.accept(meter.work());
    }
    return CelValues.toJson(result);
  }

  /** What went wrong underneath: the library wraps what functions throw. */
  private static RuntimeException told(CelEvaluationException thrown) {
    Throwable cause = thrown;
    for (int i = 0; cause != null && i < CAUSES_MAX; i++) {
      if (cause instanceof Refusal || cause instanceof CairnException) {
        return (RuntimeException) cause;
      }
      cause = cause.getCause();
    }
    return new Refusal("expression-failed", words(thrown.getErrorCode()));
  }

  private static String words(CelErrorCode code) {
    return switch (code) {
      case ATTRIBUTE_NOT_FOUND -> "there is no such member";
      case INDEX_OUT_OF_BOUNDS -> "there is no such item";
      case DIVIDE_BY_ZERO -> "a division by zero";
      case NUMERIC_OVERFLOW -> "a number out of range";
      case DUPLICATE_ATTRIBUTE -> "a key stands twice in a map";
      case OVERLOAD_NOT_FOUND -> "a function that does not take such values";
      case BAD_FORMAT -> "a text that does not say such a value";
      case INVALID_ARGUMENT -> "a value of the wrong kind";
      case ITERATION_BUDGET_EXCEEDED, AMBIGUOUS_OVERLOAD, TYPE_NOT_FOUND, INTERNAL_ERROR ->
          "it cannot be evaluated";
    };
  }
}
