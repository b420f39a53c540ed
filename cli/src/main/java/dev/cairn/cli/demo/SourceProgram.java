package dev.cairn.cli.demo;

import dev.cairn.asl.cbor.CborValue;
import dev.cairn.pel.model.OperatorId;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.model.ProgramNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The program of the tour: statistics of each type of source, added up in a tree of merges.
 *
 * <pre>
 *   type-java ── stats-java ──┐
 *   type-md ──── stats-md ────┼─ sum-1-1 ──┐
 *   …                         │            ├─ sum-2-1 ── total
 *   type-xml ─── stats-xml ───┴─ sum-1-2 ──┘
 * </pre>
 */
final class SourceProgram {
  /** Name of the output that holds the sum. */
  static final String TOTAL = "total";

  private static final int FAN_IN = 4;
  private static final OperatorId STATS = new OperatorId("text/stats", 1);
  private static final OperatorId MERGE = new OperatorId("json/merge", 1);
  private static final CborValue.Dict NO_PARAMETERS = new CborValue.Dict(new TreeMap<>());

  private SourceProgram() {}

  /** Name of the input that takes a type's files. */
  static String input(String type) {
    return "type-" + type;
  }

  /** Name of the output that holds a type's statistics. */
  static String output(String type) {
    return "stats-" + type;
  }

  static Program of(Set<String> types) {
    TreeSet<String> inputs = new TreeSet<>();
    TreeMap<String, ProgramNode> nodes = new TreeMap<>();
    TreeMap<String, String> outputs = new TreeMap<>();
    List<String> level = new ArrayList<>();
    for (String type : new TreeSet<>(types)) {
      inputs.add(input(type));
      nodes.put(output(type), new ProgramNode(STATS, List.of(input(type)), NO_PARAMETERS));
      outputs.put(output(type), output(type));
      level.add(output(type));
    }
    int height = 0;
    do {
      level = merged(level, ++height, nodes);
    } while (level.size() > 1);
    outputs.put(TOTAL, level.get(0));
    return new Program(inputs, nodes, outputs);
  }

  private static List<String> merged(
      List<String> below, int height, Map<String, ProgramNode> nodes) {
    TreeMap<String, CborValue> parameters = new TreeMap<>();
    parameters.put("max", new CborValue.Array(List.of(new CborValue.Text("longestLine"))));
    List<String> above = new ArrayList<>();
    for (int from = 0; from < below.size(); from += FAN_IN) {
      String name = "sum-" + height + "-" + (above.size() + 1);
      List<String> parts = below.subList(from, Math.min(below.size(), from + FAN_IN));
      nodes.put(name, new ProgramNode(MERGE, parts, new CborValue.Dict(parameters)));
      above.add(name);
    }
    return above;
  }
}
