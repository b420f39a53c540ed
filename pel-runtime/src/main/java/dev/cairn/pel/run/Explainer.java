package dev.cairn.pel.run;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.pel.index.Attestation;
import dev.cairn.pel.index.Receipts;
import dev.cairn.pel.index.ReusePolicy;
import dev.cairn.pel.model.Invocation;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.model.ProgramNode;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.run.Explanation.Kind;
import dev.cairn.pel.run.Explanation.Nearest;
import dev.cairn.pel.run.Explanation.Plan;
import dev.cairn.pel.run.Explanation.Reason;
import dev.cairn.pel.run.Explanation.Source;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Goes through a program as a run would, asking {@link Reuse} the same questions, and keeps the
 * answers instead of running. Used once.
 */
final class Explainer {
  private final Program program;
  private final Invocation invocation;
  private final Receipts receipts;
  private final Reuse reuse;
  private final ReusePolicy policy;
  private final boolean force;
  private final NearestSteps nearest;
  private final Map<String, ArtifactKey> known = new HashMap<>();

  Explainer(
      Program program, Invocation invocation, Reuse reuse, ReusePolicy policy, boolean force) {
    this.program = program;
    this.invocation = invocation;
    this.receipts = reuse.receipts();
    this.reuse = reuse;
    this.policy = policy;
    this.force = force;
    this.nearest = new NearestSteps(receipts, invocation.program());
  }

  Explanation explain() {
    known.putAll(invocation.inputs());
    List<Reason> wholeReasons = new ArrayList<>();
    if (force) {
      wholeReasons.add(new Reason(Kind.FORCED, "", null, null));
    } else {
      Reuse.Run run = reuse.run(program, invocation);
      ArtifactKey key = run.key();
      Receipt receipt = run.receipt();
      if (run.verdict() == Reuse.Verdict.TAKEN && key != null && receipt != null) {
        return whole(key, receipt, run.disputed());
      }
      reason(run.verdict(), key == null ? null : key.toString()).ifPresent(wholeReasons::add);
    }
    List<Explanation.Node> nodes = new ArrayList<>();
    for (String name : program.executionOrder()) {
      ProgramNode node = program.nodes().get(name);
      if (node == null) {
        throw new AssertionError("no node " + name);
      }
      nodes.add(node(name, node));
    }
    return new Explanation(invocation, null, wholeReasons, nodes);
  }

  private Explanation whole(ArtifactKey key, Receipt receipt, boolean disputed) {
    NodeId voucher =
        receipts.ranAll(key, 1).stream()
            .findFirst()
            .or(() -> receipts.recorders(key, 1).stream().findFirst())
            .orElseThrow(() -> new AssertionError("a live receipt that nobody recorded: " + key));
    Source source = source(new Attestation(voucher, key));
    List<Explanation.Node> nodes = new ArrayList<>();
    for (String name : program.executionOrder()) {
      Receipt.Step step = receipt.steps().get(name);
      ProgramNode node = program.nodes().get(name);
      if (node != null) {
        nodes.add(
            new Explanation.Node(
                name,
                node.operator(),
                Plan.REUSED,
                step == null ? List.of() : step.outputs(),
                source,
                disputed,
                null,
                List.of()));
      }
    }
    return new Explanation(invocation, source, List.of(), nodes);
  }

  private Source source(Attestation attestation) {
    return receipts
        .recorded(attestation.receipt(), attestation.node())
        .map(
            entry ->
                new Source(
                    attestation.receipt(),
                    attestation.node(),
                    entry.origin().toString(),
                    entry.record().logseq(),
                    entry.record().index()))
        .orElseThrow(() -> new AssertionError("no record of " + attestation));
  }

  private Explanation.Node node(String name, ProgramNode node) {
    List<@Nullable ArtifactKey> inputs = new ArrayList<>();
    List<Reason> waits = new ArrayList<>();
    for (String reference : node.inputs()) {
      ArtifactKey input = known.get(reference);
      if (input == null) {
        waits.add(new Reason(Kind.INPUT_RUNS, "/inputs/" + inputs.size(), reference, null));
      }
      inputs.add(input);
    }
    if (force) {
      return runs(
          name, node, Plan.RUNS, false, null, List.of(new Reason(Kind.FORCED, "", null, null)));
    }
    if (!waits.isEmpty()) {
      Optional<NearestSteps.Found> near = nearest.find(name, node, inputs);
      List<Reason> reasons = new ArrayList<>(waits);
      near.ifPresent(found -> reasons.addAll(found.reasons()));
      boolean onlyWaits = near.isPresent() && reasons.size() == waits.size();
      return runs(
          name,
          node,
          onlyWaits ? Plan.DEPENDS : Plan.RUNS,
          false,
          near.map(NearestSteps.Found::where).orElse(null),
          reasons);
    }
    return withInputs(name, node, inputs.stream().map(ArtifactKey.class::cast).toList());
  }

  private Explanation.Node withInputs(String name, ProgramNode node, List<ArtifactKey> inputs) {
    Bytes step = Receipt.Step.key(node.operator(), node.parametersDigest(), inputs);
    Reuse.Step answer = reuse.step(step);
    if (answer.verdict() == Reuse.Verdict.TAKEN && answer.outputs().size() == 1) {
      known.put(name, answer.outputs().get(0));
      return new Explanation.Node(
          name,
          node.operator(),
          Plan.REUSED,
          answer.outputs(),
          source(answer.attestations().get(0)),
          answer.disputed(),
          null,
          List.of());
    }
    Optional<NearestSteps.Found> near = nearest.find(name, node, new ArrayList<>(inputs));
    List<Reason> reasons = new ArrayList<>();
    reason(answer.verdict(), answer.outputs().isEmpty() ? null : answer.outputs().get(0).toString())
        .ifPresent(reasons::add);
    if (reasons.isEmpty()) {
      near.ifPresent(found -> reasons.addAll(found.reasons()));
    }
    if (reasons.isEmpty()) {
      reasons.add(new Reason(Kind.NEVER_RAN, "/operator", node.operator().toString(), null));
    }
    return runs(
        name,
        node,
        Plan.RUNS,
        answer.disputed(),
        near.map(NearestSteps.Found::where).orElse(null),
        reasons);
  }

  private static Explanation.Node runs(
      String name,
      ProgramNode node,
      Plan plan,
      boolean disputed,
      @Nullable Nearest near,
      List<Reason> reasons) {
    return new Explanation.Node(
        name, node.operator(), plan, List.of(), null, disputed, near, reasons);
  }

  /** Why an answer that was found is not taken; empty if none was found, or it is taken. */
  private Optional<Reason> reason(Reuse.Verdict verdict, @Nullable String there) {
    return switch (verdict) {
      case TAKEN, UNKNOWN -> Optional.empty();
      case POLICY -> Optional.of(new Reason(Kind.POLICY, "", policy.text(), null));
      case DIVERGENT -> Optional.of(new Reason(Kind.DIVERGENT, "", null, null));
      case NOT_HELD -> Optional.of(new Reason(Kind.NOT_HELD, "", null, there));
    };
  }
}
