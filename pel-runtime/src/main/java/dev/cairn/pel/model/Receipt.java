package dev.cairn.pel.model;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborReader;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What a run of a program gave: a program execution receipt.
 *
 * <pre>
 *   [1, program: bytes 34, [[input: text, key: bytes 34], ...], [[output: text, key: bytes 34], ...],
 *       status,
 *       [[node: text, operator: text, version, parameters digest: bytes 32,
 *         [input: bytes 34, ...], [output: bytes 34, ...]], ...],
 *       [[node: text, code: text, message: text], ...]]
 * </pre>
 *
 * <p>Deterministic CBOR, type {@code pel/receipt}; every list that begins its items with a name is
 * in the order of the names. Nothing in it depends on when, where or how fast the run was, so any
 * two honest nodes write the same bytes. Steps are the nodes that gave their outputs; failures are
 * the nodes whose operator refused its input; a node behind a failure is in neither list. Only
 * {@link RunStatus#SUCCEEDED} has outputs and no failure.
 *
 * @param program key of the program
 * @param inputs by input name
 * @param outputs by output name; empty unless the run succeeded
 * @param status how it ended
 * @param steps by node
 * @param failures by node
 */
public record Receipt(
    ArtifactKey program,
    SortedMap<String, ArtifactKey> inputs,
    SortedMap<String, ArtifactKey> outputs,
    RunStatus status,
    SortedMap<String, Step> steps,
    SortedMap<String, Failure> failures) {
  /** Longest encoding, in bytes. */
  public static final int ENCODED_BYTES_MAX = 16 << 20;

  private static final int VERSION = 1;
  private static final int FIELDS = 7;

  /**
   * A refusal by an operator: the same on every node.
   *
   * @param code a short word for programs: lower-case letters, digits and dashes
   * @param message for people: printable ASCII
   */
  public record Failure(String code, String message) {
    /** Longest message, in characters. */
    public static final int MESSAGE_CHARS_MAX = 1000;

    private static final Pattern CODE = Pattern.compile("[a-z][a-z0-9-]{0,63}");
    private static final Pattern MESSAGE =
        Pattern.compile("[\\x20-\\x7e]{1," + MESSAGE_CHARS_MAX + "}");

    public Failure {
      if (!CODE.matcher(code).matches() || !MESSAGE.matcher(message).matches()) {
        throw new MalformedException("receipt: a failure's code or message is out of form");
      }
    }
  }

  public Receipt {
    inputs = Collections.unmodifiableSortedMap(new TreeMap<>(inputs));
    outputs = Collections.unmodifiableSortedMap(new TreeMap<>(outputs));
    steps = Collections.unmodifiableSortedMap(new TreeMap<>(steps));
    failures = Collections.unmodifiableSortedMap(new TreeMap<>(failures));
    boolean failed = status == RunStatus.FAILED_PERMANENT || status == RunStatus.FAILED_RETRYABLE;
    if (failed == failures.isEmpty() || (status == RunStatus.SUCCEEDED) == outputs.isEmpty()) {
      throw new MalformedException(
          "receipt: status "
              + status
              + " with "
              + failures.size()
              + " failures and "
              + outputs.size()
              + " outputs");
    }
    for (String node : failures.keySet()) {
      if (steps.containsKey(node)) {
        throw new MalformedException("receipt: node " + node + " both failed and gave outputs");
      }
    }
  }

  /** Whether it tells of one step alone, as that of a {@link StepProgram} does. */
  public boolean isOfSingleStep() {
    return steps.keySet().equals(Set.of(StepProgram.NODE))
        && outputs.keySet().equals(Set.of(StepProgram.OUTPUT));
  }

  /** The artifact's payload. */
  public Bytes encode() {
    CborWriter out = new CborWriter().array(FIELDS).uint(VERSION).bytes(program.bytes());
    writeKeys(out, inputs);
    writeKeys(out, outputs);
    out.uint(status.code()).array(steps.size());
    steps.forEach((node, step) -> step.writeTo(out, node));
    out.array(failures.size());
    failures.forEach(
        (node, failure) -> out.array(3).text(node).text(failure.code()).text(failure.message()));
    return out.toBytes();
  }

  static void writeKeys(CborWriter out, SortedMap<String, ArtifactKey> keys) {
    out.array(keys.size());
    keys.forEach((name, key) -> out.array(2).text(name).bytes(key.bytes()));
  }

  /** Reads a payload, strictly. */
  public static Receipt decode(Bytes encoded) {
    CborReader in = new CborReader("receipt", encoded);
    if (encoded.length() > ENCODED_BYTES_MAX) {
      throw in.malformed(encoded.length() + " bytes are more than " + ENCODED_BYTES_MAX);
    }
    in.structure(VERSION, FIELDS);
    ArtifactKey program = ArtifactKey.fromBytes(in.bytes(ArtifactKey.BYTES));
    SortedMap<String, ArtifactKey> inputs = readKeys(in);
    SortedMap<String, ArtifactKey> outputs = readKeys(in);
    RunStatus status = RunStatus.byCode(in.uint(0xff));
    TreeMap<String, Step> steps = new TreeMap<>();
    int stepCount = Program.bounded(in, Program.NODES_MAX);
    for (int i = 0; i < stepCount; i++) {
      in.array(6);
      String node = Names.next(in, steps.isEmpty() ? "" : steps.lastKey());
      steps.put(node, Step.read(in));
    }
    TreeMap<String, Failure> failures = new TreeMap<>();
    int failureCount = Program.bounded(in, Program.NODES_MAX);
    for (int i = 0; i < failureCount; i++) {
      in.array(3);
      String node = Names.next(in, failures.isEmpty() ? "" : failures.lastKey());
      failures.put(node, new Failure(in.text(), in.text()));
    }
    in.end();
    return new Receipt(program, inputs, outputs, status, steps, failures);
  }

  static SortedMap<String, ArtifactKey> readKeys(CborReader in) {
    TreeMap<String, ArtifactKey> keys = new TreeMap<>();
    int count = Program.bounded(in, Program.ENDS_MAX);
    for (int i = 0; i < count; i++) {
      in.array(2);
      String name = Names.next(in, keys.isEmpty() ? "" : keys.lastKey());
      keys.put(name, ArtifactKey.fromBytes(in.bytes(ArtifactKey.BYTES)));
    }
    return keys;
  }

  /** The question that this answers. */
  public Invocation invocation() {
    return new Invocation(program, inputs);
  }

  /** The key of this as an artifact of type {@code pel/receipt}. */
  public ArtifactKey key() {
    return ArtifactKey.of(encode(), TypeTag.RECEIPT);
  }

  /**
   * What one node did.
   *
   * @param operator what ran
   * @param parametersDigest SHA-256 of its parameters' encoding
   * @param inputs what it was given, in order
   * @param outputs what it gave, at least one
   */
  public record Step(
      OperatorId operator,
      Bytes parametersDigest,
      List<ArtifactKey> inputs,
      List<ArtifactKey> outputs) {
    /** Most outputs of one node. */
    public static final int OUTPUTS_MAX = 64;

    public Step {
      inputs = List.copyOf(inputs);
      outputs = List.copyOf(outputs);
      if (parametersDigest.length() != HashAlgorithm.DIGEST_BYTES
          || outputs.isEmpty()
          || outputs.size() > OUTPUTS_MAX) {
        throw new MalformedException(
            "receipt: a step with a parameters digest of "
                + parametersDigest.length()
                + " bytes and "
                + outputs.size()
                + " outputs");
      }
    }

    /** What this step computed, whatever came out: the name under which it is memoised. */
    public Bytes key() {
      return key(operator, parametersDigest, inputs);
    }

    /**
     * SHA-256 of the deterministic CBOR of {@code [operator: text, version, parameters digest:
     * bytes 32, [input: bytes 34, ...]]}.
     */
    public static Bytes key(OperatorId operator, Bytes parametersDigest, List<ArtifactKey> inputs) {
      CborWriter out = new CborWriter().array(4);
      out.text(operator.name()).uint(operator.version()).bytes(parametersDigest);
      writeList(out, inputs);
      return HashAlgorithm.SHA_256.hash(out.toBytes());
    }

    private void writeTo(CborWriter out, String node) {
      out.array(6).text(node).text(operator.name()).uint(operator.version());
      out.bytes(parametersDigest);
      writeList(out, inputs);
      writeList(out, outputs);
    }

    private static void writeList(CborWriter out, List<ArtifactKey> keys) {
      out.array(keys.size());
      keys.forEach(key -> out.bytes(key.bytes()));
    }

    private static Step read(CborReader in) {
      OperatorId operator = new OperatorId(in.text(), in.uint(Integer.MAX_VALUE));
      Bytes parametersDigest = in.bytes(HashAlgorithm.DIGEST_BYTES);
      List<ArtifactKey> inputs = readList(in, Program.REFERENCES_MAX);
      return new Step(operator, parametersDigest, inputs, readList(in, OUTPUTS_MAX));
    }

    private static List<ArtifactKey> readList(CborReader in, int max) {
      int count = Program.bounded(in, max);
      List<ArtifactKey> keys = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        keys.add(ArtifactKey.fromBytes(in.bytes(ArtifactKey.BYTES)));
      }
      return keys;
    }
  }
}
