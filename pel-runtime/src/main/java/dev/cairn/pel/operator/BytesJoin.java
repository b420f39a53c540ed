package dev.cairn.pel.operator;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.pel.operator.OperatorSpec.Kind;
import dev.cairn.pel.operator.OperatorSpec.Parameter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** {@code bytes/join@1}: the payloads of the inputs with a separator between any two. */
final class BytesJoin extends BuiltIn {
  BytesJoin() {
    super(
        "bytes/join@1",
        new OperatorSpec(
            "The payloads of the inputs with a separator between; a list stands for its items.",
            0,
            OperatorSpec.ANY_NUMBER,
            List.of(
                new Parameter("separator", Kind.TEXT, false, "what stands between"),
                new Parameter("hex", Kind.TEXT, false, "the same in hex digits"),
                new Parameter("type", Kind.TEXT, false, "type of the output; none if absent"))));
  }

  @Override
  public void check(Parameters parameters) {
    parameters.typeTag("type");
    if (ByteSearch.pattern(parameters, "separator", "hex") == null) {
      throw new OperatorFailure("bad-parameter", "a separator has to be given");
    }
  }

  @Override
  public OperatorOutput run(OperatorContext context) throws IOException {
    Bytes pattern = ByteSearch.pattern(context.parameters(), "separator", "hex");
    byte[] separator = pattern == null ? new byte[0] : pattern.toArray();
    List<JoinedStream.Part> parts = new ArrayList<>();
    for (OperatorInput input : Inputs.flatten(context)) {
      if (!parts.isEmpty()) {
        parts.add(() -> new ByteArrayInputStream(separator));
      }
      parts.add(input::open);
    }
    return new OperatorOutput(
        context.parameters().typeTag("type"), new JoinedStream(parts.iterator()));
  }
}
