package dev.cairn.pel.run;

import static dev.cairn.pel.run.RunFixture.inputs;
import static dev.cairn.pel.run.RunFixture.program;
import static dev.cairn.pel.run.RunFixture.put;
import static dev.cairn.pel.run.RunFixture.putList;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.Store;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;

/** Runs a few programs in a fresh store and gives the receipts' bytes as hex, one a line. */
final class ReceiptPrinter {
  private static final String FAILING =
      "{'program': 1, 'inputs': ['java', 'text'], 'nodes': {"
          + "'I': {'operator': 'json/canonical@1', 'inputs': ['text']},"
          + "'i': {'operator': 'bytes/slice@1', 'inputs': ['text'], 'parameters': {'from': 99}},"
          + "'x': {'operator': 'list/of@1', 'inputs': ['java', 'text'],"
          + "      'parameters': {'labels': ['\u0130stanbul', 'Iı']}}},"
          + "'outputs': {'o': 'x'}}";

  private ReceiptPrinter() {}

  public static void main(String[] arguments) {
    for (String receipt : receipts(Integer.parseInt(arguments[0]))) {
      System.out.write(receipt.getBytes(StandardCharsets.US_ASCII), 0, receipt.length());
      System.out.write('\n');
    }
    System.out.flush();
  }

  static List<String> receipts(int threads) {
    List<String> receipts = new ArrayList<>();
    try (Store store = RunFixture.open("a")) {
      ArtifactKey first = put(store, "bir iki ü\u0130ı\n\nüç\n");
      SortedMap<String, ArtifactKey> given =
          inputs("java", putList(store, first, put(store, "four")), "text", put(store, "I i ı\n"));
      Executor executor = RunFixture.executor(store);
      RunOptions options = RunOptions.defaults().withThreads(threads);
      for (String text : List.of(ExecutorTest.STATS, FAILING)) {
        receipts.add(executor.run(program(text), given, options).receipt().encode().toHex());
      }
    }
    return receipts;
  }
}
