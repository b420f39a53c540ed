package dev.cairn.pel.run;

import static dev.cairn.pel.run.RunFixture.inputs;
import static dev.cairn.pel.run.RunFixture.payload;
import static dev.cairn.pel.run.RunFixture.program;
import static dev.cairn.pel.run.RunFixture.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborValue;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.PreparedArtifact;
import dev.cairn.asl.store.Store;
import dev.cairn.pel.index.Attestation;
import dev.cairn.pel.index.Divergence;
import dev.cairn.pel.index.Divergences;
import dev.cairn.pel.index.ReceiptSummary;
import dev.cairn.pel.index.Receipts;
import dev.cairn.pel.index.ReusePolicy;
import dev.cairn.pel.model.ArtifactList;
import dev.cairn.pel.model.Borrowing;
import dev.cairn.pel.model.Invocation;
import dev.cairn.pel.model.OperatorId;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.model.RunStatus;
import dev.cairn.pel.model.StepProgram;
import dev.cairn.pel.operator.Operator;
import dev.cairn.pel.operator.OperatorContext;
import dev.cairn.pel.operator.OperatorFailure;
import dev.cairn.pel.operator.OperatorInput;
import dev.cairn.pel.operator.OperatorOutput;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.operator.OperatorSpec;
import dev.cairn.pel.run.Explanation.Item;
import dev.cairn.pel.run.Explanation.Kind;
import dev.cairn.pel.run.Explanation.Reason;
import dev.cairn.pel.run.RunResult.Items;
import dev.cairn.tgk.Graph;
import dev.cairn.tgk.LineageOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What operators are applied to, one by one, is computed once. */
class MapMemoTest {
  private static final RunOptions OPTIONS = RunOptions.defaults().withThreads(1);
  private static final RunOptions OWN = OPTIONS.withReuse(new ReusePolicy.Own());
  private static final OperatorId NOTED = new OperatorId("test/noted", 1);
  private static final CborValue.Dict NOTHING = new CborValue.Dict(new TreeMap<>());
  private static final String MAP = map("'operator': 'test/noted@1'");

  private final List<String> noted = new ArrayList<>();
  private int failing;
  private String lie = "";
  private final Store here = RunFixture.open("here");
  private final Store there = RunFixture.open("there");

  @AfterEach
  void close() {
    here.close();
    there.close();
  }

  private static String map(String parameters) {
    return "{'program': 1, 'inputs': ['i'], 'nodes': {'n': {'operator': 'list/map@1',"
        + " 'inputs': ['i'], 'parameters': {"
        + parameters
        + "}}}, 'outputs': {'o': 'n'}}";
  }

  /** Notes what it is given, gives it back in brackets; refuses a question mark. */
  private final class Noted implements Operator {
    @Override
    public OperatorId id() {
      return NOTED;
    }

    @Override
    public OperatorSpec spec() {
      return new OperatorSpec("A test's.", 1, 2, List.of());
    }

    @Override
    public OperatorOutput run(OperatorContext context) throws IOException {
      OperatorInput input = context.inputs().get(0);
      String text = input.read().toUtf8();
      noted.add(text);
      if (text.equals(lie)) {
        return OperatorOutput.of(null, Bytes.utf8("(lie)"));
      }
      if (text.equals("c") && failing-- > 0) {
        throw new IOException("the machine fails");
      }
      if (text.equals("?")) {
        throw new OperatorFailure("refused", "a question");
      }
      return OperatorOutput.of(null, Bytes.utf8("(" + text + ")" + input.label()));
    }
  }

  private Executor executor(Store store) {
    List<Operator> all = new ArrayList<>(OperatorRegistry.builtIn().operators().values());
    all.add(new Noted());
    return new Executor(store, OperatorRegistry.of(all));
  }

  private RunResult run(Store store, String program, ArtifactKey list, RunOptions options) {
    noted.clear();
    return executor(store).run(program(program), inputs("i", list), options);
  }

  private RunResult run(Store store, ArtifactKey list) {
    return run(store, MAP, list, OPTIONS);
  }

  private static ArtifactKey list(Store store, String... texts) {
    List<ArtifactList.Item> items = new ArrayList<>();
    for (int i = 0; i < texts.length; i++) {
      items.add(new ArtifactList.Item(put(store, texts[i]), "item " + i));
    }
    return put(store, ArtifactList.TYPE, new ArtifactList(items).encode());
  }

  private static List<ArtifactKey> items(Store store, RunResult result) {
    return ArtifactList.decode(payload(store, result.outputs().get("o"))).items().stream()
        .map(ArtifactList.Item::key)
        .toList();
  }

  private static List<ReceiptSummary> receipts(Store store) {
    return new Receipts(store, store.now()).list(null);
  }

  @Test
  void ofAListInWhichOneItemChangedOnlyThatOneRuns() {
    RunResult first = run(here, list(here, "a", "b", "c"));
    assertThat(noted).containsExactly("a", "b", "c");
    assertThat(first.items()).isEqualTo(new Items(3, 0));

    RunResult second = run(here, list(here, "a", "x", "c"));

    assertThat(noted).containsExactly("x");
    assertThat(second.items()).isEqualTo(new Items(1, 2));
    assertThat(second.executed()).isEqualTo(1);
    RunResult afresh = run(there, list(there, "a", "x", "c"));
    assertThat(second.receipt().encode()).isEqualTo(afresh.receipt().encode());
    assertThat(items(here, second)).isEqualTo(items(there, afresh));
  }

  /** The program of one step of the test's operator. */
  private static StepProgram step(ArtifactKey input) {
    return new StepProgram(
        StepProgram.program(NOTED, NOTHING, 1), StepProgram.inputs(List.of(input)));
  }

  @Test
  void theReceiptOfAnItemIsThatOfTheStepAloneWhateverTheListCallsIt() {
    ArtifactKey mapped = items(here, run(here, list(here, "a"))).get(0);
    StepProgram step = step(put(there, "a"));
    RunResult alone = executor(there).run(step.program(), step.inputs(), OPTIONS);

    assertThat(receipts(here)).extracting(ReceiptSummary::key).contains(alone.key());
    assertThat(payload(here, mapped).toUtf8()).isEqualTo("(a)null");
    assertThat(alone.outputs().get(StepProgram.OUTPUT)).isEqualTo(mapped);
    assertThat(executor(here).verify(alone.key(), OPTIONS))
        .isInstanceOf(Verification.Confirmed.class);
    assertThat(executor(here).lookUp(step.program(), step.inputs(), OWN)).isPresent();
    assertThat(
            new Graph(here)
                .path(put(here, "a"), mapped, LineageOptions.ALL, here.now())
                .orElseThrow())
        .as("the item, not its list, is what the result was made of")
        .hasSize(1);
  }

  @Test
  void anItemThatStandsTwiceRunsOnce() {
    RunResult result = run(here, list(here, "a", "b", "a"));
    assertThat(noted).containsExactly("a", "b");
    assertThat(result.items()).isEqualTo(new Items(2, 1));
    assertThat(items(here, result)).hasSize(3);
    assertThat(items(here, result).get(2)).isEqualTo(items(here, result).get(0));
    assertThat(receipts(here)).hasSize(3);
  }

  @Test
  void whatOthersRanOfAListIsTakenByPolicyAndNobodyVouchesForItByTakingIt() {
    run(there, list(there, "a", "b"));
    RunFixture.send(there, here);
    ArtifactKey abc = list(here, "a", "b", "c");

    RunResult any = run(here, abc);
    assertThat(noted).containsExactly("c");
    assertThat(vouchers("a")).containsExactly(there.origin().node());
    assertThat(vouchers("c")).containsExactly(here.origin().node());
    Borrowing borrowing = new Borrowing(any.key(), new TreeSet<>(Set.of("n")));
    assertThat(here.now().isLive(ArtifactKey.of(borrowing.encode(), Borrowing.TYPE))).isTrue();

    RunResult own = run(here, MAP, abc, OWN);
    assertThat(noted).as("c was run here before").containsExactly("a", "b");
    assertThat(own.key()).isEqualTo(any.key());
    assertThat(vouchers("a")).hasSize(2).contains(here.origin().node());
  }

  private List<NodeId> vouchers(String text) {
    ArtifactKey input = ArtifactKey.of(Bytes.utf8(text), RunFixture.TEXT);
    Bytes key = Receipt.Step.key(NOTED, parametersDigest(), List.of(input));
    return new Receipts(here, here.now())
        .claims(key, null, 9).stream()
            .flatMap(claim -> claim.attestations().stream())
            .map(Attestation::node)
            .toList();
  }

  private static Bytes parametersDigest() {
    return HashAlgorithm.SHA_256.hash(NOTHING.encode());
  }

  @Test
  void anItemOfWhichAPartWasTakenFromOthersIsNotVouchedForEither() {
    run(there, list(there, "a"));
    RunFixture.send(there, here);
    String nested = map("'operator': 'list/map@1', 'parameters': {'operator': 'test/noted@1'}");
    ArtifactKey partly = list(here, "a", "b");
    ArtifactKey outer = RunFixture.putList(here, partly, list(here, "c"));

    run(here, nested, outer, OPTIONS);

    assertThat(noted).containsExactly("b", "c");
    StepProgram inner = StepProgram.of(program(MAP).nodes().get("n"), List.of(partly));
    Receipts receipts = new Receipts(here, here.now());
    ArtifactKey receipt = receipts.of(new Invocation(inner.program().key(), inner.inputs())).get(0);
    assertThat(receipts.recorders(receipt, 9)).containsExactly(here.origin().node());
    assertThat(receipts.ranAll(receipt, 9)).isEmpty();
    assertThat(vouchers("b")).containsExactly(here.origin().node());
  }

  @Test
  void theReceiptIsTheSameWhateverIsReusedAndWithAnyNumberOfThreads() {
    ArtifactKey expected = run(there, list(there, "a", "b", "c", "d", "b")).key();
    run(here, list(here, "b", "d"));
    for (RunOptions options : List.of(OPTIONS, OWN, OPTIONS.withForce(true).withThreads(8))) {
      assertThat(run(here, MAP, list(here, "a", "b", "c", "d", "b"), options).key())
          .isEqualTo(expected);
    }
  }

  @Test
  void forceRunsEveryItemAgainAndSaysSo() {
    ArtifactKey list = list(here, "a", "b");
    run(here, list);
    long records = records();
    RunResult forced = run(here, MAP, list, OPTIONS.withForce(true));
    assertThat(noted).containsExactly("a", "b");
    assertThat(forced.items()).isEqualTo(new Items(2, 0));
    assertThat(records() - records).as("two items' receipts and the map's").isEqualTo(3);
    assertThat(new Divergences(here, here.now()).find(1)).isEmpty();
  }

  private long records() {
    return here.head(here.origin()).orElseThrow().treeSize();
  }

  @Test
  void anItemWhoseResultIsGoneRunsAgain() {
    ArtifactKey list = list(here, "a", "b");
    ArtifactKey gone = items(here, run(here, list)).get(1);
    here.erase(gone, null);
    RunResult again = run(here, list);
    assertThat(noted).containsExactly("b");
    assertThat(items(here, again)).contains(gone);
    assertThat(here.now().isLive(gone)).isTrue();
  }

  @Test
  void aMapThatIsRefusedLeavesNoReceiptOfItems() {
    RunResult refused = run(here, list(here, "a", "?"));
    assertThat(refused.status()).isEqualTo(RunStatus.FAILED_PERMANENT);
    assertThat(receipts(here)).extracting(ReceiptSummary::key).containsExactly(refused.key());
  }

  @Test
  void whatAReductionMakesOnItsWayIsNotKeptAndHasNoReceipt() {
    String reduce = map("'operator': 'bytes/concat@1'").replace("list/map@1", "list/reduce@1");
    RunResult three = run(here, reduce, list(here, "a", "b", "c"), OPTIONS);
    assertThat(three.status()).isEqualTo(RunStatus.SUCCEEDED);
    assertThat(receipts(here)).extracting(ReceiptSummary::key).containsExactly(three.key());

    run(here, reduce, list(here, "a", "b"), OPTIONS);
    assertThat(receipts(here)).as("of two items nothing is made on the way").hasSize(3);
  }

  @Test
  void moreItemsThanACommitHoldsAreMemoisedAll() {
    String[] texts = IntStream.range(0, 23_000).mapToObj(i -> "t" + i).toArray(String[]::new);
    ArtifactKey list = putAll(here, texts);
    RunResult result = run(here, list);
    assertThat(result.items()).isEqualTo(new Items(23_000, 0));
    assertThat(receipts(here)).hasSize(23_001);
    texts[22_999] = "changed";
    assertThat(run(here, putAll(here, texts)).items()).isEqualTo(new Items(1, 22_999));
  }

  private static ArtifactKey putAll(Store store, String... texts) {
    CommitDraft draft = new CommitDraft();
    List<ArtifactList.Item> items = new ArrayList<>();
    for (String text : texts) {
      PreparedArtifact item = store.prepare(RunFixture.TEXT, Bytes.utf8(text));
      draft.put(item);
      items.add(new ArtifactList.Item(item.id().key(), null));
    }
    store.commit(draft);
    return put(store, ArtifactList.TYPE, new ArtifactList(items).encode());
  }

  private static RunOptions holding(long bytes) {
    return OPTIONS.withLimits(new RunLimits(1 << 20, 1 << 20, bytes));
  }

  @Test
  void whatIsHeldOfItemsIsBounded() {
    ArtifactKey list = list(here, "a", "b", "c");
    long records = records();
    int held = 3 * (ItemRun.NOTED_BYTES + ItemRun.FOUND_BYTES);
    assertThatThrownBy(() -> run(here, MAP, list, holding(held)))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("run-memory-bytes");
    assertThat(records()).isEqualTo(records);
    int outputs = 3 * "(a)null".length() + 256;
    assertThat(run(here, MAP, list, holding(held + outputs)).status())
        .isEqualTo(RunStatus.SUCCEEDED);
  }

  @Test
  void ofItemsOfWhichNothingIsKeptNothingCounts() {
    ArtifactKey receipt = run(here, list(here, "a", "b", "c")).key();
    int outputs = 3 * "(a)null".length() + 256;
    assertThat(executor(here).verify(receipt, holding(outputs)))
        .isInstanceOf(Verification.Confirmed.class);
    assertThatThrownBy(() -> executor(here).verify(receipt, holding(outputs / 8)))
        .as("outputs are held")
        .isInstanceOf(RefusedException.class);
  }

  @Test
  void whatANodeOnlyLooksThroughIsHeldNoLongerThanItRuns() {
    String two =
        MAP.replace(
            "}, 'outputs'",
            ", 'm': {'operator': 'list/map@1', 'inputs': ['n'], 'parameters': {'operator':"
                + " 'test/noted@1'}}}, 'outputs'");
    ArtifactKey list = list(here, "a", "b", "c");
    int outputs = 3 * ("(a)null".length() + "((a)null)null".length()) + 2 * 256;
    int held = 6 * ItemRun.NOTED_BYTES + 3 * ItemRun.FOUND_BYTES;
    assertThat(run(here, two, list, holding(held + outputs)).items()).isEqualTo(new Items(6, 0));
  }

  @Test
  void whatATryThatFailedNotedIsForgotten() {
    ArtifactKey list = list(here, "a", "b", "c");
    int held = 3 * (ItemRun.NOTED_BYTES + ItemRun.FOUND_BYTES);
    failing = 3;
    RunOptions tries = holding(held + 300).withRetry(new RetryPolicy(4, 0, 0));
    assertThat(run(here, MAP, list, tries).items()).isEqualTo(new Items(3, 0));
    assertThat(noted).hasSize(12);
  }

  // ---- receipts that contradict each other

  private Receipts receiptsHere() {
    return new Receipts(here, here.now());
  }

  private ArtifactKey receiptOf(String text) {
    StepProgram step = step(ArtifactKey.of(Bytes.utf8(text), RunFixture.TEXT));
    return receiptsHere().of(new Invocation(step.program().key(), step.inputs())).get(0);
  }

  /** The other node ran this list, and lied about one of its items. */
  private void liesAbout(String item, String... texts) {
    lie = item;
    run(there, list(there, texts));
    lie = "";
    RunFixture.send(there, here);
  }

  @Test
  void receiptsThatContradictEachOtherAboutAnItemAreFoundWithBoth() {
    ArtifactKey list = list(here, "a", "b");
    RunResult mine = run(here, list);
    ArtifactKey right = receiptOf("b");
    liesAbout("b", "b", "c");

    List<Divergence> found = new Divergences(here, here.now()).find(9);
    ArtifactKey wrong =
        receipts(here).stream()
            .map(ReceiptSummary::key)
            .filter(key -> receiptsHere().recorders(key, 9).contains(there.origin().node()))
            .filter(key -> receiptsHere().read(key).inputs().containsValue(put(there, "b")))
            .findFirst()
            .orElseThrow();
    assertThat(found).hasSize(2);
    assertThat(found.get(0)).isInstanceOf(Divergence.OfRun.class);
    assertThat(found.get(0).receipts()).containsExactlyInAnyOrder(List.of(right), List.of(wrong));
    assertThat(found.get(1)).isInstanceOf(Divergence.OfStep.class);
    assertThat(found.get(1).receipts()).containsExactlyInAnyOrder(List.of(right), List.of(wrong));
    assertThat(mine.disputedNodes()).isEmpty();
  }

  @Test
  void aRunTellsOfWhichOfItsItemsReceiptsContradictEachOther() {
    run(here, list(here, "a", "b"));
    liesAbout("b", "b", "c");

    Explanation.Items told = explained(MAP, list(here, "a", "b", "b", "d"), OPTIONS).items();
    assertThat(told).isNotNull();
    assertThat(told.disputed()).isEqualTo(1);
    assertThat(explained(MAP, list(here, "a", "d"), OPTIONS).items().disputed()).isZero();
    RunResult result = run(here, list(here, "a", "b", "b", "d"));
    assertThat(noted).as("what this node said itself is taken").containsExactly("d");
    assertThat(result.items()).isEqualTo(new Items(1, 3, 1, List.of()));
    assertThat(result.disputedNodes()).containsExactly("n");
    assertThat(run(here, list(here, "a", "e")).disputedNodes()).isEmpty();
  }

  @Test
  void runningEverythingSaysWhichReceiptOfAnItemIsWrong() {
    liesAbout("b", "b", "c");
    ArtifactKey wrong = receiptOf("b");
    ArtifactKey list = list(here, "a", "b", "b", "c");
    RunResult result = run(here, MAP, list, OPTIONS.withForce(true));

    assertThat(result.disputedNodes()).containsExactly("n");
    assertThat(result.items().disputed()).isEqualTo(1);
    assertThat(executor(here).judge(program(MAP), result))
        .filteredOn(judgement -> !judgement.right())
        .containsExactly(
            new Judgement(
                wrong,
                false,
                "step n applied to " + List.of(put(here, "b")),
                List.of(ArtifactKey.of(Bytes.utf8("(lie)"), null)).toString(),
                List.of(items(here, result).get(1)).toString()));
  }

  // ---- told before

  private Explanation.Node explained(String program, ArtifactKey list, RunOptions options) {
    long records = records();
    noted.clear();
    Explanation explanation = executor(here).explain(program(program), inputs("i", list), options);
    assertThat(noted).isEmpty();
    assertThat(records()).isEqualTo(records);
    return explanation.nodes().get(0);
  }

  @Test
  void anExplanationTellsWhichItemsRunAndWhy() {
    run(here, list(here, "a", "b", "c"));
    run(there, list(there, "x"));
    RunFixture.send(there, here);
    ArtifactKey list = list(here, "a", "x", "c", "y", "y");

    assertThat(explained(MAP, list, OPTIONS).items())
        .isEqualTo(
            new Explanation.Items(
                5,
                4,
                0,
                List.of(new Item(3, "item 3", new Reason(Kind.NEW_ITEM, "", null, null)))));
    assertThat(explained(MAP, list, OWN).items())
        .isEqualTo(
            new Explanation.Items(
                5,
                3,
                0,
                List.of(
                    new Item(1, "item 1", new Reason(Kind.POLICY, "", "own", null)),
                    new Item(3, "item 3", new Reason(Kind.NEW_ITEM, "", null, null)))));
    assertThat(run(here, list).items()).as("as was said").isEqualTo(new Items(1, 4));
    assertThat(explained(MAP, list, OPTIONS).items()).as("reused as a whole").isNull();
  }

  @Test
  void ofManyItemsThatRunTheFirstAreTold() {
    String[] texts = IntStream.range(0, 12).mapToObj(i -> "t" + i).toArray(String[]::new);
    Explanation.Items items = explained(MAP, list(here, texts), OPTIONS).items();
    assertThat(items).isNotNull();
    assertThat(items.count()).isEqualTo(12);
    assertThat(items.reused()).isZero();
    assertThat(items.runs()).extracting(Item::index).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
  }

  @Test
  void ofWhatIsNoListAnExplanationTellsNoItems() {
    assertThat(explained(MAP, put(here, "no list"), OPTIONS).items()).isNull();
    assertThat(explained(MAP, list(here), OPTIONS).items()).isNull();
    assertThat(explained(MAP, list(here, "a"), OPTIONS.withForce(true)).items()).isNull();
  }
}
