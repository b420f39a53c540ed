package dev.cairn.pel.wasm.binary;

/** The instructions that are looked at by name; all others are known by what they take and give. */
final class Opcode {
  static final int UNREACHABLE = 0x00;
  static final int NOP = 0x01;
  static final int BLOCK = 0x02;
  static final int LOOP = 0x03;
  static final int IF = 0x04;
  static final int ELSE = 0x05;
  static final int END = 0x0b;
  static final int BR = 0x0c;
  static final int BR_IF = 0x0d;
  static final int BR_TABLE = 0x0e;
  static final int RETURN = 0x0f;
  static final int CALL = 0x10;
  static final int CALL_INDIRECT = 0x11;
  static final int DROP = 0x1a;
  static final int SELECT = 0x1b;
  static final int SELECT_TYPED = 0x1c;
  static final int LOCAL_GET = 0x20;
  static final int LOCAL_SET = 0x21;
  static final int LOCAL_TEE = 0x22;
  static final int GLOBAL_GET = 0x23;
  static final int GLOBAL_SET = 0x24;
  static final int I32_LOAD = 0x28;
  static final int I32_STORE = 0x36;
  static final int I64_STORE_32 = 0x3e;
  static final int MEMORY_SIZE = 0x3f;
  static final int MEMORY_GROW = 0x40;
  static final int I32_CONST = 0x41;
  static final int I64_CONST = 0x42;
  static final int F32_CONST = 0x43;
  static final int F64_CONST = 0x44;
  static final int I32_EQZ = 0x45;
  static final int I32_LT_S = 0x48;
  static final int I64_LT_S = 0x53;
  static final int F32_EQ = 0x5b;
  static final int F64_EQ = 0x61;
  static final int I32_SUB = 0x6b;
  static final int I32_AND = 0x71;
  static final int I32_OR = 0x72;
  static final int I32_XOR = 0x73;
  static final int I64_SUB = 0x7d;
  static final int I64_AND = 0x83;
  static final int I64_OR = 0x84;
  static final int I64_XOR = 0x85;
  static final int I64_SHR_U = 0x88;
  static final int F32_ABS = 0x8b;
  static final int F32_NEG = 0x8c;
  static final int F32_COPYSIGN = 0x98;
  static final int F64_ABS = 0x99;
  static final int F64_NEG = 0x9a;
  static final int F64_COPYSIGN = 0xa6;
  static final int I64_EXTEND_I32_U = 0xad;
  static final int F32_DEMOTE_F64 = 0xb6;
  static final int F64_PROMOTE_F32 = 0xbb;
  static final int I32_REINTERPRET_F32 = 0xbc;
  static final int I64_REINTERPRET_F64 = 0xbd;
  static final int F32_REINTERPRET_I32 = 0xbe;
  static final int F64_REINTERPRET_I64 = 0xbf;
  static final int I64_EXTEND_32_S = 0xc4;

  /** Before the instructions of two bytes. */
  static final int PREFIX = 0xfc;

  static final int I64_TRUNC_SAT_F64_U = 7;
  static final int MEMORY_INIT = 8;
  static final int DATA_DROP = 9;
  static final int MEMORY_COPY = 10;
  static final int MEMORY_FILL = 11;
  static final int TABLE_FILL = 17;

  /** A block without values. */
  static final int VOID_BLOCK = 0x40;

  private Opcode() {}
}
