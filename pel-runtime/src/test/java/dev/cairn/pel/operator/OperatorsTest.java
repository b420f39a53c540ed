package dev.cairn.pel.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborValue;
import dev.cairn.pel.model.ArtifactList;
import dev.cairn.pel.model.OperatorId;
import dev.cairn.pel.model.Receipt.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Golden results: what an operator of one version gives may never change. */
class OperatorsTest {
  private static final String STATS =
      "{\"binaryFiles\":%d,\"blankLines\":%d,\"bytes\":%d,\"files\":%d,"
          + "\"lines\":%d,\"longestLine\":%d,\"words\":%d}";

  private static CborValue.Dict parameters(Object... pairs) {
    TreeMap<String, CborValue> entries = new TreeMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      entries.put((String) pairs[i], value(pairs[i + 1]));
    }
    return new CborValue.Dict(entries);
  }

  private static CborValue value(Object value) {
    if (value instanceof Integer number) {
      return new CborValue.Int(number);
    }
    if (value instanceof List<?> list) {
      return new CborValue.Array(list.stream().map(OperatorsTest::value).toList());
    }
    return new CborValue.Text((String) value);
  }

  private static OperatorOutput run(
      String id, CborValue.Dict parameters, List<? extends OperatorInput> inputs) {
    Operator operator = OperatorRegistry.builtIn().find(OperatorId.parse(id)).orElseThrow();
    Parameters given = new Parameters(parameters);
    operator.check(given);
    try {
      return operator.run(new OperatorContext(List.copyOf(inputs), given));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Bytes bytes(
      String id, CborValue.Dict parameters, List<? extends OperatorInput> inputs) {
    try (InputStream payload = run(id, parameters, inputs).payload()) {
      return Bytes.wrap(payload.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(
      String id, CborValue.Dict parameters, List<? extends OperatorInput> inputs) {
    return bytes(id, parameters, inputs).toUtf8();
  }

  private static List<MemoryInput> texts(String... texts) {
    return List.of(texts).stream().map(MemoryInput::text).toList();
  }

  private static Failure failure(
      String id, CborValue.Dict parameters, List<? extends OperatorInput> inputs) {
    try {
      bytes(id, parameters, inputs);
    } catch (OperatorFailure e) {
      return e.toFailure();
    }
    throw new AssertionError("no failure");
  }

  @Test
  void concatJoinsPayloadsAndTheItemsOfLists() {
    List<MemoryInput> inputs =
        List.of(
            MemoryInput.text("a"),
            MemoryInput.list(MemoryInput.text("b"), MemoryInput.text(""), MemoryInput.text("c")),
            MemoryInput.text("d"));

    assertThat(text("bytes/concat@1", parameters(), inputs)).isEqualTo("abcd");
    assertThat(text("bytes/concat@1", parameters(), List.of())).isEmpty();
    assertThat(run("bytes/concat@1", parameters(), inputs).tag()).isNull();
    assertThat(run("bytes/concat@1", parameters("type", "text/x"), inputs).tag())
        .hasToString("text/x");
  }

  @Test
  void noOperatorMakesStatementsInTheNodesName() {
    for (String type : List.of("tgk/edge", "pel/receipt", "asl/tombstone", "pel/program")) {
      assertThat(failure("bytes/concat@1", parameters("type", type), List.of()))
          .isEqualTo(new Failure("reserved-type", "an operator cannot make a " + type));
    }
    assertThat(failure("bytes/concat@1", parameters("type", "é"), List.of()).code())
        .isEqualTo("bad-parameter");
  }

  @Test
  void sliceTakesAPart() {
    List<MemoryInput> hello = texts("hello");

    assertThat(text("bytes/slice@1", parameters("from", 1, "to", 3), hello)).isEqualTo("el");
    assertThat(text("bytes/slice@1", parameters("from", 2), hello)).isEqualTo("llo");
    assertThat(text("bytes/slice@1", parameters("from", 5), hello)).isEmpty();
    assertThat(failure("bytes/slice@1", parameters("to", 9), hello))
        .isEqualTo(new Failure("out-of-range", "from 0 to 9 of 5 bytes"));
    assertThat(failure("bytes/slice@1", parameters("from", 3, "to", 2), hello))
        .isEqualTo(new Failure("bad-parameter", "from 3 to 2 is no range"));
    assertThat(failure("bytes/slice@1", parameters("from", -1), hello).code())
        .isEqualTo("bad-parameter");
  }

  @Test
  void sha256IsThatOfThePayloadAlone() {
    assertThat(text("digest/sha256@1", parameters(), texts("hello")))
        .isEqualTo("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    assertThat(text("digest/sha256@1", parameters(), texts("")))
        .isEqualTo("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  }

  @Test
  void statsCountWhatTheySay() {
    assertThat(text("text/stats@1", parameters(), List.of()))
        .isEqualTo(STATS.formatted(0, 0, 0, 0, 0, 0, 0));
    assertThat(text("text/stats@1", parameters(), texts("")))
        .isEqualTo(STATS.formatted(0, 0, 0, 1, 0, 0, 0));
    assertThat(text("text/stats@1", parameters(), texts("one two\n \t\r\n\n three four\u000bfive")))
        .isEqualTo(STATS.formatted(0, 2, 29, 1, 3, 16, 5));
    assertThat(text("text/stats@1", parameters(), texts("é\n")))
        .isEqualTo(STATS.formatted(0, 0, 3, 1, 1, 2, 1));
  }

  @Test
  void statsAddUpOverListsAndLeaveBinaryFilesOutOfLines() {
    MemoryInput binary = MemoryInput.bytes(Bytes.fromHex("610a000a"));
    MemoryInput late = MemoryInput.bytes(Bytes.utf8("x".repeat(8000) + "\0\n"));
    MemoryInput early = MemoryInput.bytes(Bytes.utf8("x".repeat(7999) + "\0\n"));

    assertThat(
            text(
                "text/stats@1",
                parameters(),
                List.of(MemoryInput.list(binary, late, early), MemoryInput.text("a b\n"))))
        .isEqualTo(STATS.formatted(2, 0, 4 + 8002 + 8001 + 4, 4, 2, 8001, 3));
  }

  @Test
  void aWordAndALineMayCrossTheBuffer() {
    String long1 = "x".repeat(200_000);

    assertThat(text("text/stats@1", parameters(), texts(long1 + " " + long1 + "\n")))
        .isEqualTo(STATS.formatted(0, 0, 400_002, 1, 1, 400_001, 2));
  }

  @Test
  void aListInAListAndWhatIsNoListAreRefused() {
    MemoryInput nested = MemoryInput.list(MemoryInput.text("a"), MemoryInput.list());
    MemoryInput broken = new MemoryInput(ArtifactList.TYPE, Bytes.utf8("x"), null, List.of());

    for (String id : List.of("bytes/concat@1", "text/stats@1", "json/merge@1")) {
      assertThat(failure(id, parameters(), List.of(nested)))
          .isEqualTo(new Failure("nested-list", "input 0: item 1 is itself a list"));
      assertThat(failure(id, parameters(), List.of(broken)).code()).isEqualTo("bad-list");
    }
  }

  @Test
  void canonicalJsonIsThatOfTheRfc() {
    assertThat(
            text(
                "json/canonical@1",
                parameters(),
                texts("{ \"b\" : [1.0, \"\\u0041\"], \"a\" : 1e30 }")))
        .isEqualTo("{\"a\":1e+30,\"b\":[1,\"A\"]}");
    assertThat(failure("json/canonical@1", parameters(), texts("{")))
        .isEqualTo(new Failure("bad-json", "input 0: not JSON"));
    assertThat(failure("json/canonical@1", parameters(), texts("{\"a\":1,\"a\":2}")))
        .isEqualTo(new Failure("bad-json", "input 0: /a: this name stands twice"));
    assertThat(failure("json/canonical@1", parameters(), texts("9007199254740993")).code())
        .isEqualTo("bad-number");
    assertThat(failure("json/canonical@1", parameters(), texts("[".repeat(100_000))))
        .isEqualTo(new Failure("bad-json", "input 0: /: nested deeper than 256"));
    assertThat(
            failure(
                "json/canonical@1",
                parameters(),
                List.of(MemoryInput.bytes(Bytes.fromHex("22ff22")))))
        .isEqualTo(new Failure("bad-json", "input 0: not JSON"));
  }

  @Test
  void mergeAddsUpDeeplyAndTakesTheGreatestWhereTold() {
    List<MemoryInput> objects =
        texts(
            "{\"n\":1,\"deep\":{\"n\":2,\"m\":5,\"only\":-1},\"name\":\"x\",\"list\":[1,2]}",
            "{\"n\":10,\"deep\":{\"n\":20,\"m\":3},\"list\":[1,2],\"new\":null}");

    assertThat(text("json/merge@1", parameters("max", List.of("m")), objects))
        .isEqualTo(
            "{\"deep\":{\"m\":5,\"n\":22,\"only\":-1},\"list\":[1,2],\"n\":11,"
                + "\"name\":\"x\",\"new\":null}");
    assertThat(
            text(
                "json/merge@1",
                parameters("max", List.of("m")),
                List.of(objects.get(1), objects.get(0))))
        .isEqualTo(text("json/merge@1", parameters("max", List.of("m")), objects));
    assertThat(text("json/merge@1", parameters(), List.of(MemoryInput.list()))).isEqualTo("{}");
  }

  @Test
  void mergeOfManyObjectsDoesNotCopyWhatIsMerged() {
    int count = 100_000;
    List<MemoryInput> objects = new ArrayList<>();
    StringBuilder expected = new StringBuilder("{\"o\":{");
    for (int i = 0; i < count; i++) {
      String member = "\"k%06d\":%d".formatted(i, i);
      objects.add(MemoryInput.text("{\"o\":{" + member + "}}"));
      expected.append(i == 0 ? "" : ",").append(member);
    }
    assertTimeoutPreemptively(
        Duration.ofSeconds(60),
        () -> assertThat(text("json/merge@1", parameters(), objects)).isEqualTo(expected + "}}"));
  }

  @Test
  void mergeRefusesWhatItCannotAddUp() {
    assertThat(failure("json/merge@1", parameters(), texts("{\"a\":\"x\"}", "{\"a\":\"y\"}")))
        .isEqualTo(new Failure("conflict", "object 1: /a: differs from an object before it"));
    assertThat(failure("json/merge@1", parameters(), texts("{\"a\":{}}", "{\"a\":1}")).code())
        .isEqualTo("conflict");
    assertThat(failure("json/merge@1", parameters(), texts("{\"a\":1}", "{\"a\":{}}")).code())
        .isEqualTo("conflict");
    assertThat(failure("json/merge@1", parameters(), texts("{\"a\":[1.5]}")))
        .isEqualTo(new Failure("not-an-integer", "object 0: /a/0: no integer"));
    assertThat(failure("json/merge@1", parameters(), texts("{\"a\":1}", "[]")))
        .isEqualTo(new Failure("not-an-object", "object 1 is no JSON object"));
    assertThat(
            failure("json/merge@1", parameters(), texts("{\"a\":9007199254740991}", "{\"a\":1}")))
        .isEqualTo(new Failure("out-of-range", "object 1: /a: beyond 2^53-1 in magnitude"));
  }

  @Test
  void listOfNamesItsInputsInOrder() {
    List<MemoryInput> inputs = texts("b", "a");

    assertThat(ArtifactList.decode(bytes("list/of@1", parameters(), inputs)).items())
        .containsExactly(
            new ArtifactList.Item(inputs.get(0).key(), null),
            new ArtifactList.Item(inputs.get(1).key(), null));
    assertThat(
            ArtifactList.decode(bytes("list/of@1", parameters("labels", List.of("x", "y")), inputs))
                .items())
        .extracting(ArtifactList.Item::label)
        .containsExactly("x", "y");
    assertThat(failure("list/of@1", parameters("labels", List.of("x")), inputs))
        .isEqualTo(new Failure("bad-parameter", "1 labels for 2 inputs"));
  }

  @Test
  void aFailureShowsNoUnicodeAndIsCut() {
    Failure failure = new OperatorFailure("code", "é\n" + "x".repeat(5000)).toFailure();

    assertThat(failure.message()).startsWith("\\u00e9\\u000axxx").endsWith("...").hasSize(1000);
    assertThatThrownBy(() -> new OperatorFailure("No Code", "x").toFailure())
        .isInstanceOf(RuntimeException.class);
  }
}
