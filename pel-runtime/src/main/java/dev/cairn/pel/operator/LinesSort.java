package dev.cairn.pel.operator;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.pel.operator.OperatorSpec.Kind;
import dev.cairn.pel.operator.OperatorSpec.Parameter;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code lines/sort@1}: the lines of all inputs in the order of their bytes, unsigned, each with
 * 0x0a behind it; a line ends at 0x0a or at the end of its input.
 *
 * <p>All inputs are in memory at once, so each may be as long as an operator may read, and all
 * together at most {@value #TOTAL_BYTES_MAX} bytes.
 */
final class LinesSort extends BuiltIn {
  /** Bytes of all inputs together. */
  static final long TOTAL_BYTES_MAX = 256L << 20;

  /** Of taking it apart and in. */
  private static final long WORK_A_LINE = 500;

  LinesSort() {
    super(
        "lines/sort@1",
        new OperatorSpec(
            "The lines of the inputs in the order of their bytes.",
            0,
            OperatorSpec.ANY_NUMBER,
            List.of(
                new Parameter("unique", Kind.BOOLEAN, false, "each line once; false if absent"),
                new Parameter("reverse", Kind.BOOLEAN, false, "greatest first; false if absent"))));
  }

  @Override
  public OperatorOutput run(OperatorContext context) throws IOException {
    List<Bytes> lines = new ArrayList<>();
    long total = 0;
    for (OperatorInput input : Inputs.flatten(context)) {
      total += input.length();
      if (total > TOTAL_BYTES_MAX) {
        throw new OperatorFailure(
            "too-large", "more than " + TOTAL_BYTES_MAX + " bytes to sort in memory");
      }
      addLines(input.read(), lines);
    }
    context.host().works(WORK_A_LINE * lines.size());
    Comparator<Bytes> order = Comparator.naturalOrder();
    lines.sort(context.parameters().bool("reverse", false) ? order.reversed() : order);
    boolean unique = context.parameters().bool("unique", false);
    return new OperatorOutput(Inputs.TEXT, new LineStream(lines, unique));
  }

  private static void addLines(Bytes text, List<Bytes> lines) {
    byte[] bytes = text.toArray();
    Bytes whole = Bytes.wrap(bytes);
    int start = 0;
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == '\n') {
        lines.add(whole.slice(start, i));
        start = i + 1;
      }
    }
    if (start < bytes.length) {
      lines.add(whole.slice(start));
    }
  }

  /** The lines as they are read; holds no second copy of them. */
  private static final class LineStream extends InputStream {
    private final List<Bytes> lines;
    private final boolean unique;
    private int next;
    private @Nullable Bytes previous;
    private Bytes current = Bytes.EMPTY;

    LineStream(List<Bytes> lines, boolean unique) {
      this.lines = Collections.unmodifiableList(lines);
      this.unique = unique;
    }

    @Override
    public int read() {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      int done = 0;
      while (done < length) {
        if (current.isEmpty() && !advance()) {
          return done == 0 ? -1 : done;
        }
        int count = Math.min(length - done, current.length());
        current.slice(0, count).copyTo(target, offset + done);
        current = current.slice(count);
        done += count;
      }
      return done;
    }

    private boolean advance() {
      while (next < lines.size()) {
        Bytes line = lines.get(next++);
        if (!unique || previous == null || !line.equals(previous)) {
          previous = line;
          current = line.plus(LINE_END);
          return true;
        }
      }
      return false;
    }
  }

  private static final Bytes LINE_END = Bytes.utf8("\n");
}
