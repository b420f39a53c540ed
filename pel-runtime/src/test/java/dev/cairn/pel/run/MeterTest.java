package dev.cairn.pel.run;

import static dev.cairn.pel.run.RunFixture.inputs;
import static dev.cairn.pel.run.RunFixture.program;
import static dev.cairn.pel.run.RunFixture.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.ErasedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.Store;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.model.RunStatus;
import dev.cairn.pel.operator.OperatorHost;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.wasm.binary.TestModule;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a run takes: the same whenever it is run, and more where more is done. */
@Timeout(120)
class MeterTest {
  private static final RunOptions OPTIONS = RunOptions.defaults().withThreads(1);

  private final Store store = RunFixture.open("a");

  private Executor executor() {
    return new Executor(store, OperatorRegistry.discover());
  }

  @AfterEach
  void close() {
    store.close();
  }

  private static Program node(String operator, String parameters) {
    return program(
        "{'program': 1, 'inputs': ['i'], 'nodes': {'n': {'operator': '%s', 'inputs': ['i'],"
                .formatted(operator)
            + "'parameters': {%s}}}, 'outputs': {'o': 'n'}}".formatted(parameters));
  }

  private ArtifactKey ran(Program program, ArtifactKey input) {
    return executor().run(program, inputs("i", input), OPTIONS).key();
  }

  /** Once with operators that know nothing, and twice with those that have run it before. */
  private long work(ArtifactKey receipt) {
    Executor executor = executor();
    StepMemo memo = new StepMemo();
    Cost first = verify(executor, receipt, memo);
    assertThat(verify(executor, receipt, new StepMemo())).as("operators are warm").isEqualTo(first);
    assertThat(verify(executor, receipt, memo)).as("steps are remembered").isEqualTo(first);
    return first.work();
  }

  private static Cost verify(Executor executor, ArtifactKey receipt, StepMemo memo) {
    Meter meter = new Meter(Cost.UNBOUNDED);
    assertThat(executor.verify(receipt, OPTIONS, memo, meter))
        .isInstanceOf(Verification.Confirmed.class);
    return meter.taken();
  }

  private long workOf(String operator, String parameters, String input) {
    return work(ran(node(operator, parameters), put(store, input)));
  }

  @Test
  void whatIsReadAndMadeCounts() {
    long little = workOf("digest/sha256@1", "", "x");
    assertThat(little).isBetween(1_000_000L, 2_000_000L);
    assertThat(workOf("digest/sha256@1", "", "x".repeat(1_000_000)) - little)
        .as("read")
        .isEqualTo(10 * 999_999L);
    assertThat(workOf("bytes/concat@1", "", "x".repeat(100_000)) - little)
        .as("read and made")
        .isBetween(20 * 99_000L, 20 * 101_000L);
  }

  @Test
  void whatAnOperatorDoesBesidesCounts() {
    String a = "a".repeat(2_000);
    String pattern = "'pattern': '(a?){40}b'";
    assertThat(workOf("text/count@1", pattern, a))
        .isGreaterThan(2 * workOf("text/count@1", "'pattern': 'b'", a));
    long query = workOf("json/query@1", "'query': '$sum([1..1000].($ * 2))'", "1");
    assertThat(workOf("json/query@1", "'query': '$sum([1..10000].($ * 2))'", "1"))
        .isGreaterThan(3 * query);
    long cel = workOf("json/cel@1", "'expression': '[1,2].exists(x, x == input)'", "1");
    assertThat(
            workOf(
                "json/cel@1",
                "'expression': 'input.map(x, input.exists(y, y == -x)).size()'",
                "[" + "1,".repeat(200) + "1]"))
        .isGreaterThan(3 * cel);
    assertThat(workOf("zstd/compress@1", "'level': 19", a))
        .isGreaterThan(workOf("zstd/compress@1", "'level': 1", a) + 1_000L * a.length());
    assertThat(workOf("lines/sort@1", "", "\n".repeat(2_000)))
        .isGreaterThan(workOf("lines/sort@1", "", a) + 500_000);
  }

  /** The work of an operator applied to each of so many items, above that of none. */
  private long workOfEach(int items, String operator, String parameters) {
    return workOfMap(items, operator, parameters) - workOfMap(0, operator, parameters);
  }

  private long workOfMap(int items, String operator, String parameters) {
    ArtifactKey[] list = new ArtifactKey[items];
    for (int i = 0; i < items; i++) {
      list[i] = put(store, Integer.toString(i));
    }
    String map = "'operator': '%s', 'parameters': {%s}".formatted(operator, parameters);
    return work(ran(node("list/map@1", map), RunFixture.putList(store, list)));
  }

  @Test
  void aLongQueryIsWorkInEachApplication() {
    String sum = "1" + " + 1".repeat(30);
    for (String[] operator :
        new String[][] {
          {"json/query@1", "query", "6000"},
          {"json/cel@1", "expression", "12000"},
          {"text/count@1", "pattern", "2100"}
        }) {
      String parameter = "'" + operator[1] + "': '%s'";
      long little = workOfEach(5, operator[0], parameter.formatted("1"));
      assertThat(workOfEach(5, operator[0], parameter.formatted(sum)) - little)
          .as(operator[0])
          .isGreaterThanOrEqualTo(5L * (sum.length() - 1) * Long.parseLong(operator[2]));
    }
    assertThat(workOf("json/cel@1", "'expression': '1'", "1"))
        .as("to compile the least expression")
        .isGreaterThan(workOf("digest/sha256@1", "", "1") + 2_000_000);
  }

  /** What checking a program takes, whose second node no operator can run. */
  private long workOfCheck(String operator, String parameters) {
    Program program =
        program(
            ("{'program': 1, 'inputs': ['i'], 'nodes': {'n': {'operator': '%s', 'inputs': ['i'],"
                    + "'parameters': {%s}}, 'unknown': {'operator': 'test/nobody@1', 'inputs':"
                    + " ['i'], 'parameters': {}}}, 'outputs': {'o': 'n'}}")
                .formatted(operator, parameters));
    ArtifactKey input = put(store, "1");
    ArtifactKey lie = claimed(program, input);
    Meter meter = new Meter(Cost.UNBOUNDED);
    assertThatThrownBy(() -> executor().verify(lie, OPTIONS, new StepMemo(), meter))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("test/nobody");
    long work = meter.taken().work();
    Meter less = new Meter(new Cost(work - 1, 0));
    assertThatThrownBy(() -> executor().verify(lie, OPTIONS, new StepMemo(), less))
        .isInstanceOf(RefusedException.class);
    assertThat(less.hasRefused()).isTrue();
    return work;
  }

  @Test
  void checkingAProgramThatIsThenNotRunIsWork() {
    String sum = "1" + " + 1".repeat(20);
    for (String[] operator :
        new String[][] {
          {"json/query@1", "query", "6000"},
          {"json/cel@1", "expression", "12000"},
          {"text/count@1", "pattern", "2000"},
          {"text/find@1", "pattern", "2000"},
          {"text/replace@1", "with': '', 'pattern", "2000"},
        }) {
      String parameter = "'" + operator[1] + "': '%s'";
      long little = workOfCheck(operator[0], parameter.formatted("1"));
      long more = (sum.length() - 1) * Long.parseLong(operator[2]);
      assertThat(workOfCheck(operator[0], parameter.formatted(sum)) - little)
          .as(operator[0])
          .isGreaterThanOrEqualTo(more);
      String applied = "'operator': '" + operator[0] + "', 'parameters': {" + parameter + "}";
      assertThat(
              workOfCheck("list/map@1", applied.formatted(sum))
                  - workOfCheck("list/map@1", applied.formatted("1")))
          .as(operator[0] + " applied")
          .isGreaterThanOrEqualTo(more);
    }
  }

  /** A module that runs a loop which never ends. */
  private ArtifactKey endless() {
    return put(
        store,
        new TypeTag("application/wasm"),
        new TestModule().running(TestModule.code(0x03, 0x40, 0x0c, 0, 0x0b)));
  }

  private ArtifactKey trap() {
    return put(
        store, new TypeTag("application/wasm"), new TestModule().running(TestModule.code(0x00)));
  }

  @Test
  void instructionsOfModulesCount() {
    long some = work(ran(node("wasm/run@1", "'fuel': 1000000"), endless()));
    assertThat(work(ran(node("wasm/run@1", "'fuel': 9000000"), endless())) - some)
        .isEqualTo(8_000_000);
    assertThat(work(ran(node("wasm/run@1", "'fuel': 1000000"), trap())))
        .as("where it was not noted, all of it")
        .isGreaterThan(1_000_000);
  }

  @Test
  void whatIsClaimedAndTooLargeForANumberIsTheLargestNumber() {
    assertThat(OperatorHost.work(7, 6)).isEqualTo(42);
    assertThat(OperatorHost.work(1083, 0)).isZero();
    assertThat(OperatorHost.work(1083, Long.MAX_VALUE / 1083)).isLessThan(Long.MAX_VALUE);
    assertThat(OperatorHost.work(1083, Long.MAX_VALUE / 1083 + 1)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void aSnapshotOfMoreRecordsThanThereCanBeIsNotHere() {
    put(store, "x");
    Snapshot real = store.snapshot(null).snapshot();
    Snapshot.Head head = real.heads().get(0);
    Snapshot much =
        new Snapshot(
            real.federation(),
            List.of(
                new Snapshot.Head(head.origin(), head.logseq(), Long.MAX_VALUE - 1, head.root())),
            real.stateRoot());
    ArtifactKey input = put(store, TypeTag.SNAPSHOT, much.encode());
    assertThatThrownBy(() -> ran(node("provenance/query@1", "'plan': 'everything'"), input))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("are here");
  }

  /** The header of a member of a tar that claims 2^62 bytes. */
  private static byte[] largeMember() {
    ByteBuffer header = ByteBuffer.allocate(512).put(0, (byte) 'm').put(156, (byte) '0');
    header.put(124, (byte) 0x80).putLong(128, 1L << 62);
    int sum = 8 * ' ';
    for (byte each : header.array()) {
      sum += each & 0xff;
    }
    header.position(148);
    return header.put("%06o".formatted(sum).getBytes(StandardCharsets.US_ASCII)).array();
  }

  @Test
  void anArchiveThatClaimsMoreThanThereCanBeFailsAsAnyThatIsCutShort() {
    Bytes tar = Bytes.wrap(largeMember());
    Receipt receipt =
        executor()
            .run(
                node("tar/extract@1", "'max': 9000000000000000000"),
                inputs("i", put(store, new TypeTag("application/x-tar"), tar)),
                OPTIONS)
            .receipt();
    assertThat(receipt.status()).isEqualTo(RunStatus.FAILED_PERMANENT);
    assertThat(receipt.failures().get("n").message()).contains("ends inside");
  }

  @Test
  void memoryOfModulesCounts() {
    byte[] nothing = TestModule.code();
    byte[] grow = TestModule.code(0x41, 0x10, 0x40, 0, 0x1a);
    long one = workOfModule(new TestModule().memory(1).running(nothing));
    long many = workOfModule(new TestModule().memory(17).running(nothing));
    assertThat(many - one).isEqualTo(16L << 16);
    long grown = workOfModule(new TestModule().memory(1).running(grow));
    assertThat(grown - one).isBetween(16L << 16, (16L << 16) + 10_000);
  }

  private long workOfModule(Bytes module) {
    ArtifactKey key = put(store, new TypeTag("application/wasm"), module);
    return work(ran(node("wasm/run@1", "'memoryPages': 100"), key));
  }

  /** What nobody ever ran, and so must be a lie. */
  private ArtifactKey claimed(Program program, ArtifactKey input) {
    put(store, TypeTag.PROGRAM, program.encode());
    SortedMap<String, ArtifactKey> outputs = new TreeMap<>();
    outputs.put("o", input);
    return put(
        store,
        TypeTag.RECEIPT,
        new Receipt(
                program.key(),
                inputs("i", input),
                outputs,
                RunStatus.SUCCEEDED,
                new TreeMap<>(),
                new TreeMap<>())
            .encode());
  }

  @Test
  void aModuleThatWouldRunForMonthsEndsWithTheWork() {
    ArtifactKey lie = claimed(node("wasm/run@1", "'fuel': 1000000000000000"), endless());
    Meter meter = new Meter(new Cost(200_000_000, 0));
    assertThatThrownBy(() -> executor().verify(lie, OPTIONS, new StepMemo(), meter))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("more than the 200000000 units of work");
    assertThat(meter.isSpent()).isTrue();
  }

  @Test
  void whatWasWrittenOfAnOutputThatIsGivenUpCounts() {
    ArtifactKey receipt = ran(node("bytes/concat@1", ""), put(store, "x".repeat(1_000_000)));
    RunOptions narrow = OPTIONS.withLimits(new RunLimits(8 << 20, 300_000, 8 << 20));
    Meter meter = new Meter(new Cost(Long.MAX_VALUE, 1_000));
    assertThatThrownBy(() -> executor().verify(receipt, narrow, new StepMemo(), meter))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("longer than the 300000 bytes");
    assertThat(meter.taken().leftBytes()).isEqualTo(300_000);
    assertThat(meter.hasRefused()).as("wider limits may do").isFalse();
  }

  @Test
  void whatFitsExactlyIsNotGivenUp() {
    ArtifactKey receipt = ran(node("wasm/run@1", "'fuel': 1000000"), endless());
    long work = work(receipt);
    Executor executor = executor();
    Meter enough = new Meter(new Cost(work, 0));
    assertThat(executor.verify(receipt, OPTIONS, null, enough))
        .isInstanceOf(Verification.Confirmed.class);
    assertThat(enough.isSpent()).isFalse();
    Meter less = new Meter(new Cost(work - 1, 0));
    assertThatThrownBy(() -> executor.verify(receipt, OPTIONS, null, less))
        .isInstanceOf(RefusedException.class);
    assertThat(less.isSpent()).isTrue();
  }

  @Test
  void ofARunThatEndsEarlyCountsWhatHadEnded() {
    StringBuilder nodes = new StringBuilder();
    for (int i = 0; i < 20; i++) {
      nodes.append(
          "'n%02d': {'operator': 'bytes/concat@1', 'inputs': ['%s']},"
              .formatted(i, i == 10 ? "gone" : "i"));
    }
    Program program =
        program(
            "{'program': 1, 'inputs': ['i', 'gone'], 'nodes': {"
                + nodes.substring(0, nodes.length() - 1)
                + "}, 'outputs': {'o': 'n00'}}");
    SortedMap<String, ArtifactKey> given = inputs("i", put(store, "x".repeat(100_000)));
    ArtifactKey gone = put(store, "y".repeat(100_000));
    given.put("gone", RunFixture.putList(store, gone));
    Executor executor = executor();
    ArtifactKey receipt = executor.run(program, given, OPTIONS).key();
    store.commit(new CommitDraft().tombstone(gone, new TombstoneNote(true, "gone")));
    Cost first = null;
    for (int i = 0; i < 30; i++) {
      Meter meter = new Meter(Cost.UNBOUNDED);
      assertThatThrownBy(() -> executor.verify(receipt, OPTIONS, new StepMemo(), meter))
          .isInstanceOf(ErasedException.class);
      first = first == null ? meter.taken() : first;
      assertThat(meter.taken()).isEqualTo(first);
      assertThat(first.work()).as("ten nodes").isBetween(10 * 2_000_000L, 11 * 2_500_000L);
    }
  }
}
