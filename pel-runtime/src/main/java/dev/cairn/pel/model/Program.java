package dev.cairn.pel.model;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborReader;
import dev.cairn.asl.cbor.CborValue;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A program: a directed acyclic graph of operators between named inputs and named outputs.
 *
 * <pre>
 *   [1, [input: text, ...],
 *       [[node: text, operator: text, version, [reference: text, ...], parameters: map], ...],
 *       [[output: text, reference: text], ...]]
 * </pre>
 *
 * <p>Deterministic CBOR, type {@code pel/program}; inputs, nodes and outputs in the order of their
 * names, so that the key does not depend on how the program was written down. A reference names an
 * input or a node; the two share one namespace. Names are 1 to 64 ASCII letters, digits, {@code _}
 * and {@code -}, not beginning with a mark; the dot is kept for naming one of several outputs of a
 * node.
 *
 * <p>A value of this class is well-formed: the constructor refuses dangling names, cycles and
 * excess with a {@link dev.cairn.asl.error.MalformedException} that names each place. Whether the
 * operators exist is for {@code OperatorRegistry} to say.
 *
 * @param inputs names of what a run must be given
 * @param nodes by name
 * @param outputs by name, the node or input that gives it
 */
public record Program(
    SortedSet<String> inputs,
    SortedMap<String, ProgramNode> nodes,
    SortedMap<String, String> outputs) {
  /** Most nodes. */
  public static final int NODES_MAX = 10_000;

  /** Most program inputs, and most program outputs. */
  public static final int ENDS_MAX = 10_000;

  /** Most references of all nodes together. */
  public static final int REFERENCES_MAX = 100_000;

  /** Longest encoding of one node's parameters, in bytes. */
  public static final int PARAMETERS_BYTES_MAX = 65_536;

  /** Longest encoding of all nodes' parameters together, in bytes. */
  public static final int PARAMETERS_TOTAL_BYTES_MAX = 4 << 20;

  /** Longest encoding, in bytes; follows from the bounds above. */
  public static final int ENCODED_BYTES_MAX = 16 << 20;

  private static final int VERSION = 1;
  private static final int FIELDS = 4;

  public Program {
    inputs = Collections.unmodifiableSortedSet(new TreeSet<>(inputs));
    nodes = Collections.unmodifiableSortedMap(new TreeMap<>(nodes));
    outputs = Collections.unmodifiableSortedMap(new TreeMap<>(outputs));
    Mistakes mistakes = new Mistakes();
    ProgramRules.check(inputs, nodes, outputs, mistakes);
    mistakes.throwIfAny("program");
  }

  /**
   * Adds what keeps this from being a well-formed program.
   *
   * @throws dev.cairn.asl.error.MalformedException at once, if it is too large to look at
   */
  public static void check(
      SortedSet<String> inputs,
      SortedMap<String, ProgramNode> nodes,
      SortedMap<String, String> outputs,
      Mistakes mistakes) {
    ProgramRules.check(inputs, nodes, outputs, mistakes);
  }

  /** The artifact's payload. */
  public Bytes encode() {
    CborWriter out = new CborWriter().array(FIELDS).uint(VERSION).array(inputs.size());
    inputs.forEach(out::text);
    out.array(nodes.size());
    nodes.forEach((id, node) -> encodeNode(out, id, node));
    out.array(outputs.size());
    outputs.forEach((name, reference) -> out.array(2).text(name).text(reference));
    return out.toBytes();
  }

  private static void encodeNode(CborWriter out, String id, ProgramNode node) {
    out.array(5).text(id).text(node.operator().name()).uint(node.operator().version());
    out.array(node.inputs().size());
    node.inputs().forEach(out::text);
    node.parameters().writeTo(out);
  }

  /** Reads a payload, strictly. */
  public static Program decode(Bytes encoded) {
    CborReader in = new CborReader("program", encoded);
    if (encoded.length() > ENCODED_BYTES_MAX) {
      throw in.malformed(encoded.length() + " bytes are more than " + ENCODED_BYTES_MAX);
    }
    in.structure(VERSION, FIELDS);
    TreeSet<String> inputs = new TreeSet<>();
    int inputCount = bounded(in, ENDS_MAX);
    for (int i = 0; i < inputCount; i++) {
      inputs.add(Names.next(in, inputs.isEmpty() ? "" : inputs.last()));
    }
    TreeMap<String, ProgramNode> nodes = new TreeMap<>();
    int nodeCount = bounded(in, NODES_MAX);
    for (int i = 0; i < nodeCount; i++) {
      in.array(5);
      String id = Names.next(in, nodes.isEmpty() ? "" : nodes.lastKey());
      nodes.put(id, decodeNode(in));
    }
    TreeMap<String, String> outputs = new TreeMap<>();
    int outputCount = bounded(in, ENDS_MAX);
    for (int i = 0; i < outputCount; i++) {
      in.array(2);
      String name = Names.next(in, outputs.isEmpty() ? "" : outputs.lastKey());
      outputs.put(name, in.text());
    }
    in.end();
    return new Program(inputs, nodes, outputs);
  }

  private static ProgramNode decodeNode(CborReader in) {
    OperatorId operator = new OperatorId(in.text(), in.uint(Integer.MAX_VALUE));
    int count = bounded(in, REFERENCES_MAX);
    List<String> references = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      references.add(in.text());
    }
    if (!(CborValue.read(in) instanceof CborValue.Dict parameters)) {
      throw in.malformed("ends parameters that are not a map");
    }
    return new ProgramNode(operator, references, parameters);
  }

  static int bounded(CborReader in, int max) {
    int count = in.array();
    if (count > max) {
      throw in.malformed("an array of " + count + " items, more than " + max);
    }
    return count;
  }

  /** The key of this as an artifact of type {@code pel/program}. */
  public ArtifactKey key() {
    return ArtifactKey.of(encode(), TypeTag.PROGRAM);
  }

  /**
   * The nodes in an order in which each stands behind all that it needs; the least name first among
   * those that could come next.
   */
  public List<String> executionOrder() {
    return ProgramRules.executionOrder(nodes);
  }

  /** For each node that others need, those others, each once, in order of names. */
  public SortedMap<String, SortedSet<String>> dependents() {
    TreeMap<String, SortedSet<String>> dependents = new TreeMap<>();
    for (Map.Entry<String, ProgramNode> node : nodes.entrySet()) {
      for (String reference : node.getValue().inputs()) {
        if (nodes.containsKey(reference)) {
          dependents.computeIfAbsent(reference, any -> new TreeSet<>()).add(node.getKey());
        }
      }
    }
    return dependents;
  }
}
