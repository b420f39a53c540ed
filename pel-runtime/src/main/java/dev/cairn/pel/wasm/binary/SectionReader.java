package dev.cairn.pel.wasm.binary;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.pel.wasm.binary.ModuleShape.DataSegment;
import dev.cairn.pel.wasm.binary.ModuleShape.ElementSegment;
import dev.cairn.pel.wasm.binary.ModuleShape.Global;
import dev.cairn.pel.wasm.binary.ModuleShape.Limits;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the sections of a module (WebAssembly Core Specification 2.0, §5.5) and checks all but the
 * code (§3.4). Used once.
 */
final class SectionReader {
  /** The function that does the work. */
  static final String RUN = "cairn_run";

  private static final int MAGIC = 0x6d736100;
  private static final int VERSION = 1;
  private static final int CUSTOM = 0;
  private static final int CODE = 10;
  private static final int DATA = 11;
  private static final int DATA_COUNT = 12;
  private static final int TAG = 13;

  /** The order of the sections: the data count stands between elements and code. */
  private static final int[] PLACE = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 10};

  private static final int FUNCTION = 0;
  private static final int TABLE = 1;
  private static final int MEMORY = 2;
  private static final int GLOBAL = 3;
  private static final int TABLE_MAXIMUM_ABSENT = -1;
  private static final int MEMORY_PAGES = 1 << 16;

  private final ModuleShape shape = new ModuleShape();
  private final ByteSource source;
  private final boolean isOperator;
  private final List<ByteSource> bodies = new ArrayList<>();
  private int ownFunctions;

  /**
   * @param isOperator whether it must export what an operator does
   */
  SectionReader(byte[] module, boolean isOperator) {
    this.source = new ByteSource(module, 0, module.length);
    this.isOperator = isOperator;
  }

  ModuleShape shape() {
    return shape;
  }

  /** The function bodies, unread. */
  List<ByteSource> bodies() {
    return bodies;
  }

  void read() {
    if (source.fixed32() != MAGIC) {
      throw Faults.bad(0, "no WebAssembly module");
    }
    int version = source.fixed32();
    if (version != VERSION) {
      throw Faults.bad(4, "version " + Integer.toUnsignedString(version) + " of the format, not 1");
    }
    int last = 0;
    while (source.hasMore()) {
      int at = source.at();
      int id = source.u8();
      ByteSource section = source.part(source.u32());
      if (id == CUSTOM) {
        section.name();
        continue;
      }
      if (id == TAG) {
        throw Faults.unsupported(at, "exceptions");
      }
      if (id >= PLACE.length) {
        throw Faults.bad(at, "unknown section " + id);
      }
      if (PLACE[id] <= last) {
        throw Faults.bad(at, "section " + id + " stands twice or out of order");
      }
      last = PLACE[id];
      section(id, section);
      if (section.hasMore()) {
        throw Faults.bad(section.at(), "section " + id + " is longer than what it holds");
      }
    }
    checkWhole();
  }

  private void section(int id, ByteSource section) {
    switch (id) {
      case 1 -> types(section);
      case 2 -> imports(section);
      case 3 -> functions(section);
      case 4 -> table(section);
      case 5 -> memory(section);
      case 6 -> globals(section);
      case 7 -> exports(section);
      case 8 -> start(section);
      case 9 -> elements(section);
      case CODE -> code(section);
      case DATA -> data(section);
      case DATA_COUNT -> shape.dataCount = section.count("data segments", Bounds.SEGMENTS_MAX);
      default -> throw new AssertionError(id);
    }
  }

  private void checkWhole() {
    int end = source.end();
    if (bodies.size() != ownFunctions) {
      throw Faults.bad(end, ownFunctions + " functions and " + bodies.size() + " bodies");
    }
    if (shape.dataCount >= 0 && shape.dataCount != shape.data.size()) {
      throw Faults.bad(
          end, shape.dataCount + " data segments announced, " + shape.data.size() + " there");
    }
    if (isOperator && shape.runFunction < 0) {
      throw Faults.bad(end, "no function " + RUN + " is exported");
    }
  }

  private void types(ByteSource section) {
    int count = section.count("types", Bounds.TYPES_MAX);
    for (int i = 0; i < count; i++) {
      shape.types.add(FunctionType.read(section));
    }
  }

  private void imports(ByteSource section) {
    int count = section.count("imports", Bounds.IMPORTS_MAX);
    for (int i = 0; i < count; i++) {
      int at = section.at();
      String module = section.name();
      String symbol = section.name();
      int kind = section.u8();
      if (kind > GLOBAL) {
        throw Faults.bad(section.at() - 1, "unknown kind of import " + kind);
      }
      Optional<HostFunction> found =
          module.equals(HostFunction.MODULE) ? HostFunction.find(symbol) : Optional.empty();
      if (found.isEmpty() || kind != FUNCTION) {
        throw Faults.unsupported(at, "import of " + module + "." + symbol);
      }
      HostFunction function = found.get();
      int type = typeIndex(section);
      if (!shape.types.get(type).equals(function.type())) {
        throw Faults.unsupported(at, "import of " + symbol + " with another type than it has");
      }
      shape.imports.add(function);
      shape.functionTypes.add(type);
    }
  }

  private void functions(ByteSource section) {
    ownFunctions = section.count("functions", Bounds.FUNCTIONS_MAX);
    for (int i = 0; i < ownFunctions; i++) {
      shape.functionTypes.add(typeIndex(section));
    }
  }

  private void table(ByteSource section) {
    int at = section.at();
    int count = section.u32();
    if (count == 0) {
      return;
    }
    if (count != 1) {
      throw Faults.unsupported(at, "more than one table");
    }
    int type = section.u8();
    if (type == 0x6f) {
      throw Faults.unsupported(section.at() - 1, "references as values");
    }
    if (type != 0x70) {
      throw Faults.bad(section.at() - 1, "no table type");
    }
    Limits limits = limits(section, TABLE_MAXIMUM_ABSENT);
    if (Integer.compareUnsigned(limits.minimum(), Bounds.TABLE_ELEMENTS_MAX) > 0) {
      throw Faults.tooMany(
          at,
          "table elements",
          Integer.toUnsignedLong(limits.minimum()),
          Bounds.TABLE_ELEMENTS_MAX);
    }
    shape.table = limits;
  }

  private void memory(ByteSource section) {
    int at = section.at();
    int count = section.u32();
    if (count == 0) {
      return;
    }
    if (count != 1) {
      throw Faults.unsupported(at, "more than one memory");
    }
    Limits limits = limits(section, MEMORY_PAGES);
    if (Integer.compareUnsigned(limits.minimum(), MEMORY_PAGES) > 0
        || Integer.compareUnsigned(limits.maximum(), MEMORY_PAGES) > 0) {
      throw Faults.bad(at, "memory of more than 65536 pages");
    }
    shape.memory = limits;
  }

  private static Limits limits(ByteSource section, int absent) {
    int at = section.at();
    int flags = section.u8();
    if (flags > 1) {
      if (flags < 8) {
        throw Faults.unsupported(at, "shared or 64-bit memory");
      }
      throw Faults.bad(at, "unknown limits");
    }
    int minimum = section.u32();
    int maximum = flags == 1 ? section.u32() : absent;
    if (Integer.compareUnsigned(minimum, maximum) > 0) {
      throw Faults.bad(at, "the minimum is greater than the maximum");
    }
    return new Limits(minimum, maximum);
  }

  private void globals(ByteSource section) {
    int count = section.count("globals", Bounds.GLOBALS_MAX);
    for (int i = 0; i < count; i++) {
      byte type = ValueType.read(section);
      int mutability = section.u8();
      if (mutability > 1) {
        throw Faults.bad(section.at() - 1, "unknown mutability " + mutability);
      }
      shape.globals.add(new Global(type, mutability == 1, constant(section, type)));
    }
  }

  /**
   * A constant expression: without imported globals it can only be one constant.
   *
   * @return its bits
   */
  private static long constant(ByteSource section, byte wanted) {
    int at = section.at();
    int opcode = section.u8();
    byte type;
    long bits;
    switch (opcode) {
      case Opcode.I32_CONST -> {
        type = ValueType.I32;
        bits = section.signed(32);
      }
      case Opcode.I64_CONST -> {
        type = ValueType.I64;
        bits = section.signed(64);
      }
      case Opcode.F32_CONST -> {
        type = ValueType.F32;
        bits = section.fixed32();
      }
      case Opcode.F64_CONST -> {
        type = ValueType.F64;
        bits = section.fixed64();
      }
      default -> throw noConstant(at, opcode);
    }
    if (type != wanted) {
      throw Faults.bad(
          at, "constant of " + ValueType.name(type) + ", not " + ValueType.name(wanted));
    }
    int next = section.u8();
    if (next != Opcode.END) {
      throw noConstant(section.at() - 1, next);
    }
    return bits;
  }

  /** Later versions of the format compute constants. */
  private static RuntimeException noConstant(int at, int opcode) {
    return switch (opcode) {
      case Opcode.GLOBAL_GET,
          Opcode.I32_CONST,
          Opcode.I64_CONST,
          0x6a,
          0x6b,
          0x6c,
          0x7c,
          0x7d,
          0x7e ->
          Faults.unsupported(at, "constants computed from others");
      case 0xd0, 0xd2, 0xfb, 0xfd -> Faults.unsupported(at, "references or vectors as constants");
      default -> Faults.bad(at, "no constant");
    };
  }

  private void exports(ByteSource section) {
    int count = section.count("exports", Bounds.EXPORTS_MAX);
    Set<String> names = new HashSet<>();
    for (int i = 0; i < count; i++) {
      int at = section.at();
      String name = section.name();
      if (!names.add(name)) {
        throw Faults.bad(at, "two exports have one name");
      }
      int kind = section.u8();
      int index = section.u32();
      checkExport(at, kind, index);
      if (kind == FUNCTION) {
        shape.exports.put(name, index);
      }
      if (isOperator && name.equals(RUN)) {
        checkRun(at, kind, index);
        shape.runFunction = index;
      }
    }
  }

  private void checkExport(int at, int kind, int index) {
    int count =
        switch (kind) {
          case FUNCTION -> shape.functionTypes.size();
          case TABLE -> shape.table == null ? 0 : 1;
          case MEMORY -> shape.memory == null ? 0 : 1;
          case GLOBAL -> shape.globals.size();
          default -> throw Faults.bad(at, "unknown kind of export " + kind);
        };
    if (Integer.compareUnsigned(index, count) >= 0) {
      throw Faults.bad(at, "export of what is not there");
    }
  }

  private void checkRun(int at, int kind, int index) {
    if (kind != FUNCTION) {
      throw Faults.bad(at, RUN + " is no function");
    }
    if (!shape.typeOf(index).equals(FunctionType.VOID)) {
      throw Faults.bad(at, RUN + " takes or gives something");
    }
    if (index < shape.imports.size()) {
      throw Faults.bad(at, RUN + " is imported");
    }
  }

  private void start(ByteSource section) {
    int at = section.at();
    int function = functionIndex(section);
    if (!shape.typeOf(function).equals(FunctionType.VOID)) {
      throw Faults.bad(at, "the start function takes or gives something");
    }
    shape.startFunction = function;
  }

  private void elements(ByteSource section) {
    int count = section.count("element segments", Bounds.SEGMENTS_MAX);
    for (int i = 0; i < count; i++) {
      element(section);
    }
  }

  private void element(ByteSource section) {
    int at = section.at();
    int kind = section.u32();
    if (kind != 0 && kind != 2) {
      if (Integer.compareUnsigned(kind, 7) > 0) {
        throw Faults.bad(at, "unknown kind of element segment");
      }
      throw Faults.unsupported(at, "element segments that instructions or expressions fill");
    }
    int table = kind == 2 ? section.u32() : 0;
    if (table != 0 || shape.table == null) {
      throw Faults.bad(at, "elements for a table that is not there");
    }
    long offset = constant(section, ValueType.I32) & 0xffffffffL;
    if (kind == 2 && section.u8() != 0) {
      throw Faults.bad(section.at() - 1, "unknown kind of elements");
    }
    int count = section.count("elements", Bounds.TABLE_ELEMENTS_MAX);
    List<Integer> functions = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      functions.add(functionIndex(section));
    }
    if (offset + count > shape.table.minimum()) {
      throw Faults.bad(at, "elements beyond the table");
    }
    shape.elements.add(new ElementSegment((int) offset, functions));
  }

  private void code(ByteSource section) {
    int at = section.at();
    if (section.end() - at > Bounds.CODE_BYTES_MAX) {
      throw Faults.tooMany(at, "bytes of code", section.end() - at, Bounds.CODE_BYTES_MAX);
    }
    int count = section.count("functions", Bounds.FUNCTIONS_MAX);
    for (int i = 0; i < count; i++) {
      int length = section.count("bytes of one function", Bounds.BODY_BYTES_MAX);
      bodies.add(section.part(length));
    }
  }

  private void data(ByteSource section) {
    int count = section.count("data segments", Bounds.SEGMENTS_MAX);
    for (int i = 0; i < count; i++) {
      int at = section.at();
      int kind = section.u32();
      if (Integer.compareUnsigned(kind, 2) > 0) {
        throw Faults.bad(at, "unknown kind of data segment");
      }
      int memory = kind == 2 ? section.u32() : 0;
      if (kind != 1 && (memory != 0 || shape.memory == null)) {
        throw Faults.bad(at, "data for a memory that is not there");
      }
      Integer offset = kind == 1 ? null : (int) constant(section, ValueType.I32);
      Bytes content = section.bytes();
      if (offset != null) {
        checkInMemory(at, Integer.toUnsignedLong(offset) + content.length());
      }
      shape.data.add(new DataSegment(offset, content));
    }
  }

  private void checkInMemory(int at, long dataEnd) {
    Limits memory = shape.memory;
    if (memory == null || dataEnd > (long) memory.minimum() << 16) {
      throw Faults.bad(at, "data beyond the memory");
    }
  }

  private int typeIndex(ByteSource section) {
    int at = section.at();
    int index = section.u32();
    if (Integer.compareUnsigned(index, shape.types.size()) >= 0) {
      throw Faults.bad(at, "unknown type " + Integer.toUnsignedString(index));
    }
    return index;
  }

  private int functionIndex(ByteSource section) {
    int at = section.at();
    int index = section.u32();
    if (Integer.compareUnsigned(index, shape.functionTypes.size()) >= 0) {
      throw Faults.bad(at, "unknown function " + Integer.toUnsignedString(index));
    }
    return index;
  }
}
