package dev.cairn.pel.operator;

import dev.cairn.pel.model.OperatorId;
import dev.cairn.pel.operator.OperatorSpec.Kind;
import dev.cairn.pel.operator.OperatorSpec.Parameter;
import java.io.IOException;
import java.io.InputStream;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

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
        context.parameters().typeTag("type"), new JoinedStream(Inputs.flatten(context).iterator()));
  }

  /** Opens one input at a time, when the one before has ended. */
  private static final class JoinedStream extends InputStream {
    private final Iterator<OperatorInput> inputs;
    private @Nullable InputStream current;

    private JoinedStream(Iterator<OperatorInput> inputs) {
      this.inputs = inputs;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      while (true) {
        if (current == null) {
          if (!inputs.hasNext()) {
            return -1;
          }
          current = inputs.next().open();
        }
        int count = current.read(target, offset, length);
        if (count >= 0) {
          return count;
        }
        close();
      }
    }

    @Override
    public void close() throws IOException {
      if (current != null) {
        current.close();
        current = null;
      }
    }
  }
}
