package dev.cairn.pel.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborValue;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class ProgramTest {
  private static final OperatorId CONCAT = new OperatorId("bytes/concat", 1);
  private static final CborValue.Dict NOTHING = new CborValue.Dict(new TreeMap<>());

  private static ProgramNode node(String... inputs) {
    return new ProgramNode(CONCAT, List.of(inputs), NOTHING);
  }

  private static Program program(SortedMap<String, ProgramNode> nodes, String output) {
    return new Program(new TreeSet<>(List.of("in")), nodes, new TreeMap<>(Map.of("out", output)));
  }

  private static SortedMap<String, ProgramNode> chain(int length) {
    TreeMap<String, ProgramNode> nodes = new TreeMap<>();
    for (int i = 0; i < length; i++) {
      nodes.put("n" + i, node(i == 0 ? "in" : "n" + (i - 1)));
    }
    return nodes;
  }

  private static Program example() {
    SortedMap<String, ProgramNode> nodes = chain(3);
    TreeMap<String, CborValue> parameters = new TreeMap<>();
    parameters.put("type", new CborValue.Text("text/plain"));
    parameters.put("n", new CborValue.Int(-1));
    nodes.put(
        "z", new ProgramNode(CONCAT, List.of("n2", "n2", "in"), new CborValue.Dict(parameters)));
    return program(nodes, "z");
  }

  @Test
  void whatIsWrittenReadsBackTheSame() {
    Program program = example();

    assertThat(Program.decode(program.encode())).isEqualTo(program);
    assertThat(Program.decode(program.encode()).encode()).isEqualTo(program.encode());
  }

  @Test
  void everyTruncationIsRefused() {
    Bytes encoded = example().encode();

    for (int length = 0; length < encoded.length(); length++) {
      Bytes cut = encoded.slice(0, length);
      assertThatThrownBy(() -> Program.decode(cut)).isInstanceOf(MalformedException.class);
    }
    assertThatThrownBy(() -> Program.decode(encoded.plus(Bytes.fromHex("00"))))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("1 bytes too many");
  }

  @Test
  void everyChangedBitIsRefusedOrMeansAnotherProgram() {
    Program program = example();
    Bytes encoded = program.encode();
    int refused = 0;

    for (int bit = 0; bit < encoded.length() * 8; bit++) {
      byte[] changed = encoded.toArray();
      changed[bit / 8] ^= (byte) (1 << (bit % 8));
      Bytes bytes = Bytes.wrap(changed);
      try {
        Program other = Program.decode(bytes);
        assertThat(other).isNotEqualTo(program);
        assertThat(other.encode()).isEqualTo(bytes);
      } catch (CairnException e) {
        refused++;
      }
    }

    assertThat(refused).isGreaterThan(encoded.length() * 4);
  }

  @Test
  void anUnknownVersionIsNamed() {
    Bytes encoded = new CborWriter().array(2).uint(7).uint(0).toBytes();

    assertThatThrownBy(() -> Program.decode(encoded))
        .isInstanceOf(UnsupportedVersionException.class)
        .hasMessageContaining("program: version 7");
  }

  @Test
  void aCycleIsNamedFromItsLeastNodeInTheDirectionOfTheData() {
    SortedMap<String, ProgramNode> nodes = chain(2);
    nodes.put("c", node("b", "in"));
    nodes.put("b", node("a"));
    nodes.put("a", node("c", "n1"));
    nodes.put("behind", node("a"));

    assertThatThrownBy(() -> program(nodes, "behind"))
        .isInstanceOf(MalformedException.class)
        .hasMessage("program: /nodes/a: a cycle of 3: a -> b -> c -> a");
  }

  @Test
  void aNodeThatFeedsItselfIsACycle() {
    SortedMap<String, ProgramNode> nodes = chain(1);
    nodes.put("self", node("self"));

    assertThatThrownBy(() -> program(nodes, "n0"))
        .hasMessage("program: /nodes/self: a cycle of 1: self -> self");
  }

  @Test
  void aLongCycleIsShownInPart() {
    SortedMap<String, ProgramNode> nodes = chain(Program.NODES_MAX);
    nodes.put("n0", node("n" + (Program.NODES_MAX - 1)));

    assertThatThrownBy(() -> program(nodes, "n0"))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("a cycle of 10000: n0 -> n1 -> ")
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(300));
  }

  @Test
  void danglingNamesAreNamedWithTheirPlaces() {
    SortedMap<String, ProgramNode> nodes = chain(2);
    nodes.put("n1", node("n0", "nowhere"));

    assertThatThrownBy(() -> program(nodes, "absent"))
        .isInstanceOf(MalformedException.class)
        .hasMessage(
            "program: /nodes/n1/inputs/1: no input or node is named 'nowhere';"
                + " /outputs/out: no input or node is named 'absent'");
  }

  @Test
  void anInputAndANodeOfOneNameAreRefused() {
    SortedMap<String, ProgramNode> nodes = chain(1);
    nodes.put("in", node());

    assertThatThrownBy(() -> program(nodes, "n0"))
        .hasMessage("program: /nodes/in: an input has this name too");
  }

  @Test
  void aHostileNameIsQuotedAndCut() {
    SortedMap<String, ProgramNode> nodes = chain(1);
    nodes.put("\u001b[2J/~" + "x".repeat(100_000), node());

    assertThatThrownBy(() -> program(nodes, "n0"))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("/nodes/\\u001b[2J~1~0xxx")
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(300));
  }

  @Test
  void aProgramWithoutAnOutputIsRefused() {
    assertThatThrownBy(() -> new Program(new TreeSet<>(), chain(0), new TreeMap<>()))
        .hasMessage("program: /outputs: a program without an output");
  }

  @Test
  void manyMistakesAreCountedAndAFewShown() {
    TreeMap<String, ProgramNode> nodes = new TreeMap<>();
    for (int i = 0; i < 1000; i++) {
      nodes.put("n" + i, node("gone" + i));
    }

    assertThatThrownBy(() -> program(nodes, "n0")).hasMessageEndingWith("; and 980 more");
  }

  @Test
  void theGreatestChainIsAcceptedAndOneMoreNodeIsNot() {
    Program program = program(chain(Program.NODES_MAX), "n" + (Program.NODES_MAX - 1));

    assertThat(program.executionOrder()).hasSize(Program.NODES_MAX).startsWith("n0", "n1", "n2");
    assertThat(Program.decode(program.encode())).isEqualTo(program);
    assertThatThrownBy(() -> program(chain(Program.NODES_MAX + 1), "n0"))
        .hasMessage("program: /nodes: 10001 nodes, more than 10000");
  }

  @Test
  void referencesAndParametersAreBounded() {
    SortedMap<String, ProgramNode> nodes = chain(1);
    String[] references = new String[Program.REFERENCES_MAX + 1];
    Arrays.fill(references, "in");
    nodes.put("many", node(references));
    assertThatThrownBy(() -> program(nodes, "n0"))
        .hasMessage("program: /nodes: 100002 references, more than 100000");

    TreeMap<String, CborValue> parameters = new TreeMap<>();
    parameters.put("x", new CborValue.Text("y".repeat(Program.PARAMETERS_BYTES_MAX)));
    nodes.put("many", new ProgramNode(CONCAT, List.of(), new CborValue.Dict(parameters)));
    assertThatThrownBy(() -> program(nodes, "n0"))
        .hasMessageContaining("/nodes/many/parameters: 65544 bytes when encoded");
  }

  @Test
  void parametersNestedTooDeepAreRefused() {
    CborValue value = new CborValue.Int(1);
    for (int i = 0; i < 5000; i++) {
      value = new CborValue.Array(List.of(value));
    }
    TreeMap<String, CborValue> parameters = new TreeMap<>();
    parameters.put("deep", value);
    SortedMap<String, ProgramNode> nodes = chain(1);
    nodes.put("n0", new ProgramNode(CONCAT, List.of(), new CborValue.Dict(parameters)));

    assertThatThrownBy(() -> program(nodes, "n0"))
        .hasMessage("program: /nodes/n0/parameters: nested deeper than 64");
  }

  @Test
  void executionOrderTakesTheLeastReadyName() {
    TreeMap<String, ProgramNode> nodes = new TreeMap<>();
    nodes.put("z", node("in"));
    nodes.put("a", node("z"));
    nodes.put("m", node("in"));

    assertThat(program(nodes, "a").executionOrder()).containsExactly("m", "z", "a");
  }
}
