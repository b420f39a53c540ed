package dev.cairn.cli.imports.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Strict JSON, and the places of what is wrong with it. */
class JsonReaderTest {
  private static JsonTree read(String text) {
    return new JsonReader().read(Bytes.utf8(text));
  }

  @Test
  void whatWasReadIsWrittenInOneForm() {
    assertThat(
            read(" { \"b\" : [1, 1.0, -0, 1e400, true, null] , \"a\":\"\\u00e4\\n\\u0001\\/\" }\r\n")
                .bytes()
                .toUtf8())
        .isEqualTo("{\"a\":\"ä\\n\\u0001/\",\"b\":[1,1.0,-0,1e400,true,null]}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"a\":1,}|line 1, column 8",
        "{\"a\":1} {}|line 1, column 9",
        "[1,2|line 1, column",
        "{\"a\":1,\"a\":2}|line 1, column 11",
        "\"\\ud800\"|lone surrogate",
        "{\"\\udc00x\":1}|surrogate",
        "01|line 1, column",
        "NaN|line 1, column",
        "'a'|line 1, column",
        "/* c */ 1|line 1, column",
      })
  void whatIsNoJsonIsRefusedWithItsPlace(String text, String place) {
    assertThatThrownBy(() -> read(text))
        .isInstanceOf(MalformedException.class)
        .hasMessageStartingWith("line 1, column ")
        .hasMessageContaining(place);
  }

  @Test
  void theLineIsThatOfTheMistake() {
    assertThatThrownBy(() -> read("{\n\n  \"a\": x\n}"))
        .hasMessageStartingWith("line 3, column 8: ");
    assertThatThrownBy(() -> new JsonReader().read(Bytes.utf8("{\"a\": x}"), 17))
        .hasMessageStartingWith("line 17, column 7: ");
    assertThatThrownBy(() -> read("")).hasMessageContaining("empty");
    assertThatThrownBy(() -> read(" \n ")).hasMessageContaining("empty");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ff", "c0af", "eda080", "f4908080", "e282"})
  void bytesThatAreNotUtf8AreRefusedWithTheirPlace(String hex) {
    Bytes text = Bytes.concat(Bytes.utf8("[\"ä\",\n \""), Bytes.fromHex(hex), Bytes.utf8("\"]"));
    assertThatThrownBy(() -> new JsonReader().read(text))
        .isInstanceOf(MalformedException.class)
        .hasMessage("line 2, column 3: not UTF-8");
  }

  @Test
  void aByteOrderMarkIsRefused() {
    assertThatThrownBy(() -> read("\ufeff{}")).hasMessageContaining("byte order mark");
    assertThatThrownBy(() -> new JsonReader().read(Bytes.fromHex("007b007d")).members())
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void depthIsBounded() {
    String deepest = "[".repeat(JsonReader.DEPTH_MAX) + "]".repeat(JsonReader.DEPTH_MAX);
    assertThat(read(deepest).isArray()).isTrue();
    for (String bracket : new String[] {"[", "{\"a\":"}) {
      assertThatThrownBy(() -> read(bracket.repeat(100_000)))
          .isInstanceOf(MalformedException.class)
          .hasMessageContaining("nested deeper than " + JsonReader.DEPTH_MAX);
    }
  }

  @Test
  void literalsOfNumbersAreBounded() {
    assertThat(read("1".repeat(JsonReader.NUMBER_CHARS_MAX)).data())
        .isEqualTo(new JsonNumber("1".repeat(JsonReader.NUMBER_CHARS_MAX)));
    assertThatThrownBy(() -> read("1".repeat(JsonReader.NUMBER_CHARS_MAX + 1)))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void aValueKnowsItsPointer() {
    JsonTree root = read("{\"a/b\":[{\"~\":\"x\"}]}");
    JsonTree inner = root.require("a/b").items().get(0).require("~");
    assertThat(inner.pointer()).isEqualTo("/a~1b/0/~0");
    assertThatThrownBy(inner::items).hasMessage("at /a~1b/0/~0: not an array");
    assertThatThrownBy(inner::members).hasMessage("at /a~1b/0/~0: not an object");
    assertThatThrownBy(() -> root.require("a/b").words()).hasMessage("at /a~1b: not a string");
    assertThatThrownBy(() -> root.require("c")).hasMessage("at the top: 'c' is missing");
    assertThatThrownBy(() -> read("{\"a\":\"\"}").words("a")).hasMessage("at /a: an empty string");
    assertThatThrownBy(() -> new JsonReader().read(Bytes.utf8("{\"a\":1}"), 4).words("a"))
        .hasMessage("line 4, at /a: not a string");
  }
}
