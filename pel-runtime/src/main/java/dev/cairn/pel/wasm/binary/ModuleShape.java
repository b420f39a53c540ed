package dev.cairn.pel.wasm.binary;

import dev.cairn.asl.bytes.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All of a module but its code: filled by {@link SectionReader}, then only read. Function indexes
 * are the module's own: imports first.
 */
final class ModuleShape {
  /** No such thing. */
  static final int NONE = -1;

  final List<FunctionType> types = new ArrayList<>();
  final List<HostFunction> imports = new ArrayList<>();

  /** Index of the type of each function, imports first. */
  final List<Integer> functionTypes = new ArrayList<>();

  /** Exported functions by name. */
  final SortedMap<String, Integer> exports = new TreeMap<>();

  final List<Global> globals = new ArrayList<>();
  final List<ElementSegment> elements = new ArrayList<>();
  final List<DataSegment> data = new ArrayList<>();

  @Nullable Limits table;
  @Nullable Limits memory;
  int runFunction = NONE;
  int startFunction = NONE;

  /** What the data count section says; {@link #NONE} if there is none. */
  int dataCount = NONE;

  /**
   * Sizes of a table or memory.
   *
   * @param minimum at first
   * @param maximum at most; as an unsigned integer
   */
  record Limits(int minimum, int maximum) {}

  /**
   * A global variable.
   *
   * @param bits its first value
   */
  record Global(byte type, boolean isMutable, long bits) {}

  /**
   * Functions for the table.
   *
   * @param offset where they go
   */
  record ElementSegment(int offset, List<Integer> functions) {
    ElementSegment {
      functions = List.copyOf(functions);
    }
  }

  /**
   * Bytes for memory.
   *
   * @param offset where they go; null if instructions put them somewhere
   */
  record DataSegment(@Nullable Integer offset, Bytes content) {}

  FunctionType typeOf(int function) {
    return types.get(functionTypes.get(function));
  }
}
