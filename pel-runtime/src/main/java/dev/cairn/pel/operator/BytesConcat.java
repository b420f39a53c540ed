package dev.cairn.pel.operator;

import dev.cairn.pel.model.OperatorId;
import dev.cairn.pel.operator.OperatorSpec.Kind;
import dev.cairn.pel.operator.OperatorSpec.Parameter;
import java.io.IOException;
import java.util.List;

/** {@code bytes/concat@1}: the payloads of the inputs one after another; a list is its items. */
final class BytesConcat implements Operator {
  private static final OperatorId ID = new OperatorId("bytes/concat", 1);
  private static final OperatorSpec SPEC =
      new OperatorSpec(
          "The payloads of the inputs one after another; a list stands for its items.",
          0,
          OperatorSpec.ANY_NUMBER,
          List.of(new Parameter("type", Kind.TEXT, false, "type of the output; none if absent")));

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
  }

  @Override
  public OperatorOutput run(OperatorContext context) throws IOException {
    return new OperatorOutput(
        context.parameters().typeTag("type"),
        new JoinedStream(
            Inputs.flatten(context).stream()
                .map(input -> (JoinedStream.Part) input::open)
                .iterator()));
  }
}
