package dev.cairn.pel.run;

import static dev.cairn.pel.run.RunFixture.inputs;
import static dev.cairn.pel.run.RunFixture.program;
import static dev.cairn.pel.run.RunFixture.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.Store;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.model.Receipt.Failure;
import dev.cairn.pel.model.Receipt.Step;
import dev.cairn.pel.model.RunStatus;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.run.Verification.Confirmed;
import dev.cairn.pel.run.Verification.Refuted;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class VerificationTest {
  private static final RunOptions OPTIONS = RunOptions.defaults().withThreads(2);

  /** z runs before a, so that the order of execution is not the order of names. */
  private static final String PROGRAM =
      "{'program': 1, 'inputs': ['i'], 'nodes': {"
          + "'z': {'operator': 'bytes/slice@1', 'inputs': ['i'], 'parameters': {'to': 3}},"
          + "'a': {'operator': 'digest/sha256@1', 'inputs': ['z']}},"
          + "'outputs': {'o': 'a'}}";

  private final Store store = RunFixture.open("a");
  private final Executor executor = RunFixture.executor(store);
  private ArtifactKey input;
  private RunResult honest;
  private ArtifactKey lie;

  @BeforeEach
  void run() {
    input = put(store, "hello");
    honest = executor.run(program(PROGRAM), inputs("i", input), OPTIONS);
    lie = put(store, "a lie");
  }

  @AfterEach
  void close() {
    store.close();
  }

  private ArtifactKey store(Receipt receipt) {
    return put(store, TypeTag.RECEIPT, receipt.encode());
  }

  private Receipt with(Map<String, Step> steps, Map<String, ArtifactKey> outputs) {
    Receipt receipt = honest.receipt();
    TreeMap<String, Step> allSteps = new TreeMap<>(receipt.steps());
    allSteps.putAll(steps);
    TreeMap<String, ArtifactKey> allOutputs = new TreeMap<>(receipt.outputs());
    allOutputs.putAll(outputs);
    return new Receipt(
        receipt.program(),
        receipt.inputs(),
        allOutputs,
        receipt.status(),
        allSteps,
        receipt.failures());
  }

  private Step claiming(String node, ArtifactKey output) {
    Step step = honest.receipt().steps().get(node);
    return new Step(step.operator(), step.parametersDigest(), step.inputs(), List.of(output));
  }

  private Refuted refuted(Receipt receipt) {
    Verification verification = executor.verify(store(receipt), OPTIONS);
    assertThat(verification).isInstanceOf(Refuted.class);
    return (Refuted) verification;
  }

  @Test
  void anHonestReceiptIsConfirmedAndNothingIsWritten() {
    long records = store.head(store.origin()).orElseThrow().treeSize();

    assertThat(executor.verify(honest.key(), OPTIONS)).isEqualTo(new Confirmed(honest.key(), 2));
    assertThat(store.head(store.origin()).orElseThrow().treeSize()).isEqualTo(records);
  }

  @Test
  void anHonestReceiptIsConfirmedAfterItsOutputsAreGone() {
    ArtifactKey output = honest.outputs().get("o");
    store.commit(new CommitDraft().tombstone(output, new TombstoneNote(true, null)));

    assertThat(executor.verify(honest.key(), OPTIONS)).isInstanceOf(Confirmed.class);
  }

  @Test
  void aReceiptOfAFailureIsConfirmed() {
    ArtifactKey tiny = put(store, "x");
    RunResult failed = executor.run(program(PROGRAM), inputs("i", tiny), OPTIONS);

    assertThat(failed.status()).isEqualTo(RunStatus.FAILED_PERMANENT);
    assertThat(executor.verify(failed.key(), OPTIONS)).isEqualTo(new Confirmed(failed.key(), 1));
  }

  @Test
  void aForgedOutputIsRefutedWithBothKeys() {
    Refuted refuted = refuted(with(Map.of("a", claiming("a", lie)), Map.of("o", lie)));

    assertThat(refuted.place()).isEqualTo("/steps/a/outputs/0");
    assertThat(refuted.claimed()).isEqualTo(lie.toString());
    assertThat(refuted.found()).isEqualTo(honest.outputs().get("o").toString());
    assertThat(refuted.recomputed()).isEqualTo(honest.receipt());
  }

  @Test
  void theFirstWrongNodeInTheOrderOfExecutionIsNamed() {
    Refuted refuted =
        refuted(with(Map.of("a", claiming("a", lie), "z", claiming("z", lie)), Map.of("o", lie)));

    assertThat(refuted.place()).isEqualTo("/steps/z/outputs/0");
  }

  @Test
  void anOutputThatNoStepGaveIsRefuted() {
    assertThat(refuted(with(Map.of(), Map.of("o", lie))).place()).isEqualTo("/outputs/o");
    assertThat(refuted(with(Map.of(), Map.of("more", lie))).place()).isEqualTo("/outputs/more");
  }

  @Test
  void anInventedStepIsRefuted() {
    Refuted refuted = refuted(with(Map.of("extra", claiming("a", lie)), Map.of()));

    assertThat(refuted.place()).isEqualTo("/steps/extra");
    assertThat(refuted.found()).isNull();
  }

  @Test
  void anInventedFailureIsRefuted() {
    Receipt receipt =
        new Receipt(
            honest.receipt().program(),
            honest.receipt().inputs(),
            new TreeMap<>(),
            RunStatus.FAILED_PERMANENT,
            new TreeMap<>(),
            new TreeMap<>(Map.of("z", new Failure("no", "just so"))));

    assertThat(refuted(receipt).place()).isEqualTo("/failures/z");
  }

  @Test
  void inputsThatTheProgramDoesNotHaveAreRefutedWithoutRunning() {
    Receipt receipt =
        new Receipt(
            honest.receipt().program(),
            inputs("other", input),
            honest.receipt().outputs(),
            RunStatus.SUCCEEDED,
            honest.receipt().steps(),
            new TreeMap<>());

    Refuted refuted = refuted(receipt);
    assertThat(refuted.place()).isEqualTo("/inputs");
    assertThat(refuted.recomputed()).isNull();
  }

  @Test
  void aForgedMemoIsNotBelievedByVerification() {
    store(with(Map.of("a", claiming("a", lie), "z", claiming("z", lie)), Map.of("o", lie)));

    assertThat(executor.verify(honest.key(), OPTIONS)).isInstanceOf(Confirmed.class);
  }

  @Test
  void whatIsNotHereLeavesTheQuestionOpen() {
    assertThatThrownBy(
            () -> executor.verify(ArtifactKey.of(Bytes.utf8("no"), TypeTag.RECEIPT), OPTIONS))
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> executor.verify(input, OPTIONS))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("is no receipt: its type is text/plain");
    store.commit(new CommitDraft().tombstone(input, new TombstoneNote(false, null)));
    assertThatThrownBy(() -> executor.verify(honest.key(), OPTIONS))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void anOperatorThatThisNodeLacksLeavesTheQuestionOpen() {
    Executor poor = new Executor(store, OperatorRegistry.of(List.of()));

    assertThatThrownBy(() -> poor.verify(honest.key(), OPTIONS))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("no operator digest/sha256@1");
  }

  @Test
  void aStatusThatClaimsNothingCannotBeVerified() {
    Receipt receipt =
        new Receipt(
            honest.receipt().program(),
            honest.receipt().inputs(),
            new TreeMap<>(),
            RunStatus.SKIPPED,
            new TreeMap<>(),
            new TreeMap<>());
    ArtifactKey key = store(receipt);

    assertThatThrownBy(() -> executor.verify(key, OPTIONS)).isInstanceOf(RefusedException.class);
  }

  @Test
  void aReceiptThatIsNoReceiptIsRefusedByTheStore() {
    assertThatThrownBy(() -> store.prepare(TypeTag.RECEIPT, Bytes.utf8("x")))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> store.prepare(TypeTag.PROGRAM, Bytes.utf8("x")))
        .isInstanceOf(MalformedException.class);
  }

  private RunResult slice(ArtifactKey of, int bytes) {
    String slices =
        "{'program': 1, 'inputs': ['i'], 'nodes': {'n': {'operator': 'bytes/slice@1',"
            + "'inputs': ['i'], 'parameters': {'to': %d}}}, 'outputs': {'o': 'n'}}";
    return executor.run(program(slices.formatted(bytes)), inputs("i", of), OPTIONS);
  }

  private void remove(RunResult ran) {
    ArtifactKey output = ran.receipt().outputs().get("o");
    store.commit(new CommitDraft().tombstone(output, new TombstoneNote(false, "not any more")));
  }

  private Cost verified(RunResult ran, Cost max) {
    Meter meter = new Meter(max);
    assertThat(executor.verify(ran.key(), OPTIONS, new StepMemo(), meter))
        .isInstanceOf(Confirmed.class);
    return meter.taken();
  }

  @Test
  void largeOutputsThatNobodyClaimsMayNotFillTheStore() {
    RunResult ran = slice(put(store, "x".repeat(200_000)), 100_000);
    Cost live = verified(ran, Cost.UNBOUNDED);
    assertThat(live.leftBytes()).isZero();
    remove(ran);
    Cost left = new Cost(live.work(), 100_000);
    assertThat(verified(ran, left)).isEqualTo(left);
    Meter tooSmall = new Meter(new Cost(live.work(), 99_999));
    assertThatThrownBy(() -> executor.verify(ran.key(), OPTIONS, new StepMemo(), tooSmall))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("99999 bytes of new large outputs");
    assertThat(tooSmall.isSpent()).isTrue();
  }
}
