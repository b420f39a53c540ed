package dev.cairn.pel.operator;

import dev.cairn.pel.operator.OperatorSpec.Kind;
import dev.cairn.pel.operator.OperatorSpec.Parameter;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/**
 * {@code lines/range@1}: the lines from {@code from} to before {@code to}, counted from 0, as they
 * stand; a line ends behind its 0x0a or at the end. What the payload does not have is left out.
 */
final class LinesRange extends BuiltIn {
  LinesRange() {
    super(
        "lines/range@1",
        new OperatorSpec(
            "Some lines of the payload as they stand.",
            1,
            1,
            List.of(
                new Parameter("from", Kind.INTEGER, false, "first line; 0 if absent"),
                new Parameter("to", Kind.INTEGER, false, "end, not included; the last if absent"),
                new Parameter("type", Kind.TEXT, false, "type of the output; none if absent"))));
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
    return new OperatorOutput(
        parameters.typeTag("type"),
        new RangeStream(
            context.inputs().get(0).open(),
            parameters.integer("from", 0),
            parameters.integer("to", Long.MAX_VALUE)));
  }

  /** Passes on what lies between two line numbers. */
  private static final class RangeStream extends InputStream {
    private final InputStream payload;
    private final long from;
    private final long to;
    private long line;

    RangeStream(InputStream payload, long from, long to) {
      this.payload = payload;
      this.from = from;
      this.to = to;
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
      while (line < to) {
        int count = payload.read(target, offset, length);
        if (count < 0) {
          return -1;
        }
        int kept = keep(target, offset, count);
        if (kept > 0) {
          return kept;
        }
      }
      return -1;
    }

    /** Moves what is wanted of a block to its beginning. */
    private int keep(byte[] block, int offset, int count) {
      int start = line >= from ? offset : -1;
      int end = offset + count;
      for (int i = offset; i < offset + count; i++) {
        if (block[i] == '\n') {
          line++;
          if (line == from) {
            start = i + 1;
          }
          if (line == to) {
            end = i + 1;
            break;
          }
        }
      }
      if (start < 0 || start >= end) {
        return 0;
      }
      System.arraycopy(block, start, block, offset, end - start);
      return end - start;
    }

    @Override
    public void close() throws IOException {
      payload.close();
    }
  }
}
