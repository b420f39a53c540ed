package dev.cairn.pel.wasm.binary;

import static dev.cairn.pel.wasm.binary.ValueType.F32;
import static dev.cairn.pel.wasm.binary.ValueType.F64;
import static dev.cairn.pel.wasm.binary.ValueType.I32;
import static dev.cairn.pel.wasm.binary.ValueType.I64;

/**
 * A load or store (WebAssembly Core Specification 2.0, §5.4.6).
 *
 * @param type of the value
 * @param alignmentMax logarithm of the bytes that it touches
 * @param isStore whether it writes
 */
record MemoryInstruction(byte type, int alignmentMax, boolean isStore) {
  private static final byte[] TYPES = {
    I32, I64, F32, F64, I32, I32, I32, I32, I64, I64, I64, I64, I64, I64, // loads
    I32, I64, F32, F64, I32, I32, I64, I64, I64
  };
  private static final byte[] ALIGNMENTS = {
    2, 3, 2, 3, 0, 0, 1, 1, 0, 0, 1, 1, 2, 2, // loads
    2, 3, 2, 3, 0, 1, 0, 1, 2
  };

  /** By opcode, from {@link Opcode#I32_LOAD} to {@link Opcode#I64_STORE_32}. */
  static MemoryInstruction of(int opcode) {
    int i = opcode - Opcode.I32_LOAD;
    return new MemoryInstruction(TYPES[i], ALIGNMENTS[i], opcode >= Opcode.I32_STORE);
  }
}
