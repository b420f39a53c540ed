package dev.cairn.pel.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.pel.json.TextPlaces;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.operator.OperatorRegistry;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;

class ProgramTextTest {
  private static final String JSON =
      """
      {"program": 1,
       "inputs": ["java", "text"],
       "nodes": {
         "a": {"operator": "text/stats@1", "inputs": ["java"]},
         "b": {"operator": "text/stats@1", "inputs": ["text"], "parameters": {}},
         "all": {"operator": "json/merge@1", "inputs": ["a", "b"],
                 "parameters": {"max": ["longestLine"], "n": -3, "t": true, "z": null, "b": "\\u00e9"}}
       },
       "outputs": {"stats": "all", "java": "a"}}
      """;

  private static Program json(String text) {
    return ProgramText.readJson(Bytes.utf8(text));
  }

  private static Program yaml(String text) {
    return ProgramText.readYaml(Bytes.utf8(text));
  }

  private static AbstractThrowableAssert<?, ?> refusedJson(String text) {
    return assertThatThrownBy(() -> json(text)).isInstanceOf(MalformedException.class);
  }

  private static AbstractThrowableAssert<?, ?> refusedYaml(String text) {
    return assertThatThrownBy(() -> yaml(text)).isInstanceOf(MalformedException.class);
  }

  /** A program whose one node has these parameters. */
  private static String withParameters(String parameters) {
    return "{\"program\":1,\"nodes\":{\"n\":{\"operator\":\"x/y@1\",\"parameters\":"
        + parameters
        + "}},\"outputs\":{\"o\":\"n\"}}";
  }

  @Test
  void orderAndWhiteSpaceDoNotMatter() {
    String other =
        "{\"outputs\":{\"java\":\"a\",\"stats\":\"all\"},\"nodes\":{"
            + "\"all\":{\"parameters\":{\"b\":\"é\",\"z\":null,\"t\":true,\"n\":-3,"
            + "\"max\":[\"longestLine\"]},\"inputs\":[\"a\",\"b\"],\"operator\":\"json/merge@1\"},"
            + "\"b\":{\"inputs\":[\"text\"],\"operator\":\"text/stats@1\"},"
            + "\"a\":{\"inputs\":[\"java\"],\"operator\":\"text/stats@1\",\"parameters\":{}}},"
            + "\"inputs\":[\"text\",\"java\"],\"program\":1}";

    assertThat(json(other).encode()).isEqualTo(json(JSON).encode());
  }

  @Test
  void yamlGivesTheSameProgramAsJson() {
    String yaml =
        """
        # what a person would write
        program: 1
        inputs: [java, text]
        nodes:
          a: &stats {operator: text/stats@1, inputs: [java]}
          b:
            operator: "text/stats@1"
            inputs:
              - text
          all:
            operator: json/merge@1
            inputs: [a, b]
            parameters:
              max: [longestLine]
              n: -3
              t: true
              z: null
              b: 'é'
        outputs: {stats: all, java: a}
        """;

    assertThat(yaml(yaml).encode()).isEqualTo(json(JSON).encode());
    assertThat(yaml(JSON).encode()).isEqualTo(json(JSON).encode());
    assertThat(ProgramText.read(Bytes.utf8(yaml))).isEqualTo(ProgramText.read(Bytes.utf8(JSON)));
  }

  @Test
  void theOrderOfANodesInputsDoesMatter() {
    assertThat(json(JSON.replace("[\"a\", \"b\"]", "[\"b\", \"a\"]")).key())
        .isNotEqualTo(json(JSON).key());
  }

  @Test
  void aFloatIsRefusedWithItsPlace() {
    for (String number :
        new String[] {"1.5", "1.0", "1e3", "-0.0", "1E400", "9223372036854775808"}) {
      refusedJson(withParameters("{\"a\":[0," + number + "]}"))
          .hasMessage(
              "program: /nodes/n/parameters/a/1 (line 1, column 68): not an integer of 64 bits;"
                  + " floats have no place in a program");
      refusedYaml(withParameters("{\"a\":[0," + number + "]}"))
          .hasMessageContaining("/nodes/n/parameters/a/1 (line 1, column 68)");
    }
    refusedYaml(withParameters("{\"a\": .inf}")).hasMessageContaining("/nodes/n/parameters/a");
  }

  @Test
  void theGreatestAndLeastIntegersAreKept() {
    String extremes = withParameters("{\"a\":[9223372036854775807,-9223372036854775808,-0]}");

    assertThat(Program.decode(json(extremes).encode())).isEqualTo(yaml(extremes));
  }

  @Test
  void aNameThatStandsTwiceIsRefusedWithItsPlace() {
    String twice =
        "{\"program\":1,\"nodes\":{\"n\":{\"operator\":\"x/y@1\"},\"n\":{\"operator\":\"x/z@1\"}},"
            + "\"outputs\":{\"o\":\"n\"}}";

    refusedJson(twice).hasMessage("program: /nodes/n (line 1, column 48): this name stands twice");
    refusedYaml(twice).hasMessage("program: /nodes/n (line 1, column 48): this name stands twice");
    refusedJson(JSON.replace("[\"java\", \"text\"]", "[\"java\", \"text\", \"java\"]"))
        .hasMessage("program: /inputs/2 (line 2, column 29): input 'java' stands twice");
  }

  @Test
  void everyMistakeOfFormIsToldAtOnceWithItsPlace() {
    refusedJson(
            "{\"program\":2,\"extra\":1,\"inputs\":[1],\"nodes\":{\"n\":{\"operator\":\"nope\","
                + "\"inputs\":\"x\",\"code\":1},\"m\":3},\"outputs\":[]}")
        .hasMessage(
            "program: /extra (line 1, column 14): unknown field;"
                + " /program (line 1, column 2): the version of the form must stand here: 1;"
                + " /inputs/0 (line 1, column 34): not a string;"
                + " /nodes/m (line 1, column 92): not an object;"
                + " /nodes/n/code (line 1, column 82): unknown field;"
                + " /nodes/n/operator (line 1, column 51): operator 'nope' is not of the form"
                + " group/name@version;"
                + " /nodes/n/inputs (line 1, column 69): not a list of references;"
                + " /outputs (line 1, column 99): not an object");
    refusedJson("[]").hasMessage("program: / (line 1, column 1): not an object");
    refusedJson("{}")
        .hasMessageContaining("/nodes (line 1, column 1): missing")
        .hasMessageContaining("/outputs");
  }

  private static final String WRONG =
      """
      program: 1
      inputs: [text, text/plain]
      nodes:
        first:
          operator: text/stats@1
          inputs: [text, nowhere]
        text:
          operator: text/statistics@1
        second:
          operator: bytes/slice@1
          inputs: [third]
          parameters:
            from: "1"
            until: 3
        third: {operator: list/of@1, inputs: [second]}
        fourth: {operator: list/map@1, inputs: [first], parameters: {}}
        fifth: {operator: json/query@2, inputs: []}
      outputs:
        out: sixth
      """;

  @Test
  void whatTheProgramAndWhatItsOperatorsHaveWrongIsToldAtOnceWithLineAndColumn() {
    String expected =
        "program: /inputs/text~1plain (line 2, column 1): not a name: 1 to 64 letters, digits, '_'"
            + " and '-', the first a letter or digit;"
            + " /nodes/first/inputs/1 (line 6, column 20): no input or node is named 'nowhere';"
            + " /nodes/text (line 7, column 3): an input has this name too;"
            + " /outputs/out (line 19, column 3): no input or node is named 'sixth';"
            + " /nodes/second (line 9, column 3): a cycle of 2: second -> third -> second;"
            + " /nodes/fifth/operator (line 17, column 11): no operator json/query@2; there is"
            + " version 1;"
            + " /nodes/fourth/parameters/operator (line 16, column 51): list/map@1 needs it: what"
            + " is applied, as name@version;"
            + " /nodes/second/parameters/from (line 13, column 7): not an integer;"
            + " /nodes/second/parameters/until (line 14, column 7): bytes/slice@1 has no such"
            + " parameter;"
            + " /nodes/text/operator (line 8, column 5): no operator text/statistics@1";
    assertThatThrownBy(() -> ProgramText.read(Bytes.utf8(WRONG), OperatorRegistry.builtIn()))
        .isInstanceOf(MalformedException.class)
        .hasMessage(expected);
  }

  @Test
  void anAliasStandsWhereItIsWrittenAndWhatIsMissingWhereItShouldBe() {
    String text =
        """
        program: 1
        nodes:
          a: &x {operator: bytes/slice@1, inputs: [gone]}
          b: *x
        outputs: {o: a}
        """;
    refusedYaml(text)
        .hasMessage(
            "program: /nodes/a/inputs/0 (line 3, column 44): no input or node is named 'gone';"
                + " /nodes/b/inputs/0 (line 4, column 3): no input or node is named 'gone'");
  }

  @Test
  void aTextOfMoreValuesThanPlacesAreRememberedTellsWhatIsAroundThem() {
    String zeros = "0,".repeat(TextPlaces.PLACES_MAX) + "0";
    refusedJson(withParameters("{\"a\":[" + zeros + "],\"b\":1.5}"))
        .hasMessageContaining("/nodes/n/parameters/b (line 1, column 47): not an integer");
  }

  @Test
  void textThatIsNotInNormalFormIsRefusedWithItsPlace() {
    refusedJson(withParameters("{\"a\":\"e\\u0301\"}"))
        .hasMessage(
            "program: /nodes/n/parameters/a (line 1, column 61): text is not in Unicode normal form C");
    refusedJson(withParameters("{\"e\\u0301\":1}")).hasMessageContaining("name is not in Unicode");
    refusedJson(withParameters("{\"a\":\"\\ud800\"}"))
        .hasMessage("program: /nodes/n/parameters/a (line 1, column 65): a lone surrogate");
  }

  @Test
  void aHundredThousandLevelsAreRefused() {
    String deep = "[".repeat(100_000) + "]".repeat(100_000);
    refusedJson(deep).hasMessage("program: / (line 1, column 66): nested deeper than 64");
    refusedJson("{\"a\":".repeat(100_000)).hasMessageContaining("nested deeper than 64");
    refusedYaml(deep).hasMessage("program: / (line 1, column 66): nested deeper than 64");
    refusedYaml("- ".repeat(100_000) + "x")
        .hasMessage("program: / (line 1, column 131): nested deeper than 64");
    refusedYaml("{".repeat(100_000)).isInstanceOf(MalformedException.class);
  }

  @Test
  void aYamlBombOfAliasesIsRefused() {
    StringBuilder bomb = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i < 12; i++) {
      String before = "*a" + (i - 1);
      bomb.append("a" + i + ": &a" + i + " [" + (before + ",").repeat(9) + before + "]\n");
    }

    refusedYaml(bomb.toString()).hasMessageContaining("more than 1000000 values");
  }

  @Test
  void anAliasOfItselfOrOfNothingIsRefused() {
    refusedYaml("program: &p [*p]").hasMessageContaining("alias 'p' of nothing before it");
    refusedYaml("program: *gone").hasMessageContaining("alias 'gone' of nothing before it");
  }

  @Test
  void yamlTagsMergeKeysOddKeysAndSecondDocumentsAreRefused() {
    refusedYaml("program: !!int 1").hasMessage("program: /program (line 1, column 10): a tag");
    refusedYaml("!!java.lang.ProcessBuilder [ls]")
        .hasMessage("program: / (line 1, column 1): a tag");
    refusedYaml("program: 1\n<<: {inputs: []}")
        .hasMessageContaining("/<< (line 2, column 1): unknown field");
    refusedYaml("1: 2").hasMessage("program: / (line 1, column 1): a key that is not a string");
    refusedYaml("{program: 1}\n---\n{program: 1}")
        .hasMessage("program: / (line 2, column 1): more than one document");
  }

  @Test
  void whatIsNoJsonOrYamlIsRefusedWithItsPlace() {
    refusedJson("{\"program\": 1,}").hasMessageContaining("program at line 1, column ");
    refusedJson("{\"program\": 1} 2").hasMessageContaining("behind the value");
    refusedJson("\ufeff{}");
    refusedJson("{\"a\": NaN}");
    refusedJson("{'a': 1}");
    refusedJson("// comment\n{}");
    refusedJson("{\"a\": 01}");
    refusedYaml("a: [1").hasMessageContaining("program at line 1, column ");
    refusedYaml("a: \u0000");
    assertThatThrownBy(() -> ProgramText.read(Bytes.EMPTY))
        .isInstanceOf(MalformedException.class)
        .hasMessage("program: empty");
    assertThatThrownBy(() -> ProgramText.readJson(Bytes.fromHex("7bff7d")))
        .isInstanceOf(MalformedException.class)
        .hasMessage("program: not UTF-8");
    assertThatThrownBy(() -> ProgramText.readJson(Bytes.fromHex("007b007d")))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void aHugeTextIsRefusedBeforeItIsParsed() {
    Bytes huge = Bytes.wrap(new byte[ProgramText.SOURCE_BYTES_MAX + 1]);

    assertThatThrownBy(() -> ProgramText.readJson(huge))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("a text of 16777217 bytes");
  }

  @Test
  void aHugeNumberIsRefused() {
    refusedJson(withParameters("{\"a\":" + "9".repeat(100_000) + "}"));
    refusedYaml(withParameters("{\"a\":" + "9".repeat(100_000) + "}"));
  }
}
