package dev.cairn.pel.wasm.binary;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.pel.wasm.binary.ModuleShape.DataSegment;
import dev.cairn.pel.wasm.binary.ModuleShape.ElementSegment;
import dev.cairn.pel.wasm.binary.ModuleShape.Global;
import dev.cairn.pel.wasm.binary.ModuleShape.Limits;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Checks a module and writes it anew, so that what it does is a function of its inputs alone, on
 * any machine: its work and the depth of its calls are counted, and no arithmetic shows the bits of
 * a NaN.
 *
 * <p>Taken is WebAssembly 2.0 without vectors, without references as values and without
 * instructions that change tables, with at most one table and one memory of its own. Imports are
 * those of {@link HostFunction}. Custom sections and exports but {@code cairn_run} are dropped.
 *
 * <p>Time and memory are linear in the module, whose size is bounded by {@link Bounds}.
 */
public final class ModuleRewriter {
  private static final int FUNCTION_KIND = 0;
  private static final int GLOBAL_KIND = 3;

  private final ModuleShape shape;
  private final List<ByteSource> bodies;
  private final Indexes indexes;
  private final boolean isOperator;
  private final ByteSink out = new ByteSink();

  private ModuleRewriter(SectionReader reader, boolean isOperator) {
    this.isOperator = isOperator;
    this.shape = reader.shape();
    this.bodies = reader.bodies();
    this.indexes = new Indexes(shape);
  }

  /**
   * The module, checked and rewritten.
   *
   * @throws dev.cairn.pel.operator.OperatorFailure if it is malformed, invalid, too large or uses
   *     what is not supported; the text depends on the module alone
   */
  public static PreparedModule prepare(Bytes module) {
    if (module.length() > Bounds.MODULE_BYTES_MAX) {
      throw Faults.tooMany(0, "bytes", module.length(), Bounds.MODULE_BYTES_MAX);
    }
    return prepare(module, true);
  }

  /**
   * The same for modules that are no operators, which export their functions under their names: so
   * that what others wrote to test implementations can test this one.
   */
  static PreparedModule prepare(Bytes module, boolean isOperator) {
    SectionReader reader = new SectionReader(module.toArray(), isOperator);
    reader.read();
    return new ModuleRewriter(reader, isOperator).rewrite();
  }

  private PreparedModule rewrite() {
    List<RewrittenBody> rewritten = new ArrayList<>();
    Set<Integer> large = new TreeSet<>();
    long branchTypes = 0;
    for (int i = 0; i < bodies.size(); i++) {
      int function = shape.imports.size() + i;
      RewrittenBody body = new BodyRewriter(shape, indexes, function, bodies.get(i)).rewrite();
      rewritten.add(body);
      branchTypes += body.branchTypes();
      if (branchTypes > Bounds.BRANCH_TYPES_MAX) {
        throw Faults.tooMany(
            bodies.get(i).end(), "variables at branches", branchTypes, Bounds.BRANCH_TYPES_MAX);
      }
      if (body.isLarge()) {
        large.add(indexes.function(function));
      }
    }
    out.fixed32(0x6d736100).fixed32(1);
    types();
    imports();
    functions();
    table();
    Limits memory = memory();
    globals();
    exports();
    elements();
    dataCount();
    code(rewritten);
    data();
    return new PreparedModule(
        out.toArray(),
        memory.minimum(),
        memory.maximum(),
        shape.startFunction >= 0,
        Set.copyOf(large));
  }

  private void section(int id, ByteSink content) {
    out.u8(id).sized(content);
  }

  private void types() {
    List<FunctionType> types = indexes.types();
    ByteSink section = new ByteSink().u32(types.size());
    types.forEach(type -> type.write(section));
    section(1, section);
  }

  private void imports() {
    HostFunction[] functions = HostFunction.values();
    ByteSink section = new ByteSink().u32(functions.length);
    for (HostFunction function : functions) {
      section.name(HostFunction.MODULE).name(function.symbol());
      section.u8(FUNCTION_KIND).u32(indexes.type(function.type()));
    }
    section(2, section);
  }

  private void functions() {
    ByteSink section = new ByteSink().u32(bodies.size());
    for (int i = 0; i < bodies.size(); i++) {
      section.u32(indexes.type(shape.typeOf(shape.imports.size() + i)));
    }
    section(3, section);
  }

  private void table() {
    Limits table = shape.table;
    if (table != null) {
      // Nothing makes it grow.
      ByteSink section = new ByteSink().u32(1).u8(0x70).u8(1);
      section(4, section.u32(table.minimum()).u32(table.minimum()));
    }
  }

  private Limits memory() {
    Limits memory = shape.memory == null ? new Limits(0, 0) : shape.memory;
    ByteSink section = new ByteSink().u32(1).u8(1);
    section(5, section.u32(memory.minimum()).u32(memory.maximum()));
    return memory;
  }

  private void globals() {
    ByteSink section = new ByteSink().u32(shape.globals.size() + 2);
    for (Global global : shape.globals) {
      section.u8(global.type()).u8(global.isMutable() ? 1 : 0);
      constant(section, global.type(), global.bits());
    }
    section.u8(ValueType.I64).u8(1);
    constant(section, ValueType.I64, 0);
    section.u8(ValueType.I32).u8(1);
    constant(section, ValueType.I32, 0);
    section(6, section);
  }

  private static void constant(ByteSink section, byte type, long bits) {
    switch (type) {
      case ValueType.I32 -> section.u8(Opcode.I32_CONST).signed(bits);
      case ValueType.I64 -> section.u8(Opcode.I64_CONST).signed(bits);
      case ValueType.F32 -> section.u8(Opcode.F32_CONST).fixed32((int) bits);
      case ValueType.F64 -> section.u8(Opcode.F64_CONST).fixed64(bits);
      default -> throw new AssertionError(type);
    }
    section.u8(Opcode.END);
  }

  private void exports() {
    SortedMap<String, Integer> functions = new TreeMap<>();
    if (isOperator) {
      functions.put(PreparedModule.RUN, shape.runFunction);
    } else {
      functions.putAll(shape.exports);
    }
    if (shape.startFunction >= 0) {
      functions.put(PreparedModule.START, shape.startFunction);
    }
    ByteSink section = new ByteSink().u32(functions.size() + 2);
    export(section, PreparedModule.FUEL, GLOBAL_KIND, indexes.fuelGlobal());
    export(section, PreparedModule.DEPTH, GLOBAL_KIND, indexes.depthGlobal());
    functions.forEach(
        (name, function) -> export(section, name, FUNCTION_KIND, indexes.function(function)));
    section(7, section);
  }

  private static void export(ByteSink section, String name, int kind, int index) {
    section.vector(Bytes.utf8(name)).u8(kind).u32(index);
  }

  private void elements() {
    ByteSink section = new ByteSink().u32(shape.elements.size());
    for (ElementSegment segment : shape.elements) {
      section.u32(0);
      constant(section, ValueType.I32, segment.offset());
      section.u32(segment.functions().size());
      segment.functions().forEach(function -> section.u32(indexes.function(function)));
    }
    section(9, section);
  }

  private void dataCount() {
    section(12, new ByteSink().u32(shape.data.size()));
  }

  private void code(List<RewrittenBody> rewritten) {
    ByteSink section = new ByteSink().u32(rewritten.size());
    rewritten.forEach(body -> section.sized(body.body()));
    section(10, section);
  }

  private void data() {
    ByteSink section = new ByteSink().u32(shape.data.size());
    for (DataSegment segment : shape.data) {
      Integer offset = segment.offset();
      section.u32(offset == null ? 1 : 0);
      if (offset != null) {
        constant(section, ValueType.I32, offset);
      }
      section.vector(segment.content());
    }
    section(11, section);
  }
}
