package dev.cairn.testkit.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.pel.model.ArtifactList;
import dev.cairn.pel.model.Borrowing;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.model.RunRequest;
import dev.cairn.pel.run.RunEdge;
import dev.cairn.pel.text.ProgramText;
import dev.cairn.tgk.model.Edge;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code program.md}, {@code receipt.md}, {@code borrowing.md} and {@code run-request.md}. */
class ProgramFormatTest {
  /** The programs of the page as a person would write them. */
  private static final Map<String, String> TEXTS =
      Map.of(
          "minimal",
          """
          {"program": 1, "nodes": {"empty": {"operator": "bytes/concat@1"}}, "outputs": {"out": "empty"}}
          """,
          "passing",
          """
          {"program": 1, "inputs": ["in"], "nodes": {}, "outputs": {"out": "in"}}
          """,
          "diamond",
          """
          program: 1
          inputs: [sources, other]
          nodes:
            sum: {operator: json/merge@1, inputs: [a, b, a], parameters: {max: [longestLine]}}
            b: {operator: text/stats@1, inputs: [other]}
            a: {operator: text/stats@1, inputs: [sources]}
          outputs: {total: sum, first: a}
          """,
          "parameters",
          """
          {"program": 1, "inputs": ["in"], "outputs": {"out": "cut"},
           "nodes": {"cut": {"operator": "bytes/slice@1", "inputs": ["in"],
                             "parameters": {"type": "text/plain", "to": 65536, "from": 0}}}}
          """);

  @Test
  void aProgramHasTheBytesOfThePageHoweverItIsWritten() throws IOException {
    GoldenVectors golden = GoldenVectors.of("program.md");
    TEXTS.forEach(
        (name, text) -> {
          Program program = ProgramText.read(Bytes.utf8(text));
          assertThat(program.encode()).as(name).isEqualTo(golden.take(name + ".program"));
          assertThat(program.key().bytes()).as(name).isEqualTo(golden.take(name + ".key"));
          assertThat(Program.decode(program.encode())).as(name).isEqualTo(program);
        });
    assertThat(parametersDigest("diamond", "sum"))
        .isEqualTo(golden.take("diamond.sum.parametersDigest"));
    assertThat(parametersDigest("parameters", "cut"))
        .isEqualTo(golden.take("parameters.cut.parametersDigest"));
    ArtifactKey a = ArtifactKey.of(Bytes.utf8("a"), null);
    ArtifactKey b = ArtifactKey.of(Bytes.utf8("b"), null);
    ArtifactList items =
        new ArtifactList(
            List.of(
                new ArtifactList.Item(a, "a.txt"),
                new ArtifactList.Item(b, null),
                new ArtifactList.Item(a, "caf\u00e9")));
    assertThat(items.encode()).isEqualTo(golden.take("items.list"));
    assertThat(items.key().bytes()).isEqualTo(golden.take("items.key"));
    assertThat(ArtifactList.decode(items.encode())).isEqualTo(items);
    assertThat(refused(golden, Program::decode)).isEqualTo(19);
    golden.assertAllTaken();
  }

  private static Bytes parametersDigest(String program, String node) {
    return ProgramText.read(Bytes.utf8(TEXTS.get(program))).nodes().get(node).parametersDigest();
  }

  @Test
  void aReceiptHasTheBytesOfThePageAndSoHasWhatFollowsFromIt() throws IOException {
    GoldenVectors golden = GoldenVectors.of("receipt.md");
    for (String name : List.of("succeeded", "failed")) {
      Bytes encoded = golden.take(name + ".receipt");
      Receipt receipt = Receipt.decode(encoded);
      assertThat(receipt.encode()).as(name).isEqualTo(encoded);
      assertThat(receipt.key().bytes()).as(name).isEqualTo(golden.take(name + ".key"));
      Edge edge = RunEdge.of(receipt.key(), receipt);
      assertThat(edge.encode()).as(name).isEqualTo(golden.take(name + ".edge"));
      assertThat(receipt.invocation().digest()).isEqualTo(golden.take("invocation"));
    }
    Receipt succeeded = Receipt.decode(golden.take("succeeded.receipt"));
    assertThat(succeeded.program().bytes())
        .isEqualTo(GoldenVectors.of("program.md").take("diamond.key"));
    assertThat(succeeded.steps().keySet()).containsExactly("a", "b", "sum");
    succeeded
        .steps()
        .forEach(
            (node, step) -> assertThat(step.key()).isEqualTo(golden.take("step." + node + ".key")));
    assertThat(refused(golden, Receipt::decode)).isEqualTo(16);
    golden.assertAllTaken();
  }

  @Test
  void aBorrowingHasTheBytesOfThePage() throws IOException {
    GoldenVectors golden = GoldenVectors.of("borrowing.md");
    ArtifactKey receipt = ArtifactKey.of(Bytes.utf8("a"), TypeTag.RECEIPT);
    Borrowing some = new Borrowing(receipt, new TreeSet<>(List.of("sum", "a")));
    assertThat(some.encode()).isEqualTo(golden.take("some.borrowing"));
    assertThat(ArtifactKey.of(some.encode(), Borrowing.TYPE).bytes())
        .isEqualTo(golden.take("some.key"));
    assertThat(Borrowing.decode(some.encode())).isEqualTo(some);
    assertThat(refused(golden, Borrowing::decode)).isEqualTo(9);
    golden.assertAllTaken();
  }

  @Test
  void aRunRequestHasTheBytesOfThePage() throws IOException {
    GoldenVectors golden = GoldenVectors.of("run-request.md");
    Program program = ProgramText.read(Bytes.utf8(TEXTS.get("diamond")));
    TreeMap<String, ArtifactKey> inputs = new TreeMap<>();
    RunRequest none = new RunRequest(program.key(), inputs);
    inputs.put("sources", ArtifactKey.of(Bytes.utf8("a"), null));
    inputs.put("other", ArtifactKey.of(Bytes.utf8("c"), null));
    RunRequest some = new RunRequest(program.key(), inputs);
    assertThat(some.encode()).isEqualTo(golden.take("some.request"));
    assertThat(some.key().bytes()).isEqualTo(golden.take("some.key"));
    assertThat(some.invocation().digest()).isEqualTo(golden.take("some.invocation"));
    assertThat(none.encode()).isEqualTo(golden.take("none.request"));
    assertThat(none.key().bytes()).isEqualTo(golden.take("none.key"));
    assertThat(RunRequest.decode(some.encode())).isEqualTo(some);
    assertThat(refused(golden, RunRequest::decode)).isEqualTo(8);
    golden.assertAllTaken();
  }

  private static int refused(GoldenVectors golden, Function<Bytes, ?> reader) {
    Map<String, Bytes> vectors = golden.takeAll("refused.");
    vectors.forEach(
        (name, bytes) ->
            assertThatThrownBy(() -> reader.apply(bytes))
                .as(name)
                .isInstanceOf(
                    name.startsWith("refused.version")
                        ? UnsupportedVersionException.class
                        : MalformedException.class)
                .hasMessageMatching("(?s).{10,}"));
    return vectors.size();
  }

  @ParameterizedTest
  @CsvSource({
    "program.md, diamond.program, pel/program",
    "receipt.md, succeeded.receipt, pel/receipt",
    "receipt.md, failed.receipt, pel/receipt"
  })
  void whateverIsCutOrFlippedIsRefusedOrIsAnotherArtifact(String page, String name, String type)
      throws IOException {
    Bytes whole = GoldenVectors.of(page).take(name);
    ArtifactKey key = ArtifactKey.of(whole, new TypeTag(type));
    for (int end = 0; end < whole.length(); end++) {
      Bytes cut = whole.slice(0, end);
      assertThatThrownBy(() -> decode(type, cut)).isInstanceOf(MalformedException.class);
    }
    List<ArtifactKey> others = new ArrayList<>();
    for (int bit = 0; bit < whole.length() * Byte.SIZE; bit++) {
      byte[] flipped = whole.toArray();
      flipped[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
      try {
        Bytes again = decode(type, Bytes.wrap(flipped));
        assertThat(again.toArray()).as("bit %d", bit).isEqualTo(flipped);
        others.add(ArtifactKey.of(again, new TypeTag(type)));
      } catch (MalformedException | UnsupportedVersionException e) {
        assertThat(e.getMessage()).as("bit %d", bit).isNotBlank();
      }
    }
    assertThat(others).doesNotContain(key).doesNotHaveDuplicates();
  }

  private static Bytes decode(String type, Bytes encoded) {
    return type.equals("pel/program")
        ? Program.decode(encoded).encode()
        : Receipt.decode(encoded).encode();
  }
}
