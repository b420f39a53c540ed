package dev.cairn.pel.wasm.binary;

import dev.cairn.pel.operator.OperatorFailure;

/** The ways in which a module is refused before it runs. */
final class Faults {
  private Faults() {}

  /** The bytes are no WebAssembly, or break its rules. */
  static OperatorFailure bad(int at, String what) {
    return new OperatorFailure("bad-module", "byte " + at + ": " + what);
  }

  /** WebAssembly, but more of it than an operator may use. */
  static OperatorFailure unsupported(int at, String what) {
    return new OperatorFailure("unsupported-module", "byte " + at + ": " + what);
  }

  /** Too much of something. */
  static OperatorFailure tooMany(int at, String what, long count, long max) {
    return new OperatorFailure(
        "module-limit", "byte " + at + ": " + count + " " + what + ", more than " + max);
  }
}
