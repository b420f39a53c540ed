package dev.cairn.pel.wasm.binary;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.pel.wasm.binary.TypeChecker.Frame;
import dev.cairn.pel.wasm.binary.TypeChecker.Meter;
import java.util.Arrays;

/**
 * Checks one function body and writes it anew so that it counts its work. Used once.
 *
 * <p><b>Fuel.</b> Entering a function costs one unit for each of its instructions outside loops;
 * beginning a loop, and each branch back to its head, one for each of its instructions outside
 * inner loops: at least what is then executed. {@code memory.grow} counts {@value #GROW_WEIGHT};
 * {@code memory.copy}, {@code memory.fill} and {@code memory.init} cost an eighth of their bytes
 * more. The units left are in a local variable, and in the global one around calls.
 *
 * <p><b>Depth.</b> A function that calls takes {@value #FRAME_SLOTS} slots, and one for each
 * parameter, local variable and value that its operand stack can hold, until it returns.
 *
 * <p><b>NaN.</b> Arithmetic that gives NaN gives the positive canonical one (the specification's
 * deterministic profile). Sign operations are done on bits, as Java promises nothing about a NaN's.
 */
final class BodyRewriter {
  /** Slots of a call, besides its values. */
  static final int FRAME_SLOTS = 32;

  static final int GROW_WEIGHT = 1_000;
  private static final int F32_CANONICAL_NAN = 0x7fc00000;
  private static final long F64_CANONICAL_NAN = 0x7ff8000000000000L;
  private static final int F32_SIGN = 0x80000000;
  private static final long F64_SIGN = 0x8000000000000000L;

  private final ModuleShape shape;
  private final Indexes indexes;
  private final ByteSource source;
  private final FunctionType type;
  private final TypeChecker checker;
  private final Emitter out = new Emitter();
  private byte[] locals = new byte[0];
  private Temporaries temporaries = new Temporaries(0);
  private boolean hasCalls;
  private boolean countsInside;
  private int tableTargets;
  private int branches;

  BodyRewriter(ModuleShape shape, Indexes indexes, int function, ByteSource source) {
    this.shape = shape;
    this.indexes = indexes;
    this.source = source;
    this.type = shape.typeOf(function);
    this.checker = new TypeChecker(source);
  }

  RewrittenBody rewrite() {
    readLocals();
    temporaries = new Temporaries(locals.length);
    Meter meter = new Meter(0);
    checker.open(Opcode.BLOCK, new FunctionType(Bytes.EMPTY, type.results()), meter);
    while (checker.isOpen()) {
      instruction();
    }
    if (source.hasMore()) {
      throw Faults.bad(source.at(), "instructions behind the end");
    }
    return assemble(meter.weight());
  }

  private void readLocals() {
    locals = type.parameters().toArray();
    int groups = source.count("groups of locals", Bounds.BODY_BYTES_MAX);
    for (int i = 0; i < groups; i++) {
      int at = source.at();
      long count = locals.length + Integer.toUnsignedLong(source.u32());
      byte local = ValueType.read(source);
      if (count > Bounds.LOCALS_MAX) {
        throw Faults.tooMany(at, "locals", count, Bounds.LOCALS_MAX);
      }
      int from = locals.length;
      locals = Arrays.copyOf(locals, (int) count);
      Arrays.fill(locals, from, locals.length, local);
    }
  }

  // ---------------------------------------------------------------- around the instructions

  private RewrittenBody assemble(long weight) {
    Emitter whole = new Emitter();
    int fuel = temporaries.fuel();
    whole.index(Opcode.GLOBAL_GET, indexes.fuelGlobal());
    if (!countsInside) {
      whole.i64(weight).op(Opcode.I64_SUB).index(Opcode.LOCAL_TEE, fuel);
      whole.index(Opcode.GLOBAL_SET, indexes.fuelGlobal());
      endIfExhausted(whole, fuel);
      whole.all(out);
    } else {
      whole.index(Opcode.LOCAL_SET, fuel);
      charge(whole, fuel, () -> whole.i64(weight));
      if (hasCalls) {
        enter(whole);
      }
      whole.block(Opcode.BLOCK, blockType(new FunctionType(Bytes.EMPTY, type.results())));
      whole.all(out);
      flushFuel(whole);
      if (hasCalls) {
        whole.index(Opcode.LOCAL_GET, temporaries.depth());
        whole.index(Opcode.GLOBAL_SET, indexes.depthGlobal());
      }
      whole.op(Opcode.END);
    }
    ByteSink body = new ByteSink();
    temporaries.declare(body, locals, type.parameters().length());
    body.all(whole.sink());
    long branchTypes = (long) branches * (locals.length + checker.heightMax());
    return new RewrittenBody(body, whole.isLarge(branchTypes), branchTypes);
  }

  private void enter(Emitter whole) {
    int depth = temporaries.depth();
    int left = temporaries.of(ValueType.I32);
    int slots = FRAME_SLOTS + locals.length + checker.heightMax();
    whole.index(Opcode.GLOBAL_GET, indexes.depthGlobal()).index(Opcode.LOCAL_TEE, depth);
    whole.i32(slots).op(Opcode.I32_SUB).index(Opcode.LOCAL_TEE, left);
    whole.index(Opcode.GLOBAL_SET, indexes.depthGlobal());
    whole.index(Opcode.LOCAL_GET, left).i32(0).op(Opcode.I32_LT_S);
    whole.block(Opcode.IF, Opcode.VOID_BLOCK);
    whole.index(Opcode.CALL, HostFunction.CALLS_TOO_DEEP.index()).op(Opcode.END);
  }

  private void charge(Emitter to, int fuel, Runnable cost) {
    to.index(Opcode.LOCAL_GET, fuel);
    cost.run();
    to.op(Opcode.I64_SUB).index(Opcode.LOCAL_SET, fuel);
    endIfExhausted(to, fuel);
  }

  private void endIfExhausted(Emitter to, int fuel) {
    to.index(Opcode.LOCAL_GET, fuel).i64(0).op(Opcode.I64_LT_S);
    to.block(Opcode.IF, Opcode.VOID_BLOCK);
    to.index(Opcode.CALL, HostFunction.FUEL_EXHAUSTED.index()).op(Opcode.END);
  }

  private void flushFuel(Emitter to) {
    to.index(Opcode.LOCAL_GET, temporaries.fuel());
    to.index(Opcode.GLOBAL_SET, indexes.fuelGlobal());
  }

  private void reloadFuel() {
    out.index(Opcode.GLOBAL_GET, indexes.fuelGlobal());
    out.index(Opcode.LOCAL_SET, temporaries.fuel());
  }

  /** As the binary format has it: a value type, none, or the index of a function type. */
  private long blockType(FunctionType block) {
    if (block.parameters().isEmpty() && block.results().length() <= 1) {
      return block.results().isEmpty() ? Opcode.VOID_BLOCK : block.results().at(0);
    }
    return Emitter.TYPE_INDEX | indexes.type(block);
  }

  // ---------------------------------------------------------------- instructions

  private void instruction() {
    int at = source.at();
    int opcode = source.u8();
    if (opcode != Opcode.END && opcode != Opcode.ELSE) {
      checker.current().meter().add(opcode == Opcode.MEMORY_GROW ? GROW_WEIGHT : 1);
    }
    NumericInstruction numeric = NumericInstruction.of(opcode);
    if (numeric != null) {
      apply(numeric);
      numeric(opcode, numeric.result());
    } else if (opcode >= Opcode.I32_LOAD && opcode <= Opcode.I64_STORE_32) {
      memory(MemoryInstruction.of(opcode), opcode, at);
    } else {
      other(opcode, at);
    }
  }

  private void other(int opcode, int at) {
    switch (opcode) {
      case Opcode.UNREACHABLE -> {
        out.op(opcode);
        checker.unreachable();
      }
      case Opcode.NOP -> out.op(opcode);
      case Opcode.BLOCK, Opcode.LOOP, Opcode.IF -> open(opcode);
      case Opcode.ELSE -> otherwise(at);
      case Opcode.END -> end(at);
      case Opcode.BR, Opcode.BR_IF -> branch(opcode);
      case Opcode.BR_TABLE -> branchTable(at);
      case Opcode.RETURN -> giveBack();
      case Opcode.CALL -> call();
      case Opcode.CALL_INDIRECT -> callIndirect(at);
      case Opcode.DROP -> {
        checker.pop();
        out.op(opcode);
      }
      case Opcode.SELECT -> select(at);
      case Opcode.SELECT_TYPED -> selectTyped(at);
      case Opcode.LOCAL_GET, Opcode.LOCAL_SET, Opcode.LOCAL_TEE -> local(opcode, at);
      case Opcode.GLOBAL_GET, Opcode.GLOBAL_SET -> global(opcode, at);
      case Opcode.MEMORY_SIZE, Opcode.MEMORY_GROW -> pages(opcode, at);
      case Opcode.I32_CONST, Opcode.I64_CONST, Opcode.F32_CONST, Opcode.F64_CONST ->
          constant(opcode);
      case Opcode.PREFIX -> prefixed(at);
      default -> throw unknown(at, opcode);
    }
  }

  private static RuntimeException unknown(int at, int opcode) {
    return switch (opcode) {
      case 0x06, 0x07, 0x08, 0x09, 0x0a, 0x18, 0x19, 0x1f -> Faults.unsupported(at, "exceptions");
      case 0x12, 0x13, 0x14, 0x15 -> Faults.unsupported(at, "tail calls and calls of references");
      case 0x25, 0x26, 0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6 ->
          Faults.unsupported(at, "references as values");
      case 0xfb -> Faults.unsupported(at, "garbage collection");
      case 0xfd -> Faults.unsupported(at, "vectors (SIMD)");
      case 0xfe -> Faults.unsupported(at, "threads");
      default -> Faults.bad(at, "unknown instruction " + opcode);
    };
  }

  private void apply(NumericInstruction instruction) {
    for (int i = 0; i < instruction.arity(); i++) {
      checker.pop(instruction.operand());
    }
    checker.push(instruction.result());
  }

  private void numeric(int opcode, byte result) {
    switch (opcode) {
      case Opcode.F32_ABS -> bits32(Opcode.I32_AND, ~F32_SIGN);
      case Opcode.F32_NEG -> bits32(Opcode.I32_XOR, F32_SIGN);
      case Opcode.F64_ABS -> bits64(Opcode.I64_AND, ~F64_SIGN);
      case Opcode.F64_NEG -> bits64(Opcode.I64_XOR, F64_SIGN);
      case Opcode.F32_COPYSIGN -> copySign32();
      case Opcode.F64_COPYSIGN -> copySign64();
      default -> {
        out.op(opcode);
        if (givesNan(opcode)) {
          canonicalise(result);
        }
      }
    }
  }

  /** Rounding, roots, arithmetic, least and greatest, and conversion of one float to the other. */
  private static boolean givesNan(int opcode) {
    return (opcode > Opcode.F32_NEG && opcode < Opcode.F32_COPYSIGN)
        || (opcode > Opcode.F64_NEG && opcode < Opcode.F64_COPYSIGN)
        || opcode == Opcode.F32_DEMOTE_F64
        || opcode == Opcode.F64_PROMOTE_F32;
  }

  /** {@code x == x ? x : NaN}. */
  private void canonicalise(byte floating) {
    int value = temporaries.of(floating);
    out.index(Opcode.LOCAL_TEE, value);
    if (floating == ValueType.F32) {
      out.f32(F32_CANONICAL_NAN);
    } else {
      out.f64(F64_CANONICAL_NAN);
    }
    out.index(Opcode.LOCAL_GET, value).index(Opcode.LOCAL_GET, value);
    out.op(floating == ValueType.F32 ? Opcode.F32_EQ : Opcode.F64_EQ).op(Opcode.SELECT);
  }

  private void bits32(int opcode, int mask) {
    out.op(Opcode.I32_REINTERPRET_F32).i32(mask).op(opcode).op(Opcode.F32_REINTERPRET_I32);
  }

  private void bits64(int opcode, long mask) {
    out.op(Opcode.I64_REINTERPRET_F64).i64(mask).op(opcode).op(Opcode.F64_REINTERPRET_I64);
  }

  private void copySign32() {
    int sign = temporaries.of(ValueType.I32);
    out.op(Opcode.I32_REINTERPRET_F32).i32(F32_SIGN).op(Opcode.I32_AND);
    out.index(Opcode.LOCAL_SET, sign);
    out.op(Opcode.I32_REINTERPRET_F32).i32(~F32_SIGN).op(Opcode.I32_AND);
    out.index(Opcode.LOCAL_GET, sign).op(Opcode.I32_OR).op(Opcode.F32_REINTERPRET_I32);
  }

  private void copySign64() {
    int sign = temporaries.of(ValueType.I64);
    out.op(Opcode.I64_REINTERPRET_F64).i64(F64_SIGN).op(Opcode.I64_AND);
    out.index(Opcode.LOCAL_SET, sign);
    out.op(Opcode.I64_REINTERPRET_F64).i64(~F64_SIGN).op(Opcode.I64_AND);
    out.index(Opcode.LOCAL_GET, sign).op(Opcode.I64_OR).op(Opcode.F64_REINTERPRET_I64);
  }

  private void constant(int opcode) {
    switch (opcode) {
      case Opcode.I32_CONST -> {
        out.i32((int) source.signed(32));
        checker.push(ValueType.I32);
      }
      case Opcode.I64_CONST -> {
        out.i64(source.signed(64));
        checker.push(ValueType.I64);
      }
      case Opcode.F32_CONST -> {
        out.i32(source.fixed32()).op(Opcode.F32_REINTERPRET_I32);
        checker.push(ValueType.F32);
      }
      default -> {
        out.i64(source.fixed64()).op(Opcode.F64_REINTERPRET_I64);
        checker.push(ValueType.F64);
      }
    }
  }

  // ---------------------------------------------------------------- blocks and branches

  private FunctionType readBlockType() {
    int at = source.at();
    long code = source.signed(33);
    if (code >= 0) {
      return typeAt(at, code);
    }
    if (code == Opcode.VOID_BLOCK - 0x80) {
      return FunctionType.VOID;
    }
    int single = (int) code & 0x7f;
    if (code < -0x40) {
      throw Faults.bad(at, "unknown block type");
    }
    return new FunctionType(Bytes.EMPTY, Bytes.wrap(new byte[] {ValueType.check(at, single)}));
  }

  private FunctionType typeAt(int at, long index) {
    if (index < 0 || index >= shape.types.size()) {
      throw Faults.bad(at, "unknown type " + index);
    }
    return shape.types.get((int) index);
  }

  private void open(int opcode) {
    FunctionType block = readBlockType();
    if (opcode == Opcode.IF) {
      checker.pop(ValueType.I32);
    }
    checker.pop(block.parameters());
    out.block(opcode, blockType(block));
    Meter meter = checker.current().meter();
    if (opcode == Opcode.LOOP) {
      countsInside = true;
      int[] patch = new int[1];
      charge(out, temporaries.fuel(), () -> patch[0] = out.patchedI64());
      meter = new Meter(patch[0]);
    }
    branches++;
    checker.open(opcode, block, meter);
  }

  private void otherwise(int at) {
    Frame frame = checker.close();
    if (frame.opcode() != Opcode.IF) {
      throw Faults.bad(at, "else without if");
    }
    out.op(Opcode.ELSE);
    checker.open(Opcode.ELSE, frame.type(), frame.meter());
  }

  private void end(int at) {
    Frame frame = checker.close();
    if (frame.opcode() == Opcode.IF && !frame.type().parameters().equals(frame.type().results())) {
      throw Faults.bad(at, "if without else changes the types on the stack");
    }
    if (frame.opcode() == Opcode.LOOP) {
      out.patch(frame.meter().patchAt(), frame.meter().weight());
    }
    out.op(Opcode.END);
    if (checker.isOpen()) {
      checker.push(frame.type().results());
    }
  }

  private void branch(int opcode) {
    if (opcode == Opcode.BR_IF) {
      checker.pop(ValueType.I32);
    }
    int label = source.u32();
    Bytes types = checker.label(label).labelTypes();
    branches++;
    out.branch(opcode, label, types.length(), checker.height());
    checker.pop(types);
    if (opcode == Opcode.BR) {
      checker.unreachable();
    } else {
      checker.push(types);
    }
  }

  private void branchTable(int at) {
    checker.pop(ValueType.I32);
    int count = source.count("targets of br_table", Bounds.TABLE_TARGETS_MAX);
    tableTargets += count;
    if (tableTargets > Bounds.TABLE_TARGETS_MAX) {
      throw Faults.tooMany(at, "targets of br_table", tableTargets, Bounds.TABLE_TARGETS_MAX);
    }
    int[] labels = new int[count + 1];
    for (int i = 0; i <= count; i++) {
      labels[i] = source.u32();
    }
    Bytes last = checker.label(labels[count]).labelTypes();
    for (int label : labels) {
      Bytes types = checker.label(label).labelTypes();
      if (types.length() != last.length()) {
        throw Faults.bad(at, "targets of br_table take different values");
      }
      checker.peek(types);
    }
    branches += count + 1;
    out.branchTable(labels, last.length(), checker.height());
    checker.pop(last);
    checker.unreachable();
  }

  /** As a branch to the end, where what was counted is put back. */
  private void giveBack() {
    branches++;
    out.branch(Opcode.BR, checker.depth(), type.results().length(), checker.height());
    checker.pop(type.results());
    checker.unreachable();
  }

  // ---------------------------------------------------------------- calls

  private void call() {
    int at = source.at();
    int function = source.u32();
    if (Integer.compareUnsigned(function, shape.functionTypes.size()) >= 0) {
      throw Faults.bad(at, "unknown function " + Integer.toUnsignedString(function));
    }
    FunctionType called = shape.typeOf(function);
    checker.pop(called.parameters());
    aroundCall(() -> out.call(indexes.function(function), called));
    checker.push(called.results());
  }

  private void callIndirect(int at) {
    int typeAt = source.at();
    FunctionType called = typeAt(typeAt, Integer.toUnsignedLong(source.u32()));
    if (source.u32() != 0 || shape.table == null) {
      throw Faults.bad(at, "call through a table that is not there");
    }
    checker.pop(ValueType.I32);
    checker.pop(called.parameters());
    aroundCall(() -> out.callIndirect(indexes.type(called), called));
    checker.push(called.results());
  }

  private void aroundCall(Runnable call) {
    hasCalls = true;
    countsInside = true;
    flushFuel(out);
    call.run();
    reloadFuel();
  }

  // ---------------------------------------------------------------- variables, choice, memory

  private void select(int at) {
    checker.pop(ValueType.I32);
    byte first = checker.pop();
    byte second = checker.pop(first);
    if (first != second && first != ValueType.UNKNOWN && second != ValueType.UNKNOWN) {
      throw Faults.bad(at, "select between different types");
    }
    checker.push(first == ValueType.UNKNOWN ? second : first);
    out.op(Opcode.SELECT);
  }

  private void selectTyped(int at) {
    if (source.u32() != 1) {
      throw Faults.bad(at, "select of more than one value");
    }
    byte selected = ValueType.read(source);
    checker.pop(ValueType.I32);
    checker.pop(selected);
    checker.pop(selected);
    checker.push(selected);
    out.op(Opcode.SELECT);
  }

  private void local(int opcode, int at) {
    int index = source.u32();
    if (Integer.compareUnsigned(index, locals.length) >= 0) {
      throw Faults.bad(at, "unknown local " + Integer.toUnsignedString(index));
    }
    if (opcode != Opcode.LOCAL_GET) {
      checker.pop(locals[index]);
    }
    if (opcode != Opcode.LOCAL_SET) {
      checker.push(locals[index]);
    }
    out.index(opcode, index);
  }

  private void global(int opcode, int at) {
    int index = source.u32();
    if (Integer.compareUnsigned(index, shape.globals.size()) >= 0) {
      throw Faults.bad(at, "unknown global " + Integer.toUnsignedString(index));
    }
    ModuleShape.Global global = shape.globals.get(index);
    if (opcode == Opcode.GLOBAL_GET) {
      checker.push(global.type());
    } else {
      if (!global.isMutable()) {
        throw Faults.bad(at, "global " + index + " is constant");
      }
      checker.pop(global.type());
    }
    out.index(opcode, index);
  }

  private void memory(MemoryInstruction instruction, int opcode, int at) {
    demandMemory(at);
    int alignment = source.u32();
    if (alignment >= 64) {
      throw Faults.unsupported(at, "more than one memory");
    }
    if (Integer.compareUnsigned(alignment, instruction.alignmentMax()) > 0) {
      throw Faults.bad(at, "alignment is greater than what is touched");
    }
    int offset = source.u32();
    if (instruction.isStore()) {
      checker.pop(instruction.type());
      checker.pop(ValueType.I32);
    } else {
      checker.pop(ValueType.I32);
      checker.push(instruction.type());
    }
    out.memory(opcode, alignment, offset);
  }

  private void pages(int opcode, int at) {
    demandMemory(at);
    demandMemoryIndex(at);
    if (opcode == Opcode.MEMORY_GROW) {
      checker.pop(ValueType.I32);
    }
    checker.push(ValueType.I32);
    out.index(opcode, 0);
  }

  private void demandMemory(int at) {
    if (shape.memory == null) {
      throw Faults.bad(at, "there is no memory");
    }
  }

  private void demandMemoryIndex(int at) {
    if (source.u32() != 0) {
      throw Faults.bad(at, "unknown memory");
    }
  }

  private void prefixed(int at) {
    int code = source.u32();
    if (Integer.compareUnsigned(code, Opcode.I64_TRUNC_SAT_F64_U) <= 0) {
      NumericInstruction instruction = NumericInstruction.saturating(code);
      apply(instruction);
      out.prefixed(code);
      return;
    }
    if (code > Opcode.MEMORY_FILL && code <= Opcode.TABLE_FILL) {
      throw Faults.unsupported(at, "instructions that change tables");
    }
    switch (code) {
      case Opcode.MEMORY_INIT -> {
        int segment = dataSegment(at);
        demandMemory(at);
        demandMemoryIndex(at);
        bulk();
        out.prefixed(code).immediate(segment).immediate(0);
      }
      case Opcode.DATA_DROP -> out.prefixed(code).immediate(dataSegment(at));
      case Opcode.MEMORY_COPY -> {
        demandMemory(at);
        demandMemoryIndex(at);
        demandMemoryIndex(at);
        bulk();
        out.prefixed(code).immediate(0).immediate(0);
      }
      case Opcode.MEMORY_FILL -> {
        demandMemory(at);
        demandMemoryIndex(at);
        bulk();
        out.prefixed(code).immediate(0);
      }
      default -> throw Faults.bad(at, "unknown instruction 252 " + Integer.toUnsignedString(code));
    }
  }

  private int dataSegment(int at) {
    int segment = source.u32();
    if (shape.dataCount < 0) {
      throw Faults.bad(at, "the number of data segments is not announced");
    }
    if (Integer.compareUnsigned(segment, shape.dataCount) >= 0) {
      throw Faults.bad(at, "unknown data segment " + Integer.toUnsignedString(segment));
    }
    return segment;
  }

  /** Three integers; the last, the number of bytes, costs fuel. */
  private void bulk() {
    checker.pop(ValueType.I32);
    checker.pop(ValueType.I32);
    checker.pop(ValueType.I32);
    countsInside = true;
    int count = temporaries.of(ValueType.I32);
    out.index(Opcode.LOCAL_TEE, count);
    charge(
        out,
        temporaries.fuel(),
        () ->
            out.index(Opcode.LOCAL_GET, count)
                .op(Opcode.I64_EXTEND_I32_U)
                .i64(3)
                .op(Opcode.I64_SHR_U));
  }

  /** Local variables that rewriting adds behind the function's own, one of a kind. */
  private static final class Temporaries {
    private final int first;
    private final byte[] types = new byte[6];
    private int count;
    private int fuel = ModuleShape.NONE;
    private int depth = ModuleShape.NONE;
    private final int[] byType = new int[128];

    Temporaries(int first) {
      this.first = first;
    }

    private int add(byte type) {
      types[count] = type;
      return first + count++;
    }

    int fuel() {
      if (fuel < 0) {
        fuel = add(ValueType.I64);
      }
      return fuel;
    }

    int depth() {
      if (depth < 0) {
        depth = add(ValueType.I32);
      }
      return depth;
    }

    int of(byte type) {
      if (byType[type] == 0) {
        byType[type] = add(type) + 1;
      }
      return byType[type] - 1;
    }

    /** Writes what a body begins with: runs of locals of one type, parameters not among them. */
    void declare(ByteSink sink, byte[] locals, int parameters) {
      byte[] all = Arrays.copyOf(locals, locals.length + count);
      System.arraycopy(types, 0, all, locals.length, count);
      ByteSink runs = new ByteSink();
      int runCount = 0;
      int from = parameters;
      while (from < all.length) {
        int to = from;
        while (to < all.length && all[to] == all[from]) {
          to++;
        }
        runs.u32(to - from).u8(all[from]);
        runCount++;
        from = to;
      }
      sink.u32(runCount).all(runs);
    }
  }
}
