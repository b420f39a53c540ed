package dev.cairn.pel.wasm;

import static dev.cairn.pel.run.RunFixture.inputs;
import static dev.cairn.pel.run.RunFixture.program;
import static dev.cairn.pel.run.RunFixture.put;
import static dev.cairn.pel.wasm.binary.TestModule.I32;
import static dev.cairn.pel.wasm.binary.TestModule.code;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.Store;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.run.Executor;
import dev.cairn.pel.run.RunFixture;
import dev.cairn.pel.run.RunOptions;
import dev.cairn.pel.wasm.binary.TestModule;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Runs programs over modules good and bad and gives the receipts' bytes as hex, one a line. */
final class WasmReceipts {
  private static final TypeTag WASM = new TypeTag("application/wasm");
  private static final String FINE =
      "{'program': 1, 'inputs': ['rot13', 'wordcount', 'reverse', 'floats', 'checksum', 'text'],"
          + "'nodes': {"
          + "'a': {'operator': 'wasm/run@1', 'inputs': ['rot13', 'text']},"
          + "'b': {'operator': 'wasm/run@1', 'inputs': ['wordcount', 'text', 'a']},"
          + "'c': {'operator': 'wasm/run@1', 'inputs': ['reverse', 'a'],"
          + "      'parameters': {'type': 'text/plain'}},"
          + "'d': {'operator': 'wasm/run@1', 'inputs': ['floats']},"
          + "'e': {'operator': 'wasm/run@1', 'inputs': ['checksum', 'text']}},"
          + "'outputs': {'a': 'a', 'b': 'b', 'c': 'c', 'd': 'd', 'e': 'e'}}";
  private static final String ALONE =
      "{'program': 1, 'inputs': ['module'], 'nodes': {"
          + "'n': {'operator': 'wasm/run@1', 'inputs': ['module'],"
          + "      'parameters': {'fuel': 20000000}}}, 'outputs': {'o': 'n'}}";

  private WasmReceipts() {}

  public static void main(String[] arguments) {
    for (String receipt : receipts(Integer.parseInt(arguments[0]))) {
      System.out.write(receipt.getBytes(StandardCharsets.US_ASCII), 0, receipt.length());
      System.out.write('\n');
    }
    System.out.flush();
  }

  static List<String> receipts(int threads) {
    List<String> receipts = new ArrayList<>();
    RunOptions options = RunOptions.defaults().withThreads(threads);
    try (Store store = RunFixture.open("a")) {
      Executor executor = new Executor(store, OperatorRegistry.discover());
      TreeMap<String, ArtifactKey> given =
          new TreeMap<>(inputs("text", put(store, "Schwarze Kühe\ngeben\tweiße Milch.\n")));
      for (String name : List.of("rot13", "wordcount", "reverse", "floats", "checksum")) {
        given.put(name, put(store, WASM, WasmFixture.module(name)));
      }
      receipts.add(executor.run(program(FINE), given, options).receipt().encode().toHex());
      for (Map.Entry<String, Bytes> bad : hostile().entrySet()) {
        TreeMap<String, ArtifactKey> module =
            new TreeMap<>(Map.of("module", put(store, WASM, bad.getValue())));
        receipts.add(
            bad.getKey()
                + " "
                + executor.run(program(ALONE), module, options).receipt().encode().toHex());
      }
    }
    return receipts;
  }

  static SortedMap<String, Bytes> hostile() {
    TreeMap<String, Bytes> modules = new TreeMap<>();
    modules.put("endless", new TestModule().running(code(0x03, 0x40, 0x0c, 0, 0x0b)));
    modules.put("trap", new TestModule().running(code(0)));
    modules.put("bomb", new TestModule().memory(60_000).running(code()));
    modules.put("broken", Bytes.utf8("\0asm?"));
    TestModule calls = new TestModule();
    modules.put("calls", calls.running(calls.function(0, 0, code(0x10, 0))));
    TestModule table = new TestModule().table(1);
    int self = table.function(0, 0, code(0x41, 0, 0x11, 0, 0));
    modules.put("table", table.element(0, self).running(self));
    modules.put("wide", wide(900));
    modules.put("wider", wide(60));
    modules.put("large", large());
    TestModule clock = new TestModule();
    clock.imported("wasi_snapshot_preview1", "clock_time_get", 0);
    modules.put("clock", clock.running(code()));
    TestModule asking = new TestModule();
    int count = asking.imported("cairn", "input_count", asking.type(List.of(), List.of(I32)));
    modules.put("asking", asking.running(code(0x03, 0x40, 0x10, count, 0x1a, 0x0c, 0, 0x0b)));
    return modules;
  }

  /** Calls itself, and is too large to be compiled: what makes it large is never reached. */
  private static Bytes large() {
    byte[] body = new byte[20_010];
    Arrays.fill(body, (byte) 0x01);
    byte[] head = code(0x41, 0, 0x04, 0x40, 0x03, 0x40);
    byte[] tail = code(0x0b, 0x0b, 0x10, 0);
    System.arraycopy(head, 0, body, 0, head.length);
    System.arraycopy(tail, 0, body, body.length - tail.length, tail.length);
    TestModule module = new TestModule();
    return module.running(module.function(0, 0, body));
  }

  /** Calls itself with so many values on its stack, all of them different. */
  private static Bytes wide(int values) {
    TestModule module = new TestModule();
    byte[] body = new byte[values * 2 + 2 + values];
    for (int i = 0; i < values; i++) {
      body[2 * i] = 0x20;
      body[2 * i + 1] = (byte) (i % 100);
      body[2 * values + 2 + i] = 0x1a;
    }
    body[2 * values] = 0x10;
    return module.running(module.function(0, 1_000, body));
  }
}
