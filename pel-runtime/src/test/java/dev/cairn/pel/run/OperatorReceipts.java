package dev.cairn.pel.run;

import static dev.cairn.pel.run.RunFixture.inputs;
import static dev.cairn.pel.run.RunFixture.program;
import static dev.cairn.pel.run.RunFixture.put;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.Store;
import dev.cairn.pel.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The receipts of all golden vectors and of a program of many operators, as hex, one a line. */
final class OperatorReceipts {
  /** Takes a text apart in many ways at once, and brings it together again. */
  private static final String MANY =
      """
      {'program': 1, 'inputs': ['text'], 'nodes': {
        'lines': {'operator': 'bytes/split@1', 'inputs': ['text'],
            'parameters': {'separator': '\\n', 'type': 'text/plain'}},
        'sorted': {'operator': 'lines/sort@1', 'inputs': ['lines'], 'parameters': {'unique': true}},
        'digests': {'operator': 'list/map@1', 'inputs': ['lines'],
            'parameters': {'operator': 'digest/blake3@1'}},
        'joined': {'operator': 'bytes/join@1', 'inputs': ['digests'],
            'parameters': {'separator': ','}},
        'header': {'operator': 'text/replace@1', 'inputs': ['joined'],
            'parameters': {'pattern': '[0-9a-f]{56}', 'with': 'x'}},
        'rows': {'operator': 'csv/json@1', 'inputs': ['header'], 'parameters': {'header': false}},
        'shape': {'operator': 'json/query@1', 'inputs': ['rows'],
            'parameters': {'query': '$[0].{\\"n\\": $number($count($split($, \\"a\\"))) / 7}'}},
        'found': {'operator': 'text/find@1', 'inputs': ['text'],
            'parameters': {'pattern': '(\\\\p{L}+) (i)?'}},
        'packed': {'operator': 'zstd/compress@1', 'inputs': ['found'], 'parameters': {'level': 7}},
        'unpacked': {'operator': 'zstd/decompress@1', 'inputs': ['packed']},
        'stats': {'operator': 'list/map@1', 'inputs': ['lines'],
            'parameters': {'operator': 'text/stats@1'}},
        'sum': {'operator': 'list/reduce@1', 'inputs': ['stats'],
            'parameters': {'operator': 'json/merge@1', 'parameters': {'max': ['longestLine']}}},
        'first': {'operator': 'list/select@1', 'inputs': ['lines'], 'parameters': {'to': 2}},
        'refused': {'operator': 'tar/list@1', 'inputs': ['text']},
        'all': {'operator': 'list/of@1',
            'inputs': ['sorted', 'shape', 'unpacked', 'sum', 'first', 'packed']}},
       'outputs': {'all': 'all'}}
      """;

  /** Asks the graph that the runs before have made. */
  private static final String PROVENANCE =
      """
      {'program': 1, 'inputs': ['snapshot', 'text'], 'nodes': {
        'lineage': {'operator': 'provenance/lineage@1', 'inputs': ['snapshot', 'text'],
            'parameters': {'direction': 'down', 'depth': 2}},
        'rows': {'operator': 'provenance/query@1', 'inputs': ['snapshot', 'text'],
            'parameters': {'plan': 'keys $1 | down | count by type'}},
        'receipts': {'operator': 'provenance/query@1', 'inputs': ['snapshot'],
            'parameters': {'plan': 'everything history | count by kind, type, origin'}}},
       'outputs': {'lineage': 'lineage', 'rows': 'rows', 'receipts': 'receipts'}}
      """;

  private OperatorReceipts() {}

  public static void main(String[] arguments) {
    for (String receipt : all(Integer.parseInt(arguments[0]))) {
      System.out.write(receipt.getBytes(StandardCharsets.US_ASCII), 0, receipt.length());
      System.out.write('\n');
    }
    System.out.flush();
  }

  static List<String> all(int threads) {
    List<String> receipts = new ArrayList<>();
    RunOptions options = RunOptions.defaults().withThreads(threads);
    try (Store store = RunFixture.open("a")) {
      for (Json.Dict vector : OperatorVectors.all()) {
        receipts.add(hex(OperatorVectors.run(store, vector, options)));
      }
      ArtifactKey text =
          put(
              store,
              "Işık ılık süt iç\n\u0130stanbul'da i ve I\nzwölf Boxkämpfer\nΣίσυφος ςσ\nx 1.5e3\n");
      receipts.add(
          hex(
              RunFixture.executor(store)
                  .run(program(MANY.replace("\n", " ")), inputs("text", text), options)));
      ArtifactKey snapshot = put(store, TypeTag.SNAPSHOT, store.snapshot(null).snapshot().encode());
      receipts.add(
          hex(
              RunFixture.executor(store)
                  .run(
                      program(PROVENANCE.replace("\n", " ")),
                      inputs("snapshot", snapshot, "text", text),
                      options)));
    }
    return receipts;
  }

  private static String hex(RunResult result) {
    return result.receipt().encode().toHex();
  }
}
