package dev.cairn.pel.index;

import static dev.cairn.pel.run.RunFixture.inputs;
import static dev.cairn.pel.run.RunFixture.program;
import static dev.cairn.pel.run.RunFixture.put;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.CommitView;
import dev.cairn.asl.store.RecordCursor;
import dev.cairn.asl.store.RowWriter;
import dev.cairn.asl.store.Store;
import dev.cairn.pel.model.OperatorId;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.model.Receipt.Step;
import dev.cairn.pel.model.RunStatus;
import dev.cairn.pel.run.Executor;
import dev.cairn.pel.run.RunFixture;
import dev.cairn.pel.run.RunOptions;
import dev.cairn.pel.run.RunResult;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReceiptIndexTest {
  private static final RunOptions OPTIONS = RunOptions.defaults().withThreads(1);
  private static final String PROGRAM =
      "{'program': 1, 'inputs': ['i'], 'nodes': {"
          + "'cut': {'operator': 'bytes/slice@1', 'inputs': ['i'], 'parameters': {'to': 3}},"
          + "'sum': {'operator': 'digest/sha256@1', 'inputs': ['cut']}},"
          + "'outputs': {'o': 'sum'}}";

  private final Store store = RunFixture.open("a");
  private final Executor executor = RunFixture.executor(store);

  @AfterEach
  void close() {
    store.close();
  }

  /** The rows of a fold, in order. */
  private static final class Rows implements RowWriter {
    private final TreeMap<String, Bytes> rows = new TreeMap<>();

    @Override
    public Bytes get(Table table, Bytes key) {
      return rows.get(table.name() + " " + key.toHex());
    }

    @Override
    public void put(Table table, Bytes key, Bytes value) {
      rows.put(table.name() + " " + key.toHex(), value);
    }

    @Override
    public void delete(Table table, Bytes key) {
      throw new AssertionError("rows are only ever added");
    }
  }

  private RunResult run(String text) {
    return executor.run(program(PROGRAM), inputs("i", put(store, text)), OPTIONS);
  }

  private List<CommitView> commits() {
    Origin origin = store.origin();
    TreeMap<Long, List<CommitView.Entry>> byLogseq = new TreeMap<>();
    long size = store.head(origin).orElseThrow().treeSize();
    try (RecordCursor records = store.records(origin, 0, size)) {
      while (records.next()) {
        LogRecord record = records.record();
        Bytes payload =
            record.isPut() ? store.payload(record.payloadDigest(), Long.MAX_VALUE) : null;
        byLogseq
            .computeIfAbsent(record.logseq(), any -> new ArrayList<>())
            .add(new CommitView.Entry(record, payload));
      }
    }
    List<CommitView> commits = new ArrayList<>();
    byLogseq.forEach((logseq, entries) -> commits.add(new CommitView(origin, logseq, entries)));
    return commits;
  }

  private static Map<String, Bytes> fold(List<CommitView> commits) {
    Rows rows = new Rows();
    ReceiptIndex index = new ReceiptIndex();
    commits.forEach(commit -> index.apply(commit, rows));
    return rows.rows;
  }

  @Test
  void theRowsDoNotDependOnTheOrderOrTheNumberOfArrivals() {
    for (String text : List.of("hello", "world", "x", "hello again")) {
      run(text);
    }
    store.commit(
        new CommitDraft().tombstone(run("hello").key(), new TombstoneNote(false, "mistake")));
    List<CommitView> commits = commits();
    Map<String, Bytes> inOrder = fold(commits);
    assertThat(inOrder).hasSize(4 * 3 + (2 + 2 + 2) + (2 + 2 + 2));

    Random random = new Random(7);
    for (int round = 0; round < 20; round++) {
      List<CommitView> shuffled = new ArrayList<>(commits);
      shuffled.addAll(commits.subList(0, random.nextInt(commits.size())));
      Collections.shuffle(shuffled, random);
      assertThat(fold(shuffled)).isEqualTo(inOrder);
    }
  }

  @Test
  void theStoreHoldsTheRowsOfTheFold() {
    run("hello");
    run("x");

    TreeMap<String, Bytes> stored = new TreeMap<>();
    for (Table table : new ReceiptIndex().tables()) {
      try (RowCursor rows = store.rows().scan(table, Bytes.EMPTY, Bytes.EMPTY)) {
        while (rows.next()) {
          stored.put(table.name() + " " + rows.key().toHex(), rows.value());
        }
      }
    }

    assertThat(stored).isEqualTo(fold(commits()));
  }

  @Test
  void liveReceiptsAreListedInOrderWithTheirStatus() {
    RunResult good = run("hello");
    RunResult bad = run("x");
    Receipts receipts = new Receipts(store, store.now());

    assertThat(receipts.list(null))
        .containsExactlyInAnyOrder(
            new ReceiptSummary(good.key(), good.receipt().program(), RunStatus.SUCCEEDED),
            new ReceiptSummary(bad.key(), bad.receipt().program(), RunStatus.FAILED_PERMANENT))
        .isSortedAccordingTo((a, b) -> a.key().compareTo(b.key()));
    assertThat(receipts.list(program(PROGRAM).key())).hasSize(2);
    assertThat(receipts.list(good.key())).isEmpty();
    assertThat(receipts.read(good.key())).isEqualTo(good.receipt());
    assertThat(receipts.program(good.receipt().program())).isEqualTo(program(PROGRAM));
    assertThat(receipts.of(good.receipt().invocation())).containsExactly(good.key());

    store.commit(new CommitDraft().tombstone(bad.key(), new TombstoneNote(false, null)));
    assertThat(receipts.list(null)).extracting(ReceiptSummary::key).containsExactly(good.key());
    assertThat(receipts.of(bad.receipt().invocation())).isEmpty();
  }

  @Test
  void receiptsThatContradictEachOtherAreAllTold() {
    RunResult good = run("hello");
    ArtifactKey lie = put(store, "a lie");
    List<ArtifactKey> keys = new ArrayList<>(List.of(good.key()));
    for (int version = 2; version < 8; version++) {
      TreeMap<String, Step> steps = new TreeMap<>(good.receipt().steps());
      steps.put(
          "other",
          new Step(
              new OperatorId("test/other", version),
              Bytes.wrap(new byte[32]),
              List.of(),
              List.of(lie)));
      Receipt receipt =
          new Receipt(
              good.receipt().program(),
              good.receipt().inputs(),
              good.receipt().outputs(),
              RunStatus.SUCCEEDED,
              steps,
              new TreeMap<>());
      keys.add(put(store, TypeTag.RECEIPT, receipt.encode()));
    }
    Collections.sort(keys);
    Receipts receipts = new Receipts(store, store.now());

    assertThat(receipts.of(good.receipt().invocation())).isEqualTo(keys);
    assertThat(receipts.claims(good.receipt().invocation(), 3))
        .extracting(RunClaim::receipt)
        .isEqualTo(keys);
    assertThat(receipts.claims(good.receipt().invocation(), 3))
        .allMatch(claim -> claim.ranAll().equals(List.of(store.origin().node())));
  }

  @Test
  void aStepIsFoundByWhatItComputes() {
    RunResult good = run("hello");
    Step step = good.receipt().steps().get("cut");
    Receipts receipts = new Receipts(store, store.now());

    assertThat(receipts.claims(step.key(), null, 9))
        .containsExactly(
            new StepClaim(
                step.outputs(), List.of(new Attestation(store.origin().node(), good.key()))));
    assertThat(receipts.claims(Bytes.wrap(new byte[32]), null, 9)).isEmpty();
    store.commit(new CommitDraft().tombstone(good.key(), new TombstoneNote(false, null)));
    assertThat(receipts.claims(step.key(), null, 9)).isEmpty();
  }
}
