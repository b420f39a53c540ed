package dev.cairn.pel.operator;

import dev.cairn.pel.json.CanonicalJson;
import dev.cairn.pel.json.Json;
import dev.cairn.pel.operator.OperatorSpec.Kind;
import dev.cairn.pel.operator.OperatorSpec.Parameter;
import dev.cairn.pel.operator.re2.Expression;
import java.io.IOException;
import java.util.List;

/** {@code text/count@1}: how many matches of an expression all inputs have, as a JSON number. */
final class TextCount extends BuiltIn {
  static final Parameter PATTERN =
      new Parameter("pattern", Kind.TEXT, true, "an expression in RE2's syntax");

  TextCount() {
    super(
        "text/count@1",
        new OperatorSpec(
            "The number of matches of a regular expression.",
            0,
            OperatorSpec.ANY_NUMBER,
            List.of(PATTERN)));
  }

  @Override
  public void check(Parameters parameters) {
    expression(parameters);
  }

  @Override
  public long workOfCheck(Parameters parameters) {
    return Expression.workAtMost(parameters.requiredText("pattern"));
  }

  static Expression expression(Parameters parameters) {
    return new Expression(parameters.requiredText("pattern"));
  }

  /** The expression for a run, as part of its work. */
  static Expression expression(OperatorContext context) {
    Expression expression = expression(context.parameters());
    context.host().works(expression.work());
    return expression;
  }

  @Override
  public OperatorOutput run(OperatorContext context) throws IOException {
    Expression expression = expression(context);
    long[] count = new long[1];
    List<OperatorInput> inputs = Inputs.flatten(context);
    for (int i = 0; i < inputs.size(); i++) {
      expression.search(
          Inputs.text("text " + i, inputs.get(i)),
          false,
          match -> {
            count[0]++;
            return true;
          },
          context.host()::works);
    }
    return OperatorOutput.of(Inputs.JSON, CanonicalJson.encode(Json.Num.of(count[0])));
  }
}
