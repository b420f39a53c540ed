package dev.cairn.pel.wasm.binary;

import dev.cairn.asl.bytes.Bytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The types on the operand stack of a function and the blocks that are open (WebAssembly Core
 * Specification 2.0, appendix "Validation Algorithm"). No recursion, bounded in depth and height.
 */
final class TypeChecker {
  private final ByteSource source;
  private final List<Frame> frames = new ArrayList<>();
  private byte[] stack = new byte[32];
  private int height;
  private int heightMax;

  /** The instructions of a loop outside inner loops, or of a function outside loops. */
  static final class Meter {
    private long weight;
    private final int patchAt;

    /**
     * @param patchAt where the weight is to be written
     */
    Meter(int patchAt) {
      this.patchAt = patchAt;
    }

    void add(long more) {
      weight += more;
    }

    long weight() {
      return weight;
    }

    int patchAt() {
      return patchAt;
    }
  }

  /** An open block. */
  static final class Frame {
    private final int opcode;
    private final FunctionType type;
    private final int height;
    private final Meter meter;
    private boolean unreachable;

    private Frame(int opcode, FunctionType type, int height, Meter meter) {
      this.opcode = opcode;
      this.type = type;
      this.height = height;
      this.meter = meter;
    }

    int opcode() {
      return opcode;
    }

    FunctionType type() {
      return type;
    }

    Meter meter() {
      return meter;
    }

    /** What a branch to it takes along. */
    Bytes labelTypes() {
      return opcode == Opcode.LOOP ? type.parameters() : type.results();
    }
  }

  TypeChecker(ByteSource source) {
    this.source = source;
  }

  boolean isOpen() {
    return !frames.isEmpty();
  }

  int height() {
    return height;
  }

  int heightMax() {
    return heightMax;
  }

  /** Blocks that are open around the current one, which is also the label of the function. */
  int depth() {
    return frames.size() - 1;
  }

  Frame current() {
    return frames.get(frames.size() - 1);
  }

  Frame label(int index) {
    if (Integer.compareUnsigned(index, frames.size()) >= 0) {
      throw bad("branch out of all blocks");
    }
    return frames.get(frames.size() - 1 - index);
  }

  void push(byte type) {
    if (height == Bounds.HEIGHT_MAX) {
      throw Faults.tooMany(source.at(), "values on the stack", height + 1L, Bounds.HEIGHT_MAX);
    }
    if (height == stack.length) {
      stack = Arrays.copyOf(stack, height * 2);
    }
    stack[height++] = type;
    heightMax = Math.max(heightMax, height);
  }

  void push(Bytes types) {
    for (int i = 0; i < types.length(); i++) {
      push((byte) types.at(i));
    }
  }

  byte pop() {
    Frame frame = current();
    if (height == frame.height) {
      if (frame.unreachable) {
        return ValueType.UNKNOWN;
      }
      throw bad("too few values on the stack");
    }
    return stack[--height];
  }

  byte pop(byte wanted) {
    byte type = pop();
    if (type == wanted || wanted == ValueType.UNKNOWN) {
      return type;
    }
    if (type == ValueType.UNKNOWN) {
      return wanted;
    }
    throw bad(ValueType.name(type) + " where " + ValueType.name(wanted) + " is needed");
  }

  void pop(Bytes types) {
    for (int i = types.length() - 1; i >= 0; i--) {
      pop((byte) types.at(i));
    }
  }

  /** Checks that these types could be popped, and leaves the stack as it was. */
  void peek(Bytes types) {
    byte[] popped = new byte[types.length()];
    for (int i = types.length() - 1; i >= 0; i--) {
      popped[i] = pop((byte) types.at(i));
    }
    for (byte type : popped) {
      push(type);
    }
  }

  void open(int opcode, FunctionType type, Meter meter) {
    if (frames.size() > Bounds.NESTING_MAX) {
      throw Faults.tooMany(source.at(), "nested blocks", frames.size(), Bounds.NESTING_MAX);
    }
    frames.add(new Frame(opcode, type, height, meter));
    push(type.parameters());
  }

  /** Closes the current block; its results are not yet on the stack. */
  Frame close() {
    Frame frame = current();
    pop(frame.type.results());
    if (height != frame.height) {
      throw bad("values are left on the stack");
    }
    frames.remove(frames.size() - 1);
    return frame;
  }

  /** What follows cannot be reached. */
  void unreachable() {
    Frame frame = current();
    height = frame.height;
    frame.unreachable = true;
  }

  private RuntimeException bad(String what) {
    return Faults.bad(source.at(), what);
  }
}
