package dev.cairn.pel.model;

import dev.cairn.asl.cbor.CborValue;
import dev.cairn.asl.model.ArtifactKey;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * One step as a program of its own, whose receipt is a node's word for that step alone: with inputs
 * {@code i0}, {@code i1}, and so on, a node {@code step} and an output {@code out}. It follows from
 * operator, parameters and number of inputs, so whoever does the step writes the same bytes.
 *
 * @param program with the one node
 * @param inputs what it is given
 */
public record StepProgram(Program program, SortedMap<String, ArtifactKey> inputs) {
  /** The name of its only output. */
  public static final String OUTPUT = "out";

  /** The name of its only node. */
  public static final String NODE = "step";

  public StepProgram {
    inputs = Collections.unmodifiableSortedMap(new TreeMap<>(inputs));
  }

  /** The step that a node is, once its inputs are known. */
  public static StepProgram of(ProgramNode node, List<ArtifactKey> given) {
    return new StepProgram(
        program(node.operator(), node.parameters(), given.size()), inputs(given));
  }

  /** The program of all steps of an operator with some parameters and so many inputs. */
  public static Program program(OperatorId operator, CborValue.Dict parameters, int inputs) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < inputs; i++) {
      names.add(name(i));
    }
    SortedMap<String, ProgramNode> nodes = new TreeMap<>();
    nodes.put(NODE, new ProgramNode(operator, names, parameters));
    SortedMap<String, String> outputs = new TreeMap<>();
    outputs.put(OUTPUT, NODE);
    return new Program(new TreeSet<>(names), nodes, outputs);
  }

  /** Its inputs, by name. */
  public static SortedMap<String, ArtifactKey> inputs(List<ArtifactKey> given) {
    SortedMap<String, ArtifactKey> inputs = new TreeMap<>();
    for (int i = 0; i < given.size(); i++) {
      inputs.put(name(i), given.get(i));
    }
    return inputs;
  }

  private static String name(int input) {
    return "i" + input;
  }
}
