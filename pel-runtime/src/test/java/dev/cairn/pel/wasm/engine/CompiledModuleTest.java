package dev.cairn.pel.wasm.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.error.DataLossException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.pel.operator.OperatorFailure;
import dev.cairn.pel.wasm.binary.ModuleRewriter;
import dev.cairn.pel.wasm.binary.TestModule;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a run tells of memory and fuel, however it ends. */
@Timeout(60)
class CompiledModuleTest {
  private static final int PAGE = 1 << 16;
  private static final long FUEL = 1_000_000_000_000L;

  private final AtomicLong made = new AtomicLong();
  private final AtomicLong used = new AtomicLong();

  @Test
  void aRunThatTheStackHasNoRoomForUsesAllItsFuel() throws InterruptedException {
    TestModule module = new TestModule();
    int type = module.type(List.of(TestModule.I64, TestModule.I64), List.of());
    int self = module.function(type, 0, TestModule.code(0x20, 0, 0x20, 1, 0x10, 0));
    CompiledModule compiled =
        CompiledModule.compile(
            ModuleRewriter.prepare(module.running(TestModule.code(0x42, 0, 0x42, 0, 0x10, self))));
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread small =
        new Thread(
            null,
            () -> {
              try {
                compiled.run(
                    (function, guest, arguments) -> 0,
                    new Budget(FUEL, Integer.MAX_VALUE, 1),
                    made::addAndGet,
                    used::addAndGet);
              } catch (IOException | RuntimeException e) {
                thrown.set(e);
              }
            },
            "small",
            1 << 20);
    small.start();
    small.join();
    assertThat(thrown.get()).isInstanceOf(UnavailableException.class);
    assertThat(used).hasValue(FUEL);
  }

  @Test
  void whatARunUsedUntilTheHostCouldNotGoOnIsToldUnlessItWasInterrupted() {
    TestModule module = new TestModule();
    int type = module.type(List.of(TestModule.I32), List.of(TestModule.I64));
    int length = module.imported("cairn", "input_length", type);
    byte[] loopsThenAsks =
        TestModule.code(
            0x41, 0xe8, 0x07, 0x21, 0, // 1,000
            0x03, 0x40, 0x20, 0, 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, 0x0b, // down to 0
            0x41, 0, 0x10, length, 0x1a);
    CompiledModule compiled =
        CompiledModule.compile(ModuleRewriter.prepare(module.running(loopsThenAsks)));
    assertThatThrownBy(() -> run(compiled, new DataLossException("the chunk is gone")))
        .isInstanceOf(DataLossException.class);
    assertThat(used.get()).isBetween(5_000L, 10_000L);
    used.set(0);
    assertThatThrownBy(() -> run(compiled, new IllegalStateException("broken")))
        .isInstanceOf(RefusedException.class);
    assertThat(used).as("whoever breaks the runtime").hasValue(FUEL);
    used.set(0);
    assertThatThrownBy(() -> run(compiled, new UnavailableException("cancelled")))
        .isInstanceOf(UnavailableException.class);
    assertThat(used).hasValue(0);
  }

  private void run(CompiledModule module, RuntimeException thrown) throws IOException {
    Host host =
        (function, guest, arguments) -> {
          throw thrown;
        };
    module.run(host, new Budget(FUEL, 1 << 10, 1), made::addAndGet, used::addAndGet);
  }

  @Test
  void memoryIsToldOfBeforeItIsThere() throws IOException {
    byte[] grow = TestModule.code(0x41, 2, 0x40, 0, 0x1a, 0x41, 9, 0x40, 0, 0x1a);
    CompiledModule module =
        CompiledModule.compile(ModuleRewriter.prepare(new TestModule().memory(3).running(grow)));
    Host host = (function, guest, arguments) -> 0;
    module.run(host, new Budget(FUEL, 1 << 10, 8), made::addAndGet, used::addAndGet);
    assertThat(made).as("three, then two; nine more are too many").hasValue(5 * PAGE);
    assertThat(used.get()).isBetween(2_000L, 3_000L);
    assertThatThrownBy(
            () ->
                module.run(
                    host,
                    new Budget(FUEL, 1 << 10, 8),
                    bytes -> {
                      throw new RefusedException("no " + bytes);
                    },
                    used::addAndGet))
        .isInstanceOf(RefusedException.class)
        .hasMessage("no " + 3 * PAGE);
    assertThatThrownBy(
            () -> module.run(host, new Budget(FUEL, 1 << 10, 2), made::addAndGet, used::addAndGet))
        .isInstanceOf(OperatorFailure.class);
    assertThat(made).hasValue(5 * PAGE);
  }
}
