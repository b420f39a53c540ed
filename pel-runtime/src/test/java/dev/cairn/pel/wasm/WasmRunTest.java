package dev.cairn.pel.wasm;

import static dev.cairn.pel.wasm.WasmFixture.failure;
import static dev.cairn.pel.wasm.WasmFixture.module;
import static dev.cairn.pel.wasm.WasmFixture.parameters;
import static dev.cairn.pel.wasm.WasmFixture.run;
import static dev.cairn.pel.wasm.WasmFixture.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.time.Ticker;
import dev.cairn.pel.model.Receipt.Failure;
import dev.cairn.pel.operator.MemoryInput;
import dev.cairn.pel.operator.OperatorContext;
import dev.cairn.pel.operator.OperatorFailure;
import dev.cairn.pel.operator.OperatorInput;
import dev.cairn.pel.operator.OperatorOutput;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.wasm.binary.TestModule;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** What modules that others compiled do, golden; and that no cost of theirs is hidden. */
class WasmRunTest {
  private static Bytes random(int length) {
    byte[] bytes = new byte[length];
    new Random(42).nextBytes(bytes);
    return Bytes.wrap(bytes);
  }

  @Test
  void aModuleOfCTurnsItsInputsWhoseListStandsForItems() {
    assertThat(
            text(
                "rot13",
                parameters(),
                MemoryInput.text("Hello, "),
                MemoryInput.list(MemoryInput.text("World"), MemoryInput.text("!\n"))))
        .isEqualTo("Uryyb, Jbeyq!\n");
    assertThat(text("rot13", parameters())).isEmpty();
  }

  @Test
  void aModuleOfRustCountsWords() {
    assertThat(text("wordcount", parameters(), MemoryInput.text("one two\n three\n")))
        .isEqualTo("15 bytes, 3 words, 2 lines\n");
  }

  @Test
  void aModuleOfAssemblyScriptReverses() {
    assertThat(text("reverse", parameters(), MemoryInput.text("stressed"))).isEqualTo("desserts");
  }

  @Test
  void typesLabelsLengthsAndTheArgumentAreSeen() {
    MemoryInput labelled =
        new MemoryInput(new TypeTag("text/x"), Bytes.utf8("abba"), "a/b.txt", List.of());

    assertThat(
            text(
                "histogram",
                parameters("argument", "letters"),
                labelled,
                MemoryInput.bytes(Bytes.utf8("Zz9"))))
        .isEqualTo("a/b.txt text/x 4 a=2 b=2\n- - 3 z=2\n");
    assertThat(failure(module("histogram"), parameters("argument", "lettere")))
        .isEqualTo(new Failure("module-failed", "the argument must be: letters"));
    assertThat(failure(module("histogram"), parameters()).code()).isEqualTo("module-failed");
  }

  @Test
  void largeInputsArePassedInPieces() {
    Bytes payload = random(3_000_001);

    Bytes turned = run(module("rot13"), parameters(), MemoryInput.bytes(payload));
    assertThat(turned.length()).isEqualTo(payload.length());
    assertThat(run(module("rot13"), parameters(), MemoryInput.bytes(turned))).isEqualTo(payload);
  }

  @Test
  void theBytesOfNanAreThoseOfTheDeterministicProfile() {
    assertThat(text("floats", parameters()))
        .isEqualTo(
            """
            7ff8000000000000
            fff8000000000000
            7ff8000000000000
            7ff8000000000000
            7ff8000000000000
            7ff8000000000000
            c008000000000000
            7ff8000000000000
            7ff8000000000000
            7ff8000000000000
            7ff8000000000000
            7ff4dead0000beef
            7ff8000000000000
            %s
            """
                .formatted(Long.toHexString(Double.doubleToRawLongBits(sum()))));
  }

  /** What floats.c computes last. */
  private static double sum() {
    double sum = 0;
    for (int i = 1; i < 1000; i++) {
      sum = sum * 1.0000001 + 1.0 / i - Math.floor(sum / 3.0);
    }
    return sum;
  }

  @Test
  void theTypeIsThatOfTheParameter() throws IOException {
    OperatorContext context =
        new OperatorContext(
            List.of(MemoryInput.bytes(module("hello"))), parameters("type", "text/plain"));

    OperatorOutput output = new WasmRun().run(context);
    try (InputStream payload = output.payload()) {
      assertThat(output.tag()).hasToString("text/plain");
      assertThat(payload.readAllBytes()).asString().isEqualTo("hello\n");
    }
  }

  @Test
  void itIsFoundAsAnOperator() {
    assertThat(OperatorRegistry.discover().operators().keySet())
        .anyMatch(id -> id.toString().equals("wasm/run@1"));
  }

  @Test
  void parametersOutOfRangeAreRefused() {
    for (Object[] wrong :
        new Object[][] {
          {"fuel", -1},
          {"fuel", 1_000_000_000_000_001L},
          {"memoryPages", 16_385},
          {"outputBytes", -1},
          {"type", "tgk/edge"}
        }) {
      assertThatThrownBy(() -> new WasmRun().check(parameters(wrong)))
          .isInstanceOf(OperatorFailure.class);
    }
  }

  @Test
  void fuelIsCountedToTheUnit() {
    Bytes hello = module("hello");

    long enough = leastFuel(hello);
    assertThat(enough).isEqualTo(3 + 100);
    assertThat(failure(hello, parameters("fuel", enough - 1)))
        .isEqualTo(new Failure("fuel-exhausted", "all " + (enough - 1) + " units are used up"));
    assertThat(leastFuel(module("rot13"), MemoryInput.text("Hello")))
        .isEqualTo(leastFuel(module("rot13"), MemoryInput.text("World")));
    assertThat(leastFuel(module("wordcount"), MemoryInput.text("a b c"))).isEqualTo(183_207);
  }

  private static long leastFuel(Bytes module, OperatorInput... inputs) {
    WasmRun operator = new WasmRun();
    long low = 0;
    long high = 1 << 20;
    while (low < high) {
      long middle = (low + high) / 2;
      try {
        run(operator, module, parameters("fuel", middle), inputs);
        high = middle;
      } catch (OperatorFailure e) {
        assertThat(e.code()).isEqualTo("fuel-exhausted");
        low = middle + 1;
      }
    }
    return low;
  }

  @Test
  void theOutputIsBounded() {
    assertThat(failure(module("hello"), parameters("outputBytes", 5)))
        .isEqualTo(new Failure("output-limit", "the output is longer than 5 bytes"));
    assertThat(run(module("hello"), parameters("outputBytes", 6)).toUtf8()).isEqualTo("hello\n");
  }

  @Test
  void memoryGrowsToTheLimitAndNoFurther() {
    // Grows by one page until that fails, and writes how many pages there are.
    TestModule module = new TestModule().memory(1);
    int pair = module.type(List.of(TestModule.I32, TestModule.I32), List.of());
    int write = module.imported("cairn", "output_write", pair);
    Bytes growing =
        module.running(
            TestModule.code(
                0x03, 0x40, 0x41, 1, 0x40, 0, 0x41, 0x7f, 0x47, 0x0d, 0, 0x0b, // until -1
                0x41, 0, 0x3f, 0, 0x36, 2, 0, 0x41, 0, 0x41, 4, 0x10, write));

    assertThat(run(growing, parameters("memoryPages", 300)).toHex()).isEqualTo("2c010000");
    assertThat(run(growing, parameters("memoryPages", 1)).toHex()).isEqualTo("01000000");
    assertThat(failure(growing, parameters("memoryPages", 0)))
        .isEqualTo(new Failure("memory-limit", "it begins with 1 pages of memory, more than 0"));
  }

  @Test
  void manyThreadsGetTheSameFromOneCompiledModule() throws Exception {
    WasmRun operator = new WasmRun();
    Bytes payload = random(50_000);
    Bytes expected = run(module("rot13"), parameters(), MemoryInput.bytes(payload));
    ExecutorService pool = Executors.newFixedThreadPool(8);
    try {
      List<Callable<Bytes>> tasks = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        tasks.add(() -> run(operator, module("rot13"), parameters(), MemoryInput.bytes(payload)));
      }
      for (Future<Bytes> future : pool.invokeAll(tasks)) {
        assertThat(future.get()).isEqualTo(expected);
      }
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void aCacheThatHoldsNothingChangesNothing() {
    WasmRun operator = new WasmRun(new WasmSettings(60_000, 0, 0), Ticker.system());

    for (int i = 0; i < 3; i++) {
      assertThat(run(operator, module("hello"), parameters()).toUtf8()).isEqualTo("hello\n");
    }
  }

  @Test
  void timeThatIsUpIsNoOutcome() {
    WasmRun operator = new WasmRun(new WasmSettings(300, 1, 1 << 20), Ticker.system());
    Bytes endless = new TestModule().running(TestModule.code(0x03, 0x40, 0x0c, 0, 0x0b));

    assertThatThrownBy(() -> run(operator, endless, parameters("fuel", 1_000_000_000_000_000L)))
        .isInstanceOf(UnavailableException.class)
        .hasMessage("a WebAssembly module ran longer than the 300 ms that this node allows");
  }

  @Test
  void aReaderThatIsInterruptedOrClosesEndsTheModule() throws Exception {
    Bytes endless = new TestModule().running(TestModule.code(0x03, 0x40, 0x0c, 0, 0x0b));
    OperatorContext context =
        new OperatorContext(
            List.of(MemoryInput.bytes(endless)), parameters("fuel", 1_000_000_000_000_000L));

    try (InputStream payload = new WasmRun().run(context).payload()) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(payload::read).isInstanceOf(UnavailableException.class);
      assertThat(Thread.interrupted()).isTrue();
    }
    new WasmRun().run(context).payload().close();
    assertThat(modulesThreads()).isEmpty();
  }

  @Test
  void aRunThatIsReadToItsEndLeavesNoThread() {
    WasmRun operator = new WasmRun();

    for (int i = 0; i < 500; i++) {
      run(operator, module("hello"), parameters());
      assertThat(modulesThreads()).as("after run %s", i).isEmpty();
    }
  }

  private static List<Thread> modulesThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("cairn-wasm"))
        .toList();
  }

  @Test
  void aFailingInputIsAnErrorAndNoOutcome() {
    MemoryInput good = MemoryInput.text("abc");
    OperatorInput broken = new BrokenInput(good);

    assertThatThrownBy(() -> run(module("rot13"), parameters(), broken))
        .hasRootCauseMessage("the disk is on fire");
  }

  @Test
  void aListInAListIsRefused() {
    MemoryInput nested = MemoryInput.list(MemoryInput.text("a"), MemoryInput.list());

    assertThatThrownBy(() -> run(module("rot13"), parameters(), nested))
        .isInstanceOf(OperatorFailure.class)
        .hasMessage("input 1: item 1 is itself a list");
  }
}
