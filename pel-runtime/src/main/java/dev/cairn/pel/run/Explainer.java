package dev.cairn.pel.run;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.pel.index.Attestation;
import dev.cairn.pel.index.Receipts;
import dev.cairn.pel.index.ReusePolicy;
import dev.cairn.pel.model.Invocation;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.model.ProgramNode;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.model.Refusal;
import dev.cairn.pel.operator.Application;
import dev.cairn.pel.operator.Operator;
import dev.cairn.pel.operator.OperatorContext;
import dev.cairn.pel.operator.OperatorHost;
import dev.cairn.pel.operator.OperatorInput;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.operator.Parameters;
import dev.cairn.pel.run.Explanation.Item;
import dev.cairn.pel.run.Explanation.Items;
import dev.cairn.pel.run.Explanation.Kind;
import dev.cairn.pel.run.Explanation.Nearest;
import dev.cairn.pel.run.Explanation.Plan;
import dev.cairn.pel.run.Explanation.Reason;
import dev.cairn.pel.run.Explanation.Source;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Goes through a program as a run would, asking {@link Reuse} the same questions, and keeps the
 * answers instead of running. Used once.
 */
final class Explainer {
  private final Program program;
  private final Invocation invocation;
  private final OperatorRegistry operators;
  private final Material material;
  private final Receipts receipts;
  private final Reuse reuse;
  private final ReusePolicy policy;
  private final boolean force;
  private final NearestSteps nearest;
  private final Map<String, ArtifactKey> known = new HashMap<>();

  Explainer(
      Program program,
      Invocation invocation,
      OperatorRegistry operators,
      Material material,
      Reuse reuse,
      RunOptions options) {
    this.program = program;
    this.invocation = invocation;
    this.operators = operators;
    this.material = material;
    this.receipts = reuse.receipts();
    this.reuse = reuse;
    this.policy = options.reuse();
    this.force = options.force();
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
                List.of(),
                null));
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
          name,
          node,
          Plan.RUNS,
          false,
          null,
          List.of(new Reason(Kind.FORCED, "", null, null)),
          null);
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
          reasons,
          null);
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
          List.of(),
          null);
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
        reasons,
        items(node, inputs));
  }

  private static Explanation.Node runs(
      String name,
      ProgramNode node,
      Plan plan,
      boolean disputed,
      @Nullable Nearest near,
      List<Reason> reasons,
      @Nullable Items items) {
    return new Explanation.Node(
        name, node.operator(), plan, List.of(), null, disputed, near, reasons, items);
  }

  /** What a node's operator would apply another to; null if none, or if that cannot be told. */
  private @Nullable Items items(ProgramNode node, List<ArtifactKey> inputs) {
    List<Application> applications;
    try {
      applications = applications(node, inputs);
    } catch (IOException | Refusal | CairnException e) {
      return null; // the run itself would say why
    }
    if (applications.isEmpty()) {
      return null;
    }
    Set<Bytes> running = new HashSet<>();
    Set<Bytes> disputed = new HashSet<>();
    List<Item> shown = new ArrayList<>();
    for (int i = 0; i < applications.size(); i++) {
      Application application = applications.get(i);
      Bytes step =
          StepRunner.stepKey(
              application, application.inputs().stream().map(OperatorInput::key).toList());
      Reuse.Step answer = reuse.step(step);
      if (answer.disputed()) {
        disputed.add(step);
      }
      boolean taken = answer.verdict() == Reuse.Verdict.TAKEN && answer.outputs().size() == 1;
      if (!taken && running.add(step) && shown.size() < Items.RUNS_SHOWN_MAX) {
        shown.add(new Item(i, label(application), itemReason(answer)));
      }
    }
    return new Items(
        applications.size(), applications.size() - running.size(), disputed.size(), shown);
  }

  private List<Application> applications(ProgramNode node, List<ArtifactKey> inputs)
      throws IOException {
    Operator operator =
        operators
            .find(node.operator())
            .orElseThrow(() -> new AssertionError("checked before: " + node.operator()));
    List<OperatorInput> given = new ArrayList<>();
    Reading reading = new Reading(material.limits(), new Meter(Cost.UNBOUNDED).part());
    inputs.forEach(key -> given.add(new StoredInput(material, reading, key, null)));
    return operator.spec().takes(given.size())
        ? operator.applications(
            new OperatorContext(given, new Parameters(node.parameters()), OperatorHost.NONE))
        : List.of();
  }

  private static @Nullable String label(Application application) {
    return application.inputs().stream()
        .map(OperatorInput::label)
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }

  private Reason itemReason(Reuse.Step answer) {
    return reason(
            answer.verdict(),
            answer.outputs().isEmpty() ? null : answer.outputs().get(0).toString())
        .orElse(new Reason(Kind.NEW_ITEM, "", null, null));
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
