package dev.cairn.pel.run;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborValue;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.pel.index.Receipts;
import dev.cairn.pel.model.Mistakes;
import dev.cairn.pel.model.OperatorId;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.model.ProgramNode;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.run.Explanation.Kind;
import dev.cairn.pel.run.Explanation.Nearest;
import dev.cairn.pel.run.Explanation.Reason;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Finds the stored step that differs least from one that would run, among those with its operator.
 *
 * <p>Least is: the fewest differences, of version, parameters and each input; then the same
 * program; then the same name of the node; then the least receipt key and the least name. So it is
 * a function of the live receipts, of which at most {@value #RECEIPTS_MAX} are looked at for an
 * operator: those of the same program first, then in the order of keys. One owner.
 */
final class NearestSteps {
  /** Most receipts looked at for one operator. */
  static final int RECEIPTS_MAX = 256;

  /** Most steps compared with one node. */
  static final int STEPS_MAX = 10_000;

  private final Receipts receipts;
  private final ArtifactKey program;
  private final Map<ArtifactKey, Receipt> read = new HashMap<>();
  private final Map<ArtifactKey, Optional<Program>> programs = new HashMap<>();
  private final Map<String, List<Candidate>> byOperator = new HashMap<>();

  private record Candidate(
      ArtifactKey receipt, ArtifactKey program, String node, Receipt.Step step) {}

  private record Distance(int differences, boolean otherProgram, boolean otherName) {}

  /**
   * A step that is near.
   *
   * @param where it is
   * @param reasons in what it differs
   */
  record Found(Nearest where, List<Reason> reasons) {}

  NearestSteps(Receipts receipts, ArtifactKey program) {
    this.receipts = receipts;
    this.program = program;
  }

  /**
   * The nearest stored step.
   *
   * @param inputs of the node in question, null where they are not known yet
   */
  Optional<Found> find(String name, ProgramNode node, List<@Nullable ArtifactKey> inputs) {
    Bytes parameters = node.parametersDigest();
    Comparator<Candidate> order =
        Comparator.comparing(
                (Candidate candidate) -> distance(name, node, parameters, inputs, candidate),
                Comparator.comparingInt(Distance::differences)
                    .thenComparing(Distance::otherProgram)
                    .thenComparing(Distance::otherName))
            .thenComparing(Candidate::receipt)
            .thenComparing(Candidate::node);
    return candidates(node.operator().name()).stream()
        .limit(STEPS_MAX)
        .min(order)
        .map(
            nearest ->
                new Found(
                    new Nearest(nearest.receipt(), nearest.node(), nearest.program()),
                    reasons(node, parameters, inputs, nearest)));
  }

  private Distance distance(
      String name,
      ProgramNode node,
      Bytes parameters,
      List<@Nullable ArtifactKey> inputs,
      Candidate candidate) {
    Receipt.Step step = candidate.step();
    int differences = step.operator().equals(node.operator()) ? 0 : 1;
    differences += step.parametersDigest().equals(parameters) ? 0 : 1;
    for (int i = 0; i < Math.max(inputs.size(), step.inputs().size()); i++) {
      differences += differs(inputs, step.inputs(), i) ? 1 : 0;
    }
    return new Distance(
        differences, !candidate.program().equals(program), !candidate.node().equals(name));
  }

  private static boolean differs(List<@Nullable ArtifactKey> here, List<ArtifactKey> there, int i) {
    if (i >= here.size() || i >= there.size()) {
      return true;
    }
    ArtifactKey input = here.get(i);
    return input != null && !input.equals(there.get(i));
  }

  private List<Reason> reasons(
      ProgramNode node, Bytes parameters, List<@Nullable ArtifactKey> inputs, Candidate nearest) {
    List<Reason> reasons = new ArrayList<>();
    Receipt.Step step = nearest.step();
    OperatorId operator = step.operator();
    if (!operator.equals(node.operator())) {
      reasons.add(
          new Reason(Kind.VERSION, "/operator", node.operator().toString(), operator.toString()));
    }
    if (!step.parametersDigest().equals(parameters)) {
      reasons.addAll(parameterReasons(node.parameters(), parametersOf(nearest)));
    }
    for (int i = 0; i < Math.max(inputs.size(), step.inputs().size()); i++) {
      if (differs(inputs, step.inputs(), i)) {
        reasons.add(
            new Reason(
                Kind.INPUT,
                "/inputs/" + i,
                i < inputs.size() ? String.valueOf(inputs.get(i)) : null,
                i < step.inputs().size() ? step.inputs().get(i).toString() : null));
      }
    }
    return reasons;
  }

  private static List<Reason> parameterReasons(
      CborValue.Dict here, Optional<CborValue.Dict> there) {
    if (there.isEmpty()) {
      return List.of(new Reason(Kind.PARAMETERS, "/parameters", null, null));
    }
    TreeSet<String> names = new TreeSet<>(here.entries().keySet());
    names.addAll(there.get().entries().keySet());
    List<Reason> reasons = new ArrayList<>();
    for (String name : names) {
      CborValue now = here.entries().get(name);
      CborValue then = there.get().entries().get(name);
      if (now == null || !now.equals(then)) {
        reasons.add(
            new Reason(
                Kind.PARAMETER,
                Mistakes.at("/parameters", name),
                ParameterText.of(now),
                ParameterText.of(then)));
      }
    }
    return reasons;
  }

  private Optional<CborValue.Dict> parametersOf(Candidate candidate) {
    return programs
        .computeIfAbsent(candidate.program(), this::programIfHere)
        .map(found -> found.nodes().get(candidate.node()))
        .filter(found -> found.parametersDigest().equals(candidate.step().parametersDigest()))
        .map(ProgramNode::parameters);
  }

  private Optional<Program> programIfHere(ArtifactKey key) {
    try {
      return Optional.of(receipts.program(key));
    } catch (CairnException e) {
      return Optional.empty();
    }
  }

  private List<Candidate> candidates(String operator) {
    return byOperator.computeIfAbsent(
        operator,
        name -> {
          List<Candidate> found = new ArrayList<>();
          for (ArtifactKey key : receipts.withOperator(name, program, RECEIPTS_MAX)) {
            Receipt receipt = read.computeIfAbsent(key, receipts::read);
            receipt
                .steps()
                .forEach(
                    (node, step) -> {
                      if (step.operator().name().equals(name)) {
                        found.add(new Candidate(key, receipt.program(), node, step));
                      }
                    });
          }
          return found;
        });
  }
}
