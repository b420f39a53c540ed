package dev.cairn.pel.operator.cel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.error.UnavailableException;
import dev.cairn.pel.json.CanonicalJson;
import dev.cairn.pel.json.JsonReader;
import dev.cairn.pel.model.Refusal;
import java.util.List;
import java.util.Random;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;

/** What {@code docs/format/operators.md} has no room for: bounds, and hostile expressions. */
class CelTest {
  private static String of(String expression, String input) {
    Cel cel = new Cel(expression, List.of("input"));
    return CanonicalJson.encode(
            cel.evaluate(List.of(new JsonReader("input", 256).read(input)), work -> {}))
        .toUtf8();
  }

  private static AbstractThrowableAssert<?, ?> refused(String expression, String input) {
    return assertThatThrownBy(() -> of(expression, input)).isInstanceOf(Refusal.class);
  }

  private static String numbers(int count) {
    StringBuilder list = new StringBuilder("[0");
    for (int i = 1; i < count; i++) {
      list.append(',').append(i);
    }
    return list.append(']').toString();
  }

  @Test
  void whatIsNoExpressionIsRefusedWithItsPlaceBeforeAnythingIsEvaluated() {
    for (String wrong :
        List.of(
            "",
            "1 +",
            "nothing",
            "f(1)",
            "'a' + 1",
            "input.getHours('UTC')",
            "uint('1')",
            "\"\\ud800\"",
            "google.protobuf.Int32Value{value: 3}",
            "(".repeat(150) + "1" + ")".repeat(150),
            "1" + "+1".repeat(4000),
            "!".repeat(5000) + "x",
            "[".repeat(5000),
            "x".repeat(Cel.CHARS_MAX + 1))) {
      assertThatThrownBy(() -> new Cel(wrong, List.of("input")))
          .as("%.40s", wrong)
          .isInstanceOf(Refusal.class)
          .hasMessageMatching("expression: line -?[0-9]+, column [0-9]+: [ -~]{1,200}");
    }
  }

  @Test
  void variablesHaveNamesAndNoneTwice() {
    for (List<String> wrong :
        List.of(List.<String>of(), List.of("a", "a"), List.of("a-b"), List.of("9"), List.of(""))) {
      assertThatThrownBy(() -> new Cel("1", wrong)).isInstanceOf(Refusal.class);
    }
    assertThatThrownBy(() -> new Cel("in", List.of("in"))).isInstanceOf(Refusal.class);
  }

  @Test
  void everyLoopEndsWithinTheBudget() {
    String nested = "input.all(a, input.all(b, input.all(c, input.all(d, true))))";
    refused(nested, numbers(100)).hasMessageContaining("more than 10000000 steps");
    refused(nested + " || true", numbers(100)).hasMessageContaining("more than 10000000 steps");
    refused("input.map(a, input.map(b, b)).size()", numbers(2500))
        .hasMessageContaining("more than 10000000 steps");
    assertThat(of("input.map(x, x * 2).filter(x, x % 3 == 0).size()", numbers(100_000)))
        .isEqualTo("33334");
  }

  @Test
  void whatGrowsByDoublingIsRefusedBeforeItIsCompared() {
    String lists = "['x']" + ".map(x, [x, x])".repeat(40);
    refused(lists + " == " + lists, "null").hasMessageContaining("more than 10000000 values");
    refused("[[1]]" + ".map(x, x + x)".repeat(40), "null")
        .hasMessageContaining("more than 1048576 items");
    refused("[b'x']" + ".map(x, x + x)".repeat(40), "null")
        .hasMessageContaining("more than 4194304 characters");
    refused("[1]" + ".map(x, {'a': x, 'b': x})".repeat(40), "null")
        .hasMessageContaining("more than 10000000 values");
  }

  @Test
  void searchesArePaidForByWhatTheyLookAt() {
    String text = "[\"" + "a".repeat(1_000_000) + "\"]";
    assertThat(of("input[0].contains('" + "a".repeat(4000) + "b')", text)).isEqualTo("false");
    refused("[1,2,3,4,5,6,7,8,9].all(x, !input[0].matches('(a*)*b{1000}'))", text)
        .hasMessageContaining("steps");
    refused(
            "input.map(a, input.map(b, input.map(c, c.contains('aaab')))).size()",
            "[" + ("\"" + "a".repeat(10_000) + "\",").repeat(99) + "\"\"]")
        .hasMessageContaining("more than 10000000 steps");
  }

  @Test
  void equalityAndMembershipArePaidForByWhatTheyCompare() {
    refused("input.all(a, input.all(b, input == input))", numbers(1000))
        .hasMessageContaining("more than 10000000 steps");
    refused("input.all(a, a in input)", numbers(4000))
        .hasMessageContaining("more than 10000000 steps");
    assertThat(of("input.all(a, a in input)", numbers(2000))).isEqualTo("true");
  }

  @Test
  void aResultHasABound() {
    refused("input.map(x, input)", numbers(1100)).hasMessageContaining("more than 1048576 values");
  }

  @Test
  void aCancelledRunEndsAnEvaluation() {
    Thread.currentThread().interrupt();
    try {
      assertThatThrownBy(() -> of("input.all(a, input.all(b, true))", numbers(1000)))
          .isInstanceOf(UnavailableException.class);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void durationsAndNumbersAreReadAsTheLanguageSays() {
    assertThat(of("string(duration('1h1m1.5s'))", "null")).isEqualTo("\"3661.500s\"");
    assertThat(of("string(duration('1ms2us3ns'))", "null")).isEqualTo("\"0.001002003s\"");
    assertThat(of("duration('90m').getHours()", "null")).isEqualTo("1");
    assertThat(of("int('-9223372036854775808') < 0", "null")).isEqualTo("true");
    assertThat(of("double('+infinity') > 1.0 && string(double('-infinity')) == '-infinity'", "1"))
        .isEqualTo("true");
    for (String wrong :
        List.of(
            "duration('1')",
            "duration('')",
            "duration('1d')",
            "duration('999999999999h')",
            "int('9223372036854775808')",
            "int(' 1')",
            "double('0x1p3')",
            "double('1f')",
            "timestamp('0000-01-01T00:00:00Z')",
            "timestamp('2024-01-01')",
            "timestamp(253402300800)")) {
      refused("string(" + wrong + ")", "null").hasMessageContaining("does not say such a value");
    }
  }

  @Test
  void aPartIsFoundWhereverItStands() {
    Random random = new Random(7);
    for (int i = 0; i < 20_000; i++) {
      String text = letters(random, 12);
      String part = letters(random, 5);
      assertThat(CelFunctions.contains(text, part))
          .as("%s in %s", part, text)
          .isEqualTo(text.contains(part));
    }
  }

  private static String letters(Random random, int lengthMax) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(lengthMax + 1); i > 0; i--) {
      text.append(random.nextBoolean() ? 'a' : 'b');
    }
    return text.toString();
  }
}
