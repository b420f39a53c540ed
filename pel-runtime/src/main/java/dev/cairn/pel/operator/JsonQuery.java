package dev.cairn.pel.operator;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.pel.json.CanonicalJson;
import dev.cairn.pel.json.Json;
import dev.cairn.pel.operator.OperatorSpec.Kind;
import dev.cairn.pel.operator.OperatorSpec.Parameter;
import dev.cairn.pel.operator.jsonata.Query;
import java.io.IOException;
import java.util.List;

/**
 * {@code json/query@1}: what a JSONata query gives for a JSON value, as canonical JSON; of several
 * inputs, a list standing for its items, the query sees an array of their values. What the language
 * calls undefined is null.
 */
final class JsonQuery extends BuiltIn {
  JsonQuery() {
    super(
        "json/query@1",
        new OperatorSpec(
            "What a JSONata query gives for a JSON value.",
            1,
            OperatorSpec.ANY_NUMBER,
            List.of(new Parameter("query", Kind.TEXT, true, "the query"))));
  }

  @Override
  public void check(Parameters parameters) {
    query(parameters);
  }

  @Override
  public long workOfCheck(Parameters parameters) {
    return Query.work(parameters.requiredText("query"));
  }

  private static Query query(Parameters parameters) {
    return new Query(parameters.requiredText("query"));
  }

  @Override
  public OperatorOutput run(OperatorContext context) throws IOException {
    Json result =
        query(context.parameters()).evaluate(Inputs.value(context), context.host()::works);
    try {
      return OperatorOutput.of(Inputs.JSON, CanonicalJson.encode(result));
    } catch (MalformedException e) {
      throw new OperatorFailure("bad-number", String.valueOf(e.getMessage()));
    }
  }
}
