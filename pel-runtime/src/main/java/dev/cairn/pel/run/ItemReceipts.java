package dev.cairn.pel.run;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.PreparedArtifact;
import dev.cairn.asl.store.Store;
import dev.cairn.pel.model.OperatorId;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.model.RunStatus;
import dev.cairn.pel.model.StepProgram;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Receipts of what operators were applied to, one by one, as a {@link StepProgram} each: so a list
 * of which one item changes is not computed again. The bytes are those that any node writes that
 * does the step, for whatever reason.
 *
 * <p>Only of what will be here with inputs and output: what a reduction makes on its way is not
 * kept, and has no receipt. Used once, by one thread.
 */
final class ItemReceipts {
  private final Store store;
  private final Predicate<ArtifactKey> held;
  private final Map<Question, Asked> programs = new HashMap<>();
  private final Set<ArtifactKey> done = new HashSet<>();

  /** Items of one map have the same. */
  private record Question(OperatorId operator, Bytes parameters, int inputs) {}

  private record Asked(PreparedArtifact prepared, Bytes parametersDigest) {}

  /**
   * @param held whether an artifact is live or will be with the run
   */
  ItemReceipts(Store store, Predicate<ArtifactKey> held) {
    this.store = store;
    this.held = held;
  }

  void addTo(RunDraft draft, Collection<ItemRun> runs) {
    for (ItemRun run : runs) {
      if (held.test(run.output()) && run.inputs().stream().allMatch(held)) {
        add(draft, run);
      }
    }
  }

  private void add(RunDraft draft, ItemRun run) {
    Bytes parameters = run.parameters().encode();
    Question question = new Question(run.operator(), parameters, run.inputs().size());
    Asked asked = programs.get(question);
    if (asked == null) {
      Program program = StepProgram.program(run.operator(), run.parameters(), run.inputs().size());
      asked =
          new Asked(
              store.prepare(TypeTag.PROGRAM, program.encode()),
              HashAlgorithm.SHA_256.hash(parameters));
      programs.put(question, asked);
    }
    SortedMap<String, Receipt.Step> steps = new TreeMap<>();
    steps.put(
        StepProgram.NODE,
        new Receipt.Step(
            run.operator(), asked.parametersDigest(), run.inputs(), List.of(run.output())));
    SortedMap<String, ArtifactKey> outputs = new TreeMap<>();
    outputs.put(StepProgram.OUTPUT, run.output());
    Receipt receipt =
        new Receipt(
            asked.prepared().id().key(),
            StepProgram.inputs(run.inputs()),
            outputs,
            RunStatus.SUCCEEDED,
            steps,
            new TreeMap<>());
    PreparedArtifact prepared = store.prepare(TypeTag.RECEIPT, receipt.encode());
    if (done.add(prepared.id().key())) {
      draft.receipt(
          asked.prepared(),
          prepared,
          receipt,
          true,
          run.borrowed() ? new TreeSet<>(Set.of(StepProgram.NODE)) : new TreeSet<>());
    }
  }
}
