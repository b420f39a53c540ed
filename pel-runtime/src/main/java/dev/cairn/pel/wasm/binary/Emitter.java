package dev.cairn.pel.wasm.binary;

/**
 * Writes instructions, and estimates how much JVM code they become: never less than it will be, as
 * far as the compiler behind is known. One thread.
 */
final class Emitter {
  /** Marks a block type that is an index; value types and none are seven bits. */
  static final long TYPE_INDEX = 1L << 40;

  /** A method of the JVM has at most 65,535 bytes. */
  private static final int JVM_BYTES_MAX = 60_000;

  /**
   * Types of variables at branches that the JVM's verifier must be told, and are computed first.
   */
  private static final long BRANCH_TYPES_MAX = 4_000_000;

  private final ByteSink sink = new ByteSink();
  private long jvmBytes;

  /** Whether this should not be one method of the JVM. */
  boolean isLarge(long branchTypes) {
    return jvmBytes > JVM_BYTES_MAX || branchTypes > BRANCH_TYPES_MAX;
  }

  ByteSink sink() {
    return sink;
  }

  Emitter op(int opcode) {
    jvmBytes += 8;
    sink.u8(opcode);
    return this;
  }

  /** An instruction with an index. */
  Emitter index(int opcode, int index) {
    boolean isLocal = opcode >= Opcode.LOCAL_GET && opcode <= Opcode.LOCAL_TEE;
    jvmBytes += isLocal ? 5 : 14;
    sink.u8(opcode).u32(index);
    return this;
  }

  Emitter i32(int value) {
    jvmBytes += 3;
    sink.u8(Opcode.I32_CONST).signed(value);
    return this;
  }

  Emitter i64(long value) {
    jvmBytes += 3;
    sink.u8(Opcode.I64_CONST).signed(value);
    return this;
  }

  Emitter f32(int bits) {
    jvmBytes += 3;
    sink.u8(Opcode.F32_CONST).fixed32(bits);
    return this;
  }

  Emitter f64(long bits) {
    jvmBytes += 3;
    sink.u8(Opcode.F64_CONST).fixed64(bits);
    return this;
  }

  /** A constant to be filled in later; says where. */
  int patchedI64() {
    jvmBytes += 3;
    sink.u8(Opcode.I64_CONST);
    return sink.patch();
  }

  void patch(int at, long value) {
    sink.patch(at, value);
  }

  Emitter block(int opcode, long type) {
    jvmBytes += 12;
    sink.u8(opcode);
    if ((type & TYPE_INDEX) != 0) {
      sink.signed(type & ~TYPE_INDEX);
    } else {
      sink.u8((int) type);
    }
    return this;
  }

  Emitter branch(int opcode, int label, int kept, int height) {
    jvmBytes += 24 + 10L * kept + height;
    sink.u8(opcode).u32(label);
    return this;
  }

  Emitter branchTable(int[] labels, int kept, int height) {
    jvmBytes += 24 + labels.length * (16 + 10L * kept + height);
    sink.u8(Opcode.BR_TABLE).u32(labels.length - 1);
    for (int label : labels) {
      sink.u32(label);
    }
    return this;
  }

  Emitter call(int function, FunctionType type) {
    jvmBytes += 20 + 16L * type.results().length();
    sink.u8(Opcode.CALL).u32(function);
    return this;
  }

  Emitter callIndirect(int type, FunctionType called) {
    jvmBytes += 24 + 16L * called.results().length();
    sink.u8(Opcode.CALL_INDIRECT).u32(type).u32(0);
    return this;
  }

  Emitter memory(int opcode, int alignment, int offset) {
    jvmBytes += 16;
    sink.u8(opcode).u32(alignment).u32(offset);
    return this;
  }

  Emitter prefixed(int code) {
    jvmBytes += 16;
    sink.u8(Opcode.PREFIX).u32(code);
    return this;
  }

  Emitter immediate(int value) {
    sink.u32(value);
    return this;
  }

  Emitter all(Emitter other) {
    jvmBytes += other.jvmBytes;
    sink.all(other.sink);
    return this;
  }
}
