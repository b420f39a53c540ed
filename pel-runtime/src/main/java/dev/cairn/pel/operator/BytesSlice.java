package dev.cairn.pel.operator;

import dev.cairn.pel.model.OperatorId;
import dev.cairn.pel.operator.OperatorSpec.Kind;
import dev.cairn.pel.operator.OperatorSpec.Parameter;
import java.io.IOException;
import java.util.List;

/** {@code bytes/slice@1}: a part of the input's payload. */
final class BytesSlice implements Operator {
  private static final OperatorId ID = new OperatorId("bytes/slice", 1);
  private static final OperatorSpec SPEC =
      new OperatorSpec(
          "Bytes from `from` to before `to` of the payload.",
          1,
          1,
          List.of(
              new Parameter("from", Kind.INTEGER, false, "first byte; 0 if absent"),
              new Parameter(
                  "to", Kind.INTEGER, false, "end, not included; the payload's if absent"),
              new Parameter("type", Kind.TEXT, false, "type of the output; none if absent")));

  @Override
  public OperatorId id() {
    return ID;
  }

  @Override
  public OperatorSpec spec() {
    return SPEC;
  }

  @Override
  public void check(Parameters parameters) {
    parameters.typeTag("type");
    long from = parameters.integer("from", 0);
    long to = parameters.integer("to", Long.MAX_VALUE);
    if (from < 0 || to < from) {
      throw new OperatorFailure("bad-parameter", "from " + from + " to " + to + " is no range");
    }
  }

  @Override
  public OperatorOutput run(OperatorContext context) throws IOException {
    Parameters parameters = context.parameters();
    OperatorInput input = context.inputs().get(0);
    long from = parameters.integer("from", 0);
    long to = parameters.integer("to", input.length());
    if (from > to || to > input.length()) {
      throw new OperatorFailure(
          "out-of-range", "from " + from + " to " + to + " of " + input.length() + " bytes");
    }
    return new OperatorOutput(parameters.typeTag("type"), input.open(from, to));
  }
}
