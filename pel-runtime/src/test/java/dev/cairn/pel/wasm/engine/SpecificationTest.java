package dev.cairn.pel.wasm.engine;

import static dev.cairn.pel.wasm.binary.TestModule.code;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.pel.wasm.binary.Modules;
import dev.cairn.pel.wasm.binary.PreparedModule;
import dev.cairn.pel.wasm.binary.TestModule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import run.endive.runtime.Instance;

/**
 * Rewritten modules do what the specification says, and where it leaves a choice, what its
 * deterministic profile says: on instructions that could differ, and on the specification's own
 * tests (compiled to JSON by wast2json), where the folder {@code cairn.vectors} has them.
 */
class SpecificationTest {
  private static final int F64 = 0x7c;
  private static final int F32 = 0x7d;
  private static final long QUIET = 0x7ff8000000000000L;
  private static final long MINUS = 0x8000000000000000L;
  private static final long SIGNALLING = 0x7ff0000000000123L;
  private static final long PAYLOAD = 0xfff8dead0000beefL;
  private static final long ONE = 0x3ff0000000000000L;

  private static Instance instance(TestModule module, boolean interpreted) {
    PreparedModule prepared = Modules.prepare(module.build());
    return CompiledModule.compile(interpreted ? Modules.interpreted(prepared) : prepared)
        .instantiate(
            (function, guest, arguments) -> 0, new Budget(1 << 20, 1 << 10, 16), made -> {});
  }

  private static long call(Instance instance, String name, long... arguments) {
    instance.exports().global(PreparedModule.FUEL).setValue(1 << 20);
    instance.exports().global(PreparedModule.DEPTH).setValue(1 << 10);
    return instance.export(name).apply(arguments)[0];
  }

  /** Exports a function for each opcode, under its number. */
  private static TestModule module(int type, int parameters, int... opcodes) {
    TestModule module = new TestModule();
    int index = module.type(java.util.Collections.nCopies(parameters, type), List.of(type));
    for (int opcode : opcodes) {
      byte[] body = parameters == 1 ? code(0x20, 0, opcode) : code(0x20, 0, 0x20, 1, opcode);
      module.export("" + opcode, 0, module.function(index, 0, body));
    }
    return module;
  }

  @Test
  void arithmeticOfNanGivesTheCanonicalOne() {
    int[] unary = {0x9b, 0x9c, 0x9d, 0x9e, 0x9f};
    int[] binary = {0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5};
    for (boolean interpreted : List.of(false, true)) {
      Instance one = instance(module(F64, 1, unary), interpreted);
      Instance two = instance(module(F64, 2, binary), interpreted);
      for (long nan : List.of(QUIET, QUIET | MINUS, SIGNALLING, PAYLOAD)) {
        for (int opcode : unary) {
          assertThat(call(one, "" + opcode, nan)).as("%x", opcode).isEqualTo(QUIET);
        }
        for (int opcode : binary) {
          assertThat(call(two, "" + opcode, nan, ONE)).as("%x", opcode).isEqualTo(QUIET);
          assertThat(call(two, "" + opcode, ONE, nan)).as("%x", opcode).isEqualTo(QUIET);
          assertThat(call(two, "" + opcode, nan, PAYLOAD)).as("%x", opcode).isEqualTo(QUIET);
        }
      }
      assertThat(call(one, "" + 0x9f, ONE | MINUS)).isEqualTo(QUIET); // root of -1
      assertThat(call(two, "" + 0xa3, 0, 0)).isEqualTo(QUIET); // 0 / 0
      assertThat(call(two, "" + 0xa3, ONE, MINUS)).isEqualTo(0xfff0000000000000L);
    }
  }

  @Test
  void signsAndMovesKeepAllBits() {
    for (boolean interpreted : List.of(false, true)) {
      Instance one = instance(module(F64, 1, 0x99, 0x9a, 0x01), interpreted);
      Instance two = instance(module(F64, 2, 0xa6), interpreted);
      for (long value : List.of(QUIET, QUIET | MINUS, SIGNALLING, PAYLOAD, ONE, MINUS)) {
        assertThat(call(one, "" + 0x99, value)).isEqualTo(value & ~MINUS);
        assertThat(call(one, "" + 0x9a, value)).isEqualTo(value ^ MINUS);
        assertThat(call(one, "" + 0x01, value)).isEqualTo(value);
        assertThat(call(two, "" + 0xa6, value, PAYLOAD)).isEqualTo(value | MINUS);
        assertThat(call(two, "" + 0xa6, value, QUIET)).isEqualTo(value & ~MINUS);
      }
      Instance small = instance(module(F32, 1, 0x8b, 0x8c, 0x01), interpreted);
      for (long value : List.of(0x7fc00000L, 0xff800001L, 0x7f812345L, 0x80000000L)) {
        assertThat(call(small, "" + 0x8b, value) & 0xffffffffL).isEqualTo(value & 0x7fffffff);
        assertThat(call(small, "" + 0x8c, value) & 0xffffffffL).isEqualTo(value ^ 0x80000000L);
        assertThat(call(small, "" + 0x01, value) & 0xffffffffL).isEqualTo(value);
      }
    }
  }

  @Test
  void theSpecificationsOwnTestsHoldCompiled(@TempDir Path folder) throws Exception {
    Optional<Path> scripts = scripts(folder);
    if (scripts.isPresent()) {
      SpecificationScripts played = SpecificationScripts.play(scripts.get(), false, name -> true);
      assertThat(played.mistakes).isEmpty();
      assertThat(played.counts.get("assert_return")).isGreaterThan(20_000);
      assertThat(played.counts.get("assert_trap")).isGreaterThan(400);
    }
  }

  @Test
  void theSpecificationsOwnTestsOfNumbersAndMemoryHoldInterpreted(@TempDir Path folder)
      throws Exception {
    Optional<Path> scripts = scripts(folder);
    if (scripts.isPresent()) {
      SpecificationScripts played =
          SpecificationScripts.play(
              scripts.get(),
              true,
              name ->
                  name.matches(
                      "(i32|i64|f32|conversions|float_misc|call_indirect|memory_grow|memory_copy|br_table|nop|traps0)\\.json"));
      assertThat(played.mistakes).isEmpty();
      assertThat(played.counts.get("assert_return")).isGreaterThan(2_000);
    }
  }

  /** The scripts, unpacked by the system's tar. */
  private static Optional<Path> scripts(Path into) throws IOException, InterruptedException {
    Optional<Path> archive = archive();
    if (archive.isEmpty()) {
      return Optional.empty();
    }
    List<String> command = new ArrayList<>(List.of("tar", "--zstd", "-xf"));
    command.add(archive.get().toString());
    command.addAll(List.of("-C", into.toString()));
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    return Optional.of(into.resolve("json"));
  }

  private static Optional<Path> archive() {
    List<Path> folders = new ArrayList<>();
    String told = System.getProperty("cairn.vectors");
    if (told != null) {
      folders.add(Path.of(told));
    }
    for (Path up = Path.of("").toAbsolutePath(); up != null; up = up.getParent()) {
      folders.add(up.resolve("../shared/vectors"));
    }
    return folders.stream()
        .map(folder -> folder.resolve("spec-json-wasm.tar.zst"))
        .filter(Files::isRegularFile)
        .findFirst();
  }
}
