package dev.cairn.pel.wasm.binary;

import dev.cairn.asl.bytes.Bytes;
import java.util.Arrays;
import java.util.Optional;

/**
 * What a module may import, all from {@code cairn}; the rewritten module imports each of them, in
 * this order, and the two that only rewriting uses.
 */
public enum HostFunction {
  /** How many inputs there are. */
  INPUT_COUNT("input_count", "", "i"),
  /** Bytes of an input. */
  INPUT_LENGTH("input_length", "i", "l"),
  /** Type of an input, into memory. */
  INPUT_TYPE("input_type", "iii", "i"),
  /** Label of an input, into memory. */
  INPUT_LABEL("input_label", "iii", "i"),
  /** Bytes of an input, into memory. */
  INPUT_READ("input_read", "ilii", "i"),
  /** The argument, into memory. */
  ARGUMENT("argument", "ii", "i"),
  /** Bytes of memory, to the end of the output. */
  OUTPUT_WRITE("output_write", "ii", ""),
  /** Ends the run with a refusal. */
  FAIL("fail", "ii", ""),
  /** Not for modules: the fuel is used up. */
  FUEL_EXHAUSTED(" fuel_exhausted", "", ""),
  /** Not for modules: calls are nested too deep. */
  CALLS_TOO_DEEP(" calls_too_deep", "", "");

  /** The module from which everything is imported. */
  public static final String MODULE = "cairn";

  private final String symbol;
  private final String parameters;
  private final String results;

  /**
   * @param parameters a letter each: i for 32 bits, l for 64
   * @param results likewise
   */
  HostFunction(String symbol, String parameters, String results) {
    this.symbol = symbol;
    this.parameters = parameters;
    this.results = results;
  }

  /** Its index among the imports of a rewritten module. */
  @SuppressWarnings("EnumOrdinal")
  public int index() {
    return ordinal();
  }

  /** Its name in the binary format. */
  public String symbol() {
    return symbol;
  }

  FunctionType type() {
    return new FunctionType(types(parameters), types(results));
  }

  private static Bytes types(String letters) {
    byte[] types = new byte[letters.length()];
    for (int i = 0; i < types.length; i++) {
      types[i] = letters.charAt(i) == 'i' ? ValueType.I32 : ValueType.I64;
    }
    return Bytes.wrap(types);
  }

  private boolean isForModules() {
    return this != FUEL_EXHAUSTED && this != CALLS_TOO_DEEP;
  }

  static Optional<HostFunction> find(String symbol) {
    return Arrays.stream(values())
        .filter(function -> function.isForModules() && function.symbol.equals(symbol))
        .findFirst();
  }
}
