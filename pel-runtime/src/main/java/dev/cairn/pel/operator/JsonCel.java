package dev.cairn.pel.operator;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.pel.json.CanonicalJson;
import dev.cairn.pel.json.Json;
import dev.cairn.pel.operator.OperatorSpec.Kind;
import dev.cairn.pel.operator.OperatorSpec.Parameter;
import dev.cairn.pel.operator.cel.Cel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code json/cel@1}: what a CEL expression gives for JSON values, as canonical JSON. The variable
 * {@code input} is the value of the only input, or the list of the values of several, a list
 * standing for its items; with {@code names} each input has its own variable. Safe for any thread.
 */
final class JsonCel extends BuiltIn {
  private static final int COMPILED_MAX = 32;

  private final Map<List<String>, Cel> compiled = new LinkedHashMap<>(16, 0.75f, true);

  JsonCel() {
    super(
        "json/cel@1",
        new OperatorSpec(
            "What a CEL expression gives for JSON values.",
            1,
            OperatorSpec.ANY_NUMBER,
            List.of(
                new Parameter("expression", Kind.TEXT, true, "the expression"),
                new Parameter(
                    "names", Kind.TEXTS, false, "a variable for each input; input if absent"))));
  }

  @Override
  public void check(Parameters parameters) {
    expression(parameters);
  }

  @Override
  public long workOfCheck(Parameters parameters) {
    return Cel.work(parameters.requiredText("expression"));
  }

  private static List<String> names(Parameters parameters) {
    return parameters.has("names") ? parameters.texts("names") : List.of("input");
  }

  /** The expression, compiled now or among the last. */
  private Cel expression(Parameters parameters) {
    List<String> key = new ArrayList<>(names(parameters));
    key.add(parameters.requiredText("expression"));
    Cel known = find(key);
    if (known == null) {
      known = new Cel(parameters.requiredText("expression"), names(parameters));
      keep(key, known);
    }
    return known;
  }

  private synchronized @Nullable Cel find(List<String> key) {
    return compiled.get(key);
  }

  private synchronized void keep(List<String> key, Cel expression) {
    compiled.put(key, expression);
    if (compiled.size() > COMPILED_MAX) {
      compiled.remove(compiled.keySet().iterator().next());
    }
  }

  @Override
  public OperatorOutput run(OperatorContext context) throws IOException {
    Cel expression = expression(context.parameters());
    Json result = expression.evaluate(values(context), context.host()::works);
    try {
      return OperatorOutput.of(Inputs.JSON, CanonicalJson.encode(result));
    } catch (MalformedException e) {
      throw new OperatorFailure("bad-number", String.valueOf(e.getMessage()));
    }
  }

  private static List<Json> values(OperatorContext context) throws IOException {
    if (!context.parameters().has("names")) {
      return List.of(Inputs.value(context));
    }
    int names = names(context.parameters()).size();
    int inputs = context.inputs().size();
    if (names != inputs) {
      throw new OperatorFailure("bad-inputs", names + " names for " + inputs + " inputs");
    }
    List<Json> values = new ArrayList<>();
    for (OperatorInput input : context.inputs()) {
      values.add(
          Inputs.value(new OperatorContext(List.of(input), context.parameters(), context.host())));
    }
    return values;
  }
}
