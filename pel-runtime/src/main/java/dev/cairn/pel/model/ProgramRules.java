package dev.cairn.pel.model;

import dev.cairn.asl.cbor.CborValue;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;

/**
 * What makes a program well-formed, whatever its operators are. All walks are iterative: a program
 * may be as deep as it has nodes.
 */
final class ProgramRules {
  /** Nodes named when a cycle is shown. */
  private static final int CYCLE_SHOWN_MAX = 10;

  private ProgramRules() {}

  /** Adds what is wrong; what is beyond the bounds of size is refused at once. */
  static void check(
      SortedSet<String> inputs,
      SortedMap<String, ProgramNode> nodes,
      SortedMap<String, String> outputs,
      Mistakes mistakes) {
    checkBounds(inputs, nodes, outputs, mistakes);
    mistakes.throwIfAny("program");
    for (String input : inputs) {
      checkName("/inputs", input, mistakes);
    }
    long parameterBytes = 0;
    for (Map.Entry<String, ProgramNode> entry : nodes.entrySet()) {
      checkNode(entry.getKey(), entry.getValue(), inputs, nodes, mistakes);
      parameterBytes +=
          checkParameters(
              Mistakes.at("/nodes", entry.getKey()) + "/parameters",
              entry.getValue().parameters(),
              mistakes);
    }
    atMost(
        "/nodes",
        "bytes of parameters",
        parameterBytes,
        Program.PARAMETERS_TOTAL_BYTES_MAX,
        mistakes);
    outputs.forEach(
        (name, reference) -> {
          checkName("/outputs", name, mistakes);
          checkReference(Mistakes.at("/outputs", name), reference, inputs, nodes, mistakes);
        });
    if (outputs.isEmpty()) {
      mistakes.add("/outputs", "a program without an output");
    }
    checkCycles(nodes, mistakes);
  }

  private static void checkBounds(
      SortedSet<String> inputs,
      SortedMap<String, ProgramNode> nodes,
      SortedMap<String, String> outputs,
      Mistakes mistakes) {
    atMost("/inputs", "inputs", inputs.size(), Program.ENDS_MAX, mistakes);
    atMost("/nodes", "nodes", nodes.size(), Program.NODES_MAX, mistakes);
    atMost("/outputs", "outputs", outputs.size(), Program.ENDS_MAX, mistakes);
    long references = nodes.values().stream().mapToLong(node -> node.inputs().size()).sum();
    atMost("/nodes", "references", references, Program.REFERENCES_MAX, mistakes);
  }

  private static void atMost(String place, String what, long actual, long max, Mistakes mistakes) {
    if (actual > max) {
      mistakes.add(place, actual + " " + what + ", more than " + max);
    }
  }

  private static void checkNode(
      String id,
      ProgramNode node,
      SortedSet<String> inputs,
      SortedMap<String, ProgramNode> nodes,
      Mistakes mistakes) {
    checkName("/nodes", id, mistakes);
    String place = Mistakes.at("/nodes", id);
    if (inputs.contains(id)) {
      mistakes.add(place, "an input has this name too");
    }
    for (int i = 0; i < node.inputs().size(); i++) {
      checkReference(
          Mistakes.at(place + "/inputs", i), node.inputs().get(i), inputs, nodes, mistakes);
    }
  }

  /** Checks one node's parameters; the length of their encoding. */
  private static int checkParameters(String place, CborValue.Dict parameters, Mistakes mistakes) {
    if (depth(parameters, 0) > CborValue.DEPTH_MAX) {
      mistakes.add(place, "nested deeper than " + CborValue.DEPTH_MAX);
      return 0;
    }
    int length = parameters.encode().length();
    if (length > Program.PARAMETERS_BYTES_MAX) {
      mistakes.add(
          place, length + " bytes when encoded, more than " + Program.PARAMETERS_BYTES_MAX);
    }
    return length;
  }

  /** Greatest depth of a value, not looking further than one past the bound. */
  private static int depth(CborValue value, int at) {
    int deepest = at;
    if (at > CborValue.DEPTH_MAX) {
      return at;
    }
    if (value instanceof CborValue.Array array) {
      for (CborValue item : array.items()) {
        deepest = Math.max(deepest, depth(item, at + 1));
      }
    } else if (value instanceof CborValue.Dict dict) {
      for (CborValue item : dict.entries().values()) {
        deepest = Math.max(deepest, depth(item, at + 1));
      }
    }
    return deepest;
  }

  private static void checkName(String parent, String name, Mistakes mistakes) {
    if (!Names.isName(name)) {
      mistakes.add(
          Mistakes.at(parent, name),
          "not a name: 1 to 64 letters, digits, '_' and '-', the first a letter or digit");
    }
  }

  private static void checkReference(
      String place,
      String reference,
      SortedSet<String> inputs,
      SortedMap<String, ProgramNode> nodes,
      Mistakes mistakes) {
    if (!inputs.contains(reference) && !nodes.containsKey(reference)) {
      mistakes.add(place, "no input or node is named " + Mistakes.quote(reference));
    }
  }

  private static void checkCycles(SortedMap<String, ProgramNode> nodes, Mistakes mistakes) {
    List<String> order = executionOrder(nodes);
    if (order.size() == nodes.size()) {
      return;
    }
    LinkedHashSet<String> stuck = new LinkedHashSet<>(nodes.keySet());
    order.forEach(stuck::remove);
    List<String> cycle = findCycle(nodes, stuck);
    boolean cut = cycle.size() > CYCLE_SHOWN_MAX;
    String shown = String.join(" -> ", cut ? cycle.subList(0, CYCLE_SHOWN_MAX) : cycle);
    mistakes.add(
        Mistakes.at("/nodes", cycle.get(0)),
        "a cycle of "
            + cycle.size()
            + ": "
            + shown
            + (cut ? " -> ... -> " : " -> ")
            + cycle.get(0));
  }

  /**
   * Every stuck node waits for a stuck node, so going back from any of them runs into a cycle;
   * given in the direction of the data, from the least name on.
   */
  private static List<String> findCycle(SortedMap<String, ProgramNode> nodes, Set<String> stuck) {
    LinkedHashSet<String> walked = new LinkedHashSet<>();
    String at = stuck.iterator().next();
    while (walked.add(at)) {
      at = firstStuckInput(nodes, stuck, at);
    }
    List<String> cycle = new ArrayList<>(walked);
    cycle = cycle.subList(cycle.indexOf(at), cycle.size());
    Collections.reverse(cycle);
    int least = cycle.indexOf(Collections.min(cycle));
    Collections.rotate(cycle, -least);
    return cycle;
  }

  private static String firstStuckInput(
      SortedMap<String, ProgramNode> nodes, Set<String> stuck, String id) {
    ProgramNode node = nodes.get(id);
    if (node != null) {
      for (String reference : node.inputs()) {
        if (stuck.contains(reference)) {
          return reference;
        }
      }
    }
    throw new AssertionError("stuck without a stuck input: " + id);
  }

  /** Kahn's algorithm with the least ready name first; shorter than {@code nodes} if they cycle. */
  static List<String> executionOrder(SortedMap<String, ProgramNode> nodes) {
    Map<String, Integer> waitsFor = new HashMap<>();
    Map<String, List<String>> feeds = new HashMap<>();
    PriorityQueue<String> ready = new PriorityQueue<>();
    for (Map.Entry<String, ProgramNode> node : nodes.entrySet()) {
      int count = 0;
      for (String reference : node.getValue().inputs()) {
        if (nodes.containsKey(reference)) {
          feeds.computeIfAbsent(reference, any -> new ArrayList<>()).add(node.getKey());
          count++;
        }
      }
      if (count == 0) {
        ready.add(node.getKey());
      }
      waitsFor.put(node.getKey(), count);
    }
    List<String> order = new ArrayList<>(nodes.size());
    for (String id = ready.poll(); id != null; id = ready.poll()) {
      order.add(id);
      for (String fed : feeds.getOrDefault(id, List.of())) {
        if (waitsFor.merge(fed, -1, Integer::sum) == 0) {
          ready.add(fed);
        }
      }
    }
    return order;
  }
}
