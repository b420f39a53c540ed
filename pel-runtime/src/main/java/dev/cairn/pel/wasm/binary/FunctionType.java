package dev.cairn.pel.wasm.binary;

import dev.cairn.asl.bytes.Bytes;

/**
 * What a function takes and gives.
 *
 * @param parameters value types, one byte each
 * @param results value types, one byte each
 */
record FunctionType(Bytes parameters, Bytes results) {
  static final FunctionType VOID = new FunctionType(Bytes.EMPTY, Bytes.EMPTY);

  static FunctionType read(ByteSource source) {
    int at = source.at();
    if (source.u8() != 0x60) {
      throw Faults.bad(at, "no function type");
    }
    return new FunctionType(values(source, "parameters"), values(source, "results"));
  }

  private static Bytes values(ByteSource source, String what) {
    byte[] types = new byte[source.count(what, Bounds.ARITY_MAX)];
    for (int i = 0; i < types.length; i++) {
      types[i] = ValueType.read(source);
    }
    return Bytes.wrap(types);
  }

  void write(ByteSink sink) {
    sink.u8(0x60).vector(parameters).vector(results);
  }
}
