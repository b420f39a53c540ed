package dev.cairn.pel.wasm.binary;

/** Value types as the binary format writes them. */
final class ValueType {
  static final byte I32 = 0x7f;
  static final byte I64 = 0x7e;
  static final byte F32 = 0x7d;
  static final byte F64 = 0x7c;

  /** What an unreachable instruction leaves on the stack: fits any type. */
  static final byte UNKNOWN = 0;

  private static final byte V128 = 0x7b;
  private static final byte FUNCTION_REFERENCE = 0x70;
  private static final byte EXTERNAL_REFERENCE = 0x6f;

  private ValueType() {}

  static byte read(ByteSource source) {
    int at = source.at();
    return check(at, source.u8());
  }

  static byte check(int at, int code) {
    return switch (code) {
      case I32, I64, F32, F64 -> (byte) code;
      case V128 -> throw Faults.unsupported(at, "vectors (SIMD)");
      case FUNCTION_REFERENCE, EXTERNAL_REFERENCE ->
          throw Faults.unsupported(at, "references as values");
      default -> throw Faults.bad(at, "unknown value type " + code);
    };
  }

  static String name(byte type) {
    return switch (type) {
      case I32 -> "i32";
      case I64 -> "i64";
      case F32 -> "f32";
      case F64 -> "f64";
      default -> "any";
    };
  }
}
