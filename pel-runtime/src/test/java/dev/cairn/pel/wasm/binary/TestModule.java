package dev.cairn.pel.wasm.binary;

import dev.cairn.asl.bytes.Bytes;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes WebAssembly modules by hand, bad ones too. Types come first, then imports, then all else.
 */
public final class TestModule {
  public static final int I32 = 0x7f;
  public static final int I64 = 0x7e;
  public static final int F64 = 0x7c;

  private final List<ByteSink> types = new ArrayList<>();
  private final List<ByteSink> imports = new ArrayList<>();
  private final List<Integer> functions = new ArrayList<>();
  private final List<ByteSink> bodies = new ArrayList<>();
  private final List<ByteSink> exports = new ArrayList<>();
  private final List<ByteSink> elements = new ArrayList<>();
  private final List<ByteSink> data = new ArrayList<>();
  private int start = -1;
  private ByteSink table;
  private ByteSink memory;

  /** One with the type {@code () -> ()}, number 0. */
  public TestModule() {
    type(List.of(), List.of());
  }

  public static byte[] code(int... bytes) {
    byte[] code = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      code[i] = (byte) bytes[i];
    }
    return code;
  }

  public static byte[] repeated(int count, byte[] before, byte[] after) {
    ByteSink sink = new ByteSink();
    for (int i = 0; i < count; i++) {
      sink.raw(before, before.length);
    }
    for (int i = 0; i < count; i++) {
      sink.raw(after, after.length);
    }
    return sink.toArray();
  }

  public int type(List<Integer> parameters, List<Integer> results) {
    ByteSink type = new ByteSink().u8(0x60).u32(parameters.size());
    parameters.forEach(type::u8);
    type.u32(results.size());
    results.forEach(type::u8);
    types.add(type);
    return types.size() - 1;
  }

  public int imported(String module, String name, int type) {
    imports.add(new ByteSink().name(module).name(name).u8(0).u32(type));
    return imports.size() - 1;
  }

  public TestModule memory(int pages) {
    memory = new ByteSink().u8(0).u32(pages);
    return this;
  }

  public TestModule table(int elements) {
    table = new ByteSink().u8(0x70).u8(0).u32(elements);
    return this;
  }

  public TestModule element(int offset, int function) {
    elements.add(new ByteSink().u32(0).u8(0x41).signed(offset).u8(0x0b).u32(1).u32(function));
    return this;
  }

  public TestModule data(int offset, Bytes content) {
    data.add(new ByteSink().u32(0).u8(0x41).signed(offset).u8(0x0b).vector(content));
    return this;
  }

  /** A function; the end of its code is added. */
  public int function(int type, int i32Locals, byte[] code) {
    ByteSink body = new ByteSink();
    if (i32Locals > 0) {
      body.u32(1).u32(i32Locals).u8(I32);
    } else {
      body.u32(0);
    }
    bodies.add(body.raw(code, code.length).u8(0x0b));
    functions.add(type);
    return imports.size() + functions.size() - 1;
  }

  public TestModule export(String name, int kind, int index) {
    exports.add(new ByteSink().name(name).u8(kind).u32(index));
    return this;
  }

  public TestModule start(int function) {
    start = function;
    return this;
  }

  /** With this function as what an operator does. */
  public Bytes running(int function) {
    return export("cairn_run", 0, function).build();
  }

  /** With a function of this code as what an operator does. */
  public Bytes running(byte[] code) {
    return running(function(0, 4, code));
  }

  public Bytes build() {
    ByteSink out = new ByteSink().fixed32(0x6d736100).fixed32(1);
    section(out, 1, types);
    section(out, 2, imports);
    ByteSink declared = new ByteSink().u32(functions.size());
    functions.forEach(declared::u32);
    out.u8(3).sized(declared);
    section(out, 4, table == null ? List.of() : List.of(table));
    section(out, 5, memory == null ? List.of() : List.of(memory));
    section(out, 7, exports);
    if (start >= 0) {
      out.u8(8).sized(new ByteSink().u32(start));
    }
    section(out, 9, elements);
    ByteSink code = new ByteSink().u32(bodies.size());
    bodies.forEach(code::sized);
    out.u8(10).sized(code);
    section(out, 11, data);
    return Bytes.wrap(out.toArray());
  }

  private static void section(ByteSink out, int id, List<ByteSink> items) {
    if (!items.isEmpty()) {
      ByteSink section = new ByteSink().u32(items.size());
      items.forEach(section::all);
      out.u8(id).sized(section);
    }
  }
}
