package dev.cairn.pel.wasm.binary;

import static dev.cairn.pel.wasm.binary.ValueType.F32;
import static dev.cairn.pel.wasm.binary.ValueType.F64;
import static dev.cairn.pel.wasm.binary.ValueType.I32;
import static dev.cairn.pel.wasm.binary.ValueType.I64;

import org.jspecify.annotations.Nullable;

/**
 * An instruction that takes one or two numbers and gives one, and has no immediate (WebAssembly
 * Core Specification 2.0, §5.4.7).
 *
 * @param operand type of what it takes
 * @param arity how many
 * @param result type of what it gives
 */
record NumericInstruction(byte operand, int arity, byte result) {
  private static final @Nullable NumericInstruction[] PLAIN = plain();
  private static final NumericInstruction[] SATURATING = saturating();

  /** By opcode; null if that is no such instruction. */
  static @Nullable NumericInstruction of(int opcode) {
    return PLAIN[opcode];
  }

  /** Those behind the prefix: conversions that saturate. */
  static NumericInstruction saturating(int code) {
    return SATURATING[code];
  }

  private static void fill(
      @Nullable NumericInstruction[] table,
      int from,
      int to,
      byte operand,
      int arity,
      byte result) {
    for (int i = from; i <= to; i++) {
      table[i] = new NumericInstruction(operand, arity, result);
    }
  }

  private static @Nullable NumericInstruction[] plain() {
    @Nullable NumericInstruction[] table = new @Nullable NumericInstruction[256];
    fill(table, 0x45, 0x45, I32, 1, I32);
    fill(table, 0x46, 0x4f, I32, 2, I32);
    fill(table, 0x50, 0x50, I64, 1, I32);
    fill(table, 0x51, 0x5a, I64, 2, I32);
    fill(table, 0x5b, 0x60, F32, 2, I32);
    fill(table, 0x61, 0x66, F64, 2, I32);
    fill(table, 0x67, 0x69, I32, 1, I32);
    fill(table, 0x6a, 0x78, I32, 2, I32);
    fill(table, 0x79, 0x7b, I64, 1, I64);
    fill(table, 0x7c, 0x8a, I64, 2, I64);
    fill(table, 0x8b, 0x91, F32, 1, F32);
    fill(table, 0x92, 0x98, F32, 2, F32);
    fill(table, 0x99, 0x9f, F64, 1, F64);
    fill(table, 0xa0, 0xa6, F64, 2, F64);
    fill(table, 0xa7, 0xa7, I64, 1, I32);
    fill(table, 0xa8, 0xa9, F32, 1, I32);
    fill(table, 0xaa, 0xab, F64, 1, I32);
    fill(table, 0xac, 0xad, I32, 1, I64);
    fill(table, 0xae, 0xaf, F32, 1, I64);
    fill(table, 0xb0, 0xb1, F64, 1, I64);
    fill(table, 0xb2, 0xb3, I32, 1, F32);
    fill(table, 0xb4, 0xb5, I64, 1, F32);
    fill(table, 0xb6, 0xb6, F64, 1, F32);
    fill(table, 0xb7, 0xb8, I32, 1, F64);
    fill(table, 0xb9, 0xba, I64, 1, F64);
    fill(table, 0xbb, 0xbb, F32, 1, F64);
    fill(table, 0xbc, 0xbc, F32, 1, I32);
    fill(table, 0xbd, 0xbd, F64, 1, I64);
    fill(table, 0xbe, 0xbe, I32, 1, F32);
    fill(table, 0xbf, 0xbf, I64, 1, F64);
    fill(table, 0xc0, 0xc1, I32, 1, I32);
    fill(table, 0xc2, 0xc4, I64, 1, I64);
    return table;
  }

  private static NumericInstruction[] saturating() {
    NumericInstruction[] table = new NumericInstruction[8];
    fill(table, 0, 1, F32, 1, I32);
    fill(table, 2, 3, F64, 1, I32);
    fill(table, 4, 5, F32, 1, I64);
    fill(table, 6, 7, F64, 1, I64);
    return table;
  }
}
