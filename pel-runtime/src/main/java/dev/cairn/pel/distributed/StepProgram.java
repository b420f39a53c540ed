package dev.cairn.pel.distributed;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.model.ProgramNode;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * One step as a program of its own, whose receipt is what a node writes that has done it: with
 * inputs {@code i0}, {@code i1}, and so on, a node {@code step} and an output {@code out}. It
 * follows from operator, parameters and number of inputs, so whoever does the step writes the same
 * bytes.
 *
 * @param program with the one node
 * @param inputs what it is given
 */
record StepProgram(Program program, SortedMap<String, ArtifactKey> inputs) {
  static final String OUTPUT = "out";
  private static final String NODE = "step";

  /** The step that a node is, once its inputs are known. */
  static StepProgram of(ProgramNode node, List<ArtifactKey> given) {
    List<String> names = new ArrayList<>();
    SortedMap<String, ArtifactKey> inputs = new TreeMap<>();
    for (ArtifactKey key : given) {
      String name = "i" + names.size();
      names.add(name);
      inputs.put(name, key);
    }
    SortedSet<String> declared = new TreeSet<>(names);
    SortedMap<String, ProgramNode> nodes = new TreeMap<>();
    nodes.put(NODE, new ProgramNode(node.operator(), names, node.parameters()));
    SortedMap<String, String> outputs = new TreeMap<>();
    outputs.put(OUTPUT, NODE);
    return new StepProgram(new Program(declared, nodes, outputs), inputs);
  }
}
