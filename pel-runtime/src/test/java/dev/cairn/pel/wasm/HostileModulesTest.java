package dev.cairn.pel.wasm;

import static dev.cairn.pel.wasm.WasmFixture.failure;
import static dev.cairn.pel.wasm.WasmFixture.module;
import static dev.cairn.pel.wasm.WasmFixture.parameters;
import static dev.cairn.pel.wasm.binary.TestModule.I32;
import static dev.cairn.pel.wasm.binary.TestModule.I64;
import static dev.cairn.pel.wasm.binary.TestModule.code;
import static dev.cairn.pel.wasm.binary.TestModule.repeated;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.pel.model.Receipt.Failure;
import dev.cairn.pel.operator.MemoryInput;
import dev.cairn.pel.operator.OperatorFailure;
import dev.cairn.pel.wasm.binary.ModuleRewriter;
import dev.cairn.pel.wasm.binary.TestModule;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Modules that mean harm end in a failure that is the same everywhere, within their limits. */
@Timeout(240)
class HostileModulesTest {
  private static final String TRAP =
      "the module trapped: it reached what it says is unreachable, divided by zero, converted a"
          + " number out of range, touched memory that it does not have, or called no function of"
          + " the type it named";

  private static final byte[] NOTHING = code();

  // ---------------------------------------------------------------- work

  @Test
  void anEndlessLoopUsesUpItsFuel() {
    Bytes endless = new TestModule().running(code(0x03, 0x40, 0x0c, 0, 0x0b));

    assertThat(failure(endless, parameters("fuel", 50_000_000)))
        .isEqualTo(new Failure("fuel-exhausted", "all 50000000 units are used up"));
  }

  @Test
  void aStartFunctionThatLoopsUsesUpTheSameFuel() {
    TestModule module = new TestModule();
    int loops = module.function(0, 0, code(0x03, 0x40, 0x0c, 0, 0x0b));
    Bytes endless = module.start(loops).running(NOTHING);

    assertThat(failure(endless, parameters("fuel", 1_000_000)))
        .isEqualTo(new Failure("fuel-exhausted", "all 1000000 units are used up"));
  }

  @Test
  void loopsInLoopsAndBranchTablesToTheirHeadsAreCounted() {
    Bytes nested =
        new TestModule()
            .running(
                code(0x03, 0x40, 0x03, 0x40, 0x41, 1, 0x0e, 2, 0, 1, 0, 0x0b, 0x0b)); // br_table
    assertThat(failure(nested, parameters("fuel", 1_000_000)).code()).isEqualTo("fuel-exhausted");
  }

  @Test
  void callsThatDoubleUseUpFuelAndNotTime() {
    TestModule module = new TestModule();
    int last = module.function(0, 0, NOTHING);
    for (int i = 0; i < 60; i++) {
      last = module.function(0, 0, code(0x10, last, 0x10, last));
    }
    assertThat(failure(module.running(last), parameters("fuel", 10_000_000)).code())
        .isEqualTo("fuel-exhausted");
  }

  @Test
  void fillingAndCopyingMemoryCostsFuel() {
    int mega = 1 << 20;
    byte[] fill =
        code(0x03, 0x40, 0x41, 0, 0x41, 7, 0x41, 0x80, 0x80, 0xc0, 0, 0xfc, 11, 0, 0x0c, 0, 0x0b);
    byte[] copy =
        code(0x03, 0x40, 0x41, 1, 0x41, 0, 0x41, 0xff, 0xff, 0x3f, 0xfc, 10, 0, 0, 0x0c, 0, 0x0b);

    assertThat(mega).isEqualTo(16 << 16);
    for (byte[] loop : List.of(fill, copy)) {
      assertThat(failure(new TestModule().memory(17).running(loop), parameters("fuel", 10_000_000)))
          .isEqualTo(new Failure("fuel-exhausted", "all 10000000 units are used up"));
    }
  }

  @Test
  void callsOfTheHostCostFuel() {
    TestModule module = new TestModule();
    int count = module.imported("cairn", "input_count", module.type(List.of(), List.of(I32)));
    Bytes asking = module.running(code(0x03, 0x40, 0x10, count, 0x1a, 0x0c, 0, 0x0b));

    assertThat(failure(asking, parameters("fuel", 1_000_000)).code()).isEqualTo("fuel-exhausted");
  }

  // ---------------------------------------------------------------- depth

  @Test
  void recursionEndsAtADepthThatIsCounted() {
    TestModule direct = new TestModule();
    Bytes calls = direct.running(direct.function(0, 0, code(0x10, 0)));
    TestModule table = new TestModule().table(1);
    int self = table.function(0, 0, code(0x41, 0, 0x11, 0, 0));
    Bytes indirect = table.element(0, self).running(self);
    Failure deep = new Failure("call-depth", "calls are nested too deep");

    assertThat(failure(calls, parameters())).isEqualTo(deep);
    assertThat(failure(indirect, parameters())).isEqualTo(deep);
  }

  @Test
  void recursionOfFunctionsWithManyLocalsEndsTheSame() {
    TestModule wide = new TestModule();
    byte[] pushes = repeated(900, code(0x20, 0), code(0x1a));
    byte[] body = new byte[pushes.length + 2];
    System.arraycopy(pushes, 0, body, 0, 1800);
    body[1800] = 0x10;
    body[1801] = 0;
    System.arraycopy(pushes, 1800, body, 1802, 900);
    Bytes calls = wide.running(wide.function(0, 1_900, body));

    assertThat(failure(calls, parameters()).code()).isEqualTo("call-depth");
  }

  @Test
  void theDepthIsTheSameToTheCall() {
    // Counts its depth in memory and writes it before the call that is too deep: by fuel of 0 left.
    TestModule module = new TestModule();
    int type = module.type(List.of(I32), List.of());
    int self =
        module.function(type, 0, code(0x20, 0, 0x04, 0x40, 0x20, 0, 0x41, 1, 0x6b, 0x10, 0, 0x0b));
    assertThat(self).isZero();
    // 32 slots, one parameter, two values on the stack; and those of cairn_run.
    int most = ((1 << 19) - 32 - 4 - 1) / 35;
    Bytes deepest = depth(most - 1);
    Bytes tooDeep = depth(most);

    assertThat(WasmFixture.run(deepest, parameters())).isEqualTo(Bytes.EMPTY);
    assertThat(failure(tooDeep, parameters()).code()).isEqualTo("call-depth");
  }

  private static Bytes depth(int calls) {
    TestModule module = new TestModule();
    int type = module.type(List.of(I32), List.of());
    int self =
        module.function(type, 0, code(0x20, 0, 0x04, 0x40, 0x20, 0, 0x41, 1, 0x6b, 0x10, 0, 0x0b));
    return module.running(
        code(
            0x41,
            (calls & 0x7f) | 0x80,
            ((calls >> 7) & 0x7f) | 0x80,
            (calls >> 14) & 0x7f,
            0x10,
            self));
  }

  // ---------------------------------------------------------------- memory and tables

  @Test
  void aMemoryBombGetsNoMemory() {
    byte[] grows = code(0x03, 0x40, 0x41, 0x80, 0x08, 0x40, 0, 0x1a, 0x0c, 0, 0x0b);

    assertThat(failure(new TestModule().memory(65_536).running(NOTHING), parameters()))
        .isEqualTo(
            new Failure("memory-limit", "it begins with 65536 pages of memory, more than 1024"));
    assertThat(
            failure(
                new TestModule().memory(0).running(grows),
                parameters("fuel", 10_000_000, "memoryPages", 100)))
        .isEqualTo(new Failure("fuel-exhausted", "all 10000000 units are used up"));
  }

  @Test
  void hugeTablesAreRefused() {
    assertThat(failure(new TestModule().table(100_001).running(NOTHING), parameters()).message())
        .endsWith(": 100001 table elements, more than 100000");
    assertThat(failure(new TestModule().table(-1).running(NOTHING), parameters()).message())
        .endsWith(": 4294967295 table elements, more than 100000");
  }

  // ---------------------------------------------------------------- traps and misuse

  @Test
  void trapsAreOneFailure() {
    Failure trap = new Failure("trap", TRAP);
    for (byte[] body :
        List.of(
            code(0x00),
            code(0x41, 1, 0x41, 0, 0x6d, 0x1a), // 1 / 0
            code(0x41, 1, 0x41, 0, 0x70, 0x1a), // 1 % 0
            code(0x42, 1, 0x42, 0, 0x80, 0x1a),
            code(0x41, 0x80, 0x80, 0x80, 0x80, 0x78, 0x41, 0x7f, 0x6d, 0x1a), // least / -1
            code(0x43, 0, 0, 0xc0, 0x7f, 0xa8, 0x1a), // integer of NaN
            code(0x41, 0x7f, 0x28, 2, 0, 0x1a), // load at -1
            code(0x41, 0, 0x28, 2, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x1a),
            code(0x41, 0xfd, 0xff, 3, 0x41, 0, 0x36, 0, 0), // across the end
            code(0x41, 0, 0x41, 0, 0x41, 0x7f, 0xfc, 11, 0), // fill of 4 GiB
            code(0x41, 0, 0x11, 0, 0), // empty element
            code(0x41, 9, 0x11, 0, 0), // no element
            code(0x41, 1, 0x11, 1, 0, 0x1a))) { // another type
      TestModule module = new TestModule().memory(1).table(2);
      module.type(List.of(), List.of(I64));
      int plain = module.function(0, 0, NOTHING);
      assertThat(failure(module.element(1, plain).running(body), parameters())).isEqualTo(trap);
    }
  }

  @Test
  void theHostTouchesNoMemoryThatIsNotThere() {
    TestModule module = new TestModule().memory(1);
    int pair = module.type(List.of(I32, I32), List.of());
    int argument = module.type(List.of(I32, I32), List.of(I32));
    int reading = module.type(List.of(I32, I64, I32, I32), List.of(I32));
    int write = module.imported("cairn", "output_write", pair);
    int fail = module.imported("cairn", "fail", pair);
    int given = module.imported("cairn", "argument", argument);
    int read = module.imported("cairn", "input_read", reading);
    List<byte[]> bodies =
        List.of(
            code(0x41, 0, 0x41, 0x81, 0x80, 4, 0x10, write),
            code(0x41, 0x7f, 0x41, 1, 0x10, write),
            code(0x41, 1, 0x41, 0x7f, 0x10, write),
            code(0x41, 0x7f, 0x41, 5, 0x10, fail),
            code(0x41, 0xfe, 0xff, 3, 0x41, 8, 0x10, given, 0x1a),
            code(0x41, 0, 0x42, 0, 0x41, 0xfe, 0xff, 3, 0x41, 8, 0x10, read, 0x1a));
    for (byte[] body : bodies) {
      TestModule each = new TestModule().memory(1);
      each.type(List.of(I32, I32), List.of());
      each.type(List.of(I32, I32), List.of(I32));
      each.type(List.of(I32, I64, I32, I32), List.of(I32));
      each.imported("cairn", "output_write", pair);
      each.imported("cairn", "fail", pair);
      each.imported("cairn", "argument", argument);
      each.imported("cairn", "input_read", reading);
      assertThat(
              failure(each.running(body), parameters("argument", "text"), MemoryInput.text("text")))
          .isEqualTo(new Failure("trap", TRAP));
    }
  }

  @Test
  void anInputThatIsNotThereIsAFailure() {
    TestModule module = new TestModule();
    int length = module.imported("cairn", "input_length", module.type(List.of(I32), List.of(I64)));

    assertThat(failure(module.running(code(0x41, 0x7f, 0x10, length, 0x1a)), parameters()))
        .isEqualTo(new Failure("bad-call", "the module asked for input 4294967295 of 0"));
  }

  @Test
  void aMessageOfAnyBytesIsPrintable() {
    TestModule module = new TestModule().memory(1);
    int fail = module.imported("cairn", "fail", module.type(List.of(I32, I32), List.of()));
    module.data(0, Bytes.fromHex("41ff0a"));

    assertThat(failure(module.running(code(0x41, 0, 0x41, 3, 0x10, fail)), parameters()))
        .isEqualTo(new Failure("module-failed", "A\\u00ff\\u000a"));
  }

  // ---------------------------------------------------------------- imports and exports

  @Test
  void nothingElseCanBeImported() {
    for (String[] name :
        List.of(
            new String[] {"wasi_snapshot_preview1", "clock_time_get"},
            new String[] {"cairn", "clock"},
            new String[] {"cairn", " fuel_exhausted"},
            new String[] {"env", "input_count"})) {
      TestModule module = new TestModule();
      module.imported(name[0], name[1], 0);
      assertThat(failure(module.running(NOTHING), parameters()).message())
          .endsWith(": import of " + name[0] + "." + name[1]);
    }
    TestModule module = new TestModule();
    module.imported("cairn", "input_count", 0);
    assertThat(failure(module.running(NOTHING), parameters()).message())
        .endsWith(": import of input_count with another type than it has");
  }

  @Test
  void whatDoesTheWorkMustBeAFunctionOfTheRightType() {
    assertThat(failure(new TestModule().build(), parameters()).message())
        .endsWith("no function cairn_run is exported");
    assertThat(
            failure(new TestModule().memory(1).export("cairn_run", 2, 0).build(), parameters())
                .message())
        .endsWith("cairn_run is no function");
    TestModule takes = new TestModule();
    int function = takes.function(takes.type(List.of(I32), List.of()), 0, NOTHING);
    assertThat(failure(takes.running(function), parameters()).message())
        .endsWith("cairn_run takes or gives something");
    TestModule absent = new TestModule();
    assertThat(failure(absent.export("cairn_run", 0, 7).build(), parameters()).message())
        .endsWith("export of what is not there");
  }

  // ---------------------------------------------------------------- size

  @Test
  void countsPastTheBoundsAreRefusedBeforeAnythingIsCompiled() {
    TestModule functions = new TestModule();
    for (int i = 0; i < 60_000; i++) {
      functions.function(0, 0, NOTHING);
    }
    assertThat(failure(functions.running(0), parameters()).message())
        .endsWith(": 60000 functions, more than 10000");
    assertThat(
            failure(
                    new TestModule().running(repeated(100_000, code(0x02, 0x40), code(0x0b))),
                    parameters())
                .message())
        .endsWith(" bytes of one function, more than 262144");
    assertThat(
            failure(
                    new TestModule().running(repeated(80_000, code(0x02, 0x40), code(0x0b))),
                    parameters())
                .message())
        .endsWith(": 1001 nested blocks, more than 1000");
    TestModule locals = new TestModule();
    assertThat(failure(locals.running(locals.function(0, 50_000, NOTHING)), parameters()).message())
        .endsWith(": 50000 locals, more than 2000");
    assertThat(
            failure(
                    new TestModule().running(repeated(1_001, code(0x41, 0), code(0x1a))),
                    parameters())
                .message())
        .endsWith(": 1001 values on the stack, more than 1000");
  }

  @Test
  void manyBranchesAmongManyVariablesAreRefused() {
    TestModule module = new TestModule();
    byte[] branches = repeated(3_000, code(0x20, 0, 0x0d, 0), NOTHING);
    int last = 0;
    for (int i = 0; i < 9; i++) {
      last = module.function(0, 1_900, branches);
    }
    assertThat(failure(module.running(last), parameters()).message())
        .endsWith(" variables at branches, more than 50000000");
  }

  @Test
  void asManyFunctionsAsAreAllowedAreCompiled() {
    TestModule module = new TestModule();
    for (int i = 0; i < 10_000; i++) {
      module.function(0, 0, NOTHING);
    }
    assertThat(WasmFixture.run(module.running(9_999), parameters())).isEqualTo(Bytes.EMPTY);
  }

  @Test
  void aFunctionTooLargeForTheJvmDoesTheSame() {
    // 30,000 times: add one; then write it.
    byte[] adds = repeated(30_000, code(0x20, 0, 0x41, 1, 0x6a, 0x21, 0), NOTHING);
    TestModule module = new TestModule().memory(1);
    int pair = module.type(List.of(I32, I32), List.of());
    int write = module.imported("cairn", "output_write", pair);
    byte[] show = code(0x41, 0, 0x20, 0, 0x36, 2, 0, 0x41, 0, 0x41, 4, 0x10, write);
    byte[] body = new byte[adds.length + show.length];
    System.arraycopy(adds, 0, body, 0, adds.length);
    System.arraycopy(show, 0, body, adds.length, show.length);
    Bytes large = module.running(body);
    long fuel = 30_000 * 4 + 6 + 100;

    assertThat(WasmFixture.run(large, parameters("fuel", fuel)).toHex()).isEqualTo("30750000");
    assertThat(failure(large, parameters("fuel", fuel - 1)).code()).isEqualTo("fuel-exhausted");
  }

  @Test
  void numbersAsLongAsCanBeAreNoTrap() {
    Bytes head = Bytes.fromHex("0061736d01000000");
    for (String tail :
        List.of("01ffffffff0f", "0105ffffffff0f", "018080808000", "0180808080808000", "00")) {
      Failure failure = failure(head.plus(Bytes.fromHex(tail)), parameters());
      assertThat(failure.code()).isIn("bad-module", "module-limit");
    }
    assertThat(failure(Bytes.EMPTY, parameters()))
        .isEqualTo(new Failure("bad-module", "byte 0: unexpected end"));
    assertThat(failure(Bytes.utf8("#!/bin/sh\n"), parameters()))
        .isEqualTo(new Failure("bad-module", "byte 0: no WebAssembly module"));
    assertThat(failure(Bytes.fromHex("0061736d0d000100"), parameters()))
        .isEqualTo(new Failure("bad-module", "byte 4: version 65549 of the format, not 1"));
  }

  // ---------------------------------------------------------------- damage

  @Test
  void everyTruncationIsRefusedButThatBeforeTheData() {
    for (String name : List.of("hello", "histogram", "wordcount")) {
      Bytes module = module(name);
      List<Integer> taken = new ArrayList<>();
      for (int length = 0; length < module.length(); length++) {
        if (refusal(module.slice(0, length)) == null) {
          taken.add(length);
        }
      }
      assertThat(taken)
          .as(name)
          .hasSizeLessThanOrEqualTo(2)
          .allMatch(at -> isDataOrCustom(module, at));
    }
  }

  /** What stands behind a cut, where a whole module stands before it. */
  private static boolean isDataOrCustom(Bytes module, int at) {
    return module.at(at) == 11 || module.at(at) == 0;
  }

  @Test
  void everyFlippedBitIsRefusedOrRuns() {
    Bytes module = module("histogram");
    WasmRun operator = new WasmRun();
    Set<String> codes = new TreeSet<>();
    int taken = 0;
    for (int bit = 0; bit < module.length() * 8; bit++) {
      Bytes flipped = flipped(module, bit);
      String code = refusal(flipped);
      if (code == null) {
        // Not all of them are compiled: that would take minutes.
        code = taken++ % 16 == 0 ? outcome(operator, flipped) : "taken";
      }
      codes.add(code);
    }
    assertThat(taken).isPositive();
    assertThat(codes)
        .contains("bad-module", "unsupported-module", "done")
        .isSubsetOf(
            "bad-module",
            "unsupported-module",
            "module-limit",
            "memory-limit",
            "taken",
            "done",
            "trap",
            "fuel-exhausted",
            "call-depth",
            "module-failed",
            "bad-call",
            "output-limit");
  }

  @Test
  void randomBytesBehindTheHeadAreRefused() {
    Random random = new Random(7);
    for (int i = 0; i < 20_000; i++) {
      byte[] noise = new byte[random.nextInt(60)];
      random.nextBytes(noise);
      assertThat(refusal(Bytes.fromHex("0061736d01000000").plus(Bytes.wrap(noise)))).isNotNull();
    }
  }

  private static Bytes flipped(Bytes module, int bit) {
    byte[] bytes = module.toArray();
    bytes[bit / 8] ^= (byte) (1 << (bit % 8));
    return Bytes.wrap(bytes);
  }

  private static String refusal(Bytes module) {
    try {
      ModuleRewriter.prepare(module);
      return null;
    } catch (OperatorFailure e) {
      return e.code();
    }
  }

  private static String outcome(WasmRun operator, Bytes module) {
    try {
      WasmFixture.run(
          operator,
          module,
          parameters("argument", "letters", "fuel", 1_000_000, "memoryPages", 64),
          MemoryInput.text("some text"));
      return "done";
    } catch (OperatorFailure e) {
      return e.code();
    }
  }
}
