package dev.cairn.pel.wasm.binary;

/**
 * How large a module may be. Part of the contract of {@code wasm/run@1}: a module past one of these
 * is refused with the same words on every node, before anything is compiled.
 */
public final class Bounds {
  /** Bytes of a module. */
  public static final int MODULE_BYTES_MAX = 8 << 20;

  /** Bytes of all function bodies. */
  static final int CODE_BYTES_MAX = 4 << 20;

  /** Bytes of one function body. */
  static final int BODY_BYTES_MAX = 256 << 10;

  /** Function types. */
  static final int TYPES_MAX = 1_000;

  /** Parameters of a function, and results of one. */
  static final int ARITY_MAX = 64;

  /** Imports. */
  static final int IMPORTS_MAX = 100;

  /** Functions of its own. */
  static final int FUNCTIONS_MAX = 10_000;

  /** Locals of a function, parameters included. */
  static final int LOCALS_MAX = 2_000;

  /** Values on the operand stack of a function. */
  static final int HEIGHT_MAX = 1_000;

  /** Blocks inside blocks. */
  static final int NESTING_MAX = 1_000;

  /** Targets of all {@code br_table} of one function. */
  static final int TABLE_TARGETS_MAX = 20_000;

  /**
   * Branches and blocks of a function times its locals and the values that its stack can hold,
   * summed over all functions.
   */
  static final long BRANCH_TYPES_MAX = 50_000_000;

  /** Global variables. */
  static final int GLOBALS_MAX = 1_000;

  /** Exports. */
  static final int EXPORTS_MAX = 10_000;

  /** Elements of the table. */
  static final int TABLE_ELEMENTS_MAX = 100_000;

  /** Element segments, and data segments. */
  static final int SEGMENTS_MAX = 10_000;

  /** Pages of 64 KiB that memory can ever have: 1 GiB. */
  public static final int PAGES_MAX = 16_384;

  private Bounds() {}
}
