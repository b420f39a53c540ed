package dev.cairn.pel.operator;

import dev.cairn.asl.cbor.CborValue;
import dev.cairn.pel.model.Mistakes;
import dev.cairn.pel.model.OperatorId;
import java.util.List;
import java.util.Map;

/**
 * What an operator takes. Every operator has one output.
 *
 * @param summary one sentence for people
 * @param inputsMin fewest inputs
 * @param inputsMax most inputs
 * @param parameters those that it knows; any other is refused
 */
public record OperatorSpec(
    String summary, int inputsMin, int inputsMax, List<Parameter> parameters) {
  /** For {@code inputsMax}: no bound but the program's. */
  public static final int ANY_NUMBER = Integer.MAX_VALUE;

  /** What a parameter's value may be. */
  public enum Kind {
    /** A string. */
    TEXT("a string"),
    /** A list of strings. */
    TEXTS("a list of strings"),
    /** An integer of 64 bits. */
    INTEGER("an integer"),
    /** True or false. */
    BOOLEAN("true or false"),
    /** A map: another operator's parameters. */
    MAP("a map");

    private final String words;

    Kind(String words) {
      this.words = words;
    }

    boolean fits(CborValue value) {
      return switch (this) {
        case TEXT -> value instanceof CborValue.Text;
        case TEXTS ->
            value instanceof CborValue.Array array
                && array.items().stream().allMatch(CborValue.Text.class::isInstance);
        case INTEGER -> value instanceof CborValue.Int;
        case BOOLEAN -> value instanceof CborValue.Bool;
        case MAP -> value instanceof CborValue.Dict;
      };
    }
  }

  /**
   * A parameter.
   *
   * @param name its name
   * @param kind what it may be
   * @param required whether it must be given
   * @param summary one sentence for people
   */
  public record Parameter(String name, Kind kind, boolean required, String summary) {}

  public OperatorSpec {
    parameters = List.copyOf(parameters);
    if (inputsMin < 0 || inputsMax < inputsMin) {
      throw new IllegalArgumentException("inputs from " + inputsMin + " to " + inputsMax);
    }
  }

  /** True if the operator can be given so many inputs. */
  public boolean takes(int count) {
    return count >= inputsMin && count <= inputsMax;
  }

  /** Says so where the number of inputs is wrong. */
  void checkInputs(String place, OperatorId operator, int count, Mistakes mistakes) {
    if (!takes(count)) {
      mistakes.add(place + "/inputs", wrongNumber(operator, count));
    }
  }

  /** What to say of a number of inputs that is wrong. */
  public String wrongNumber(OperatorId operator, int count) {
    return count + " inputs where " + operator + " takes " + arity();
  }

  /** Adds what is wrong with the parameters; true if nothing is. */
  boolean checkParameters(
      String place, OperatorId operator, CborValue.Dict parametersGiven, Mistakes mistakes) {
    long before = mistakes.count();
    Map<String, CborValue> given = parametersGiven.entries();
    for (Parameter parameter : parameters) {
      CborValue value = given.get(parameter.name());
      String at = Mistakes.at(place + "/parameters", parameter.name());
      if (value == null && parameter.required()) {
        mistakes.add(at, operator + " needs it: " + parameter.summary());
      } else if (value != null && !parameter.kind().fits(value)) {
        mistakes.add(at, "not " + parameter.kind().words);
      }
    }
    for (String name : given.keySet()) {
      if (parameters.stream().noneMatch(parameter -> parameter.name().equals(name))) {
        mistakes.add(Mistakes.at(place + "/parameters", name), operator + " has no such parameter");
      }
    }
    return mistakes.count() == before;
  }

  private String arity() {
    if (inputsMin == inputsMax) {
      return Integer.toString(inputsMin);
    }
    return inputsMin + (inputsMax == ANY_NUMBER ? " or more" : " to " + inputsMax);
  }
}
