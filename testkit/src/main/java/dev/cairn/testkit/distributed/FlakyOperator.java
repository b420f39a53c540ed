package dev.cairn.testkit.distributed;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.pel.model.OperatorId;
import dev.cairn.pel.operator.Operator;
import dev.cairn.pel.operator.OperatorContext;
import dev.cairn.pel.operator.OperatorFailure;
import dev.cairn.pel.operator.OperatorInput;
import dev.cairn.pel.operator.OperatorOutput;
import dev.cairn.pel.operator.OperatorSpec;
import dev.cairn.pel.operator.OperatorSpec.Kind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;

/**
 * Joins its inputs and a text of its own; refuses if told to, and now and then the machine fails.
 *
 * @param fails how the machine fails this time
 * @param leak what it adds though it should not
 */
record FlakyOperator(Supplier<Fails> fails, Supplier<String> leak) implements Operator {
  static final OperatorId ID = new OperatorId("test/flaky", 1);

  /** How the machine fails. */
  enum Fails {
    /** Not at all. */
    NOT,
    /** It cannot read. */
    READING,
    /** Its heap is full. */
    HEAP
  }

  @Override
  public OperatorId id() {
    return ID;
  }

  @Override
  public OperatorSpec spec() {
    return new OperatorSpec(
        "Joins its inputs and a text.",
        0,
        OperatorSpec.ANY_NUMBER,
        List.of(
            new OperatorSpec.Parameter("text", Kind.TEXT, true, "what to add"),
            new OperatorSpec.Parameter("refuses", Kind.BOOLEAN, false, "whether to refuse")));
  }

  @Override
  public OperatorOutput run(OperatorContext context) throws IOException {
    Fails now = fails.get();
    if (now == Fails.READING) {
      throw new IOException("the simulated machine failed");
    }
    if (now == Fails.HEAP) {
      throw new OutOfMemoryError("the simulated heap is full");
    }
    if (context.parameters().bool("refuses", false)) {
      throw new OperatorFailure("refused", "as it was told");
    }
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    for (OperatorInput input : context.inputs()) {
      joined.write(input.read().toArray());
    }
    joined.write(Bytes.utf8(context.parameters().requiredText("text")).toArray());
    joined.write(Bytes.utf8(leak.get()).toArray());
    return OperatorOutput.of(null, Bytes.wrap(joined.toByteArray()));
  }
}
