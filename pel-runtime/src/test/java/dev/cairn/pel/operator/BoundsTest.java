package dev.cairn.pel.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.error.UnavailableException;
import dev.cairn.pel.json.Json;
import dev.cairn.pel.model.Refusal;
import dev.cairn.pel.operator.jsonata.Query;
import dev.cairn.pel.operator.re2.Expression;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hostile expressions end, within their bounds, with the same words everywhere. */
@Timeout(120)
class BoundsTest {
  private static final Json NOTHING = new Json.Dict(new java.util.TreeMap<>());

  private static String refusal(Runnable work) {
    try {
      work.run();
    } catch (Refusal e) {
      return e.code();
    }
    return "none";
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "((((a{30}){30}){30}){30}){30}",
        "(a{1000}){1000}",
        "a{99999}",
        "((a{9}|b{9}){9}){999}",
        "(((((((((((x{7}){7}){7}){7}){7}){7}){7}){7}){7}){7}){7})"
      })
  void anAutomatonThatWouldBeHugeIsNotBuilt(String pattern) {
    assertThatThrownBy(() -> new Expression(pattern))
        .isInstanceOf(Refusal.class)
        .hasMessage("pattern: its automaton has more than 10000 states");
  }

  @ParameterizedTest
  @ValueSource(strings = {"(", "a**", "[z-a]", "\\", "(?P<n>", "x{2,1}", "(?=a)", "(a)\\1", "["})
  void whatIsNoExpressionIsRefused(String pattern) {
    assertThat(refusal(() -> new Expression(pattern))).isEqualTo("bad-parameter");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(?i)é",
        "(?i)\\p{Greek}",
        "a(?si:\\x{10570})",
        "(?i)\\123",
        "(?i)\\Qa\\E",
        "(?i)\\pN"
      })
  void whatHangsOnThePlatformsUnicodeIsRefused(String pattern) {
    assertThat(refusal(() -> new Expression(pattern))).isEqualTo("bad-parameter");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "( $f := function($n){ $f($n+1) }; $f(0) )",
        "( $f := function($s){ $f($s & $s) }; $f('x') )",
        "( $f := function($a){ $f($append($a, $a)) }; $f([1,2]) )",
        "$map([1..9999999], function($i){ $map([1..9999999], function($j){ $i * $j }) })",
        "$reduce([1..9999999], function($a,$b){ $a & $string([1..100000]) })",
        "$map([1..9000000], $string) ~> $join",
        "$each({'a':1}, function($v,$k){ $sort([1..5000000], function($l,$r){ $l < $r }) })"
      })
  void aQueryThatWouldNotEndEnds(String query) {
    assertThat(refusal(() -> new Query(query).evaluate(NOTHING, work -> {})))
        .isEqualTo("too-expensive");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(",
        "a.",
        "\"",
        "a[",
        "{",
        "function(",
        "$__evaluate_entry := 0",
        "/a",
        "1 +",
        "function($__evaluate_exit){1}",
        "[[",
        "`a"
      })
  void whatIsNoQueryIsRefused(String query) {
    assertThat(refusal(() -> new Query(query))).isEqualTo("bad-parameter");
  }

  @Test
  void deepBracketsAreRefusedBeforeTheyAreParsed() {
    for (String bracket : List.of("(", "[", "{\"a\":", "$f(", "-(")) {
      assertThat(refusal(() -> new Query(bracket.repeat(1000)))).isEqualTo("bad-parameter");
    }
  }

  @Test
  void aQueryAndASearchEndWhenTheirThreadIsInterrupted() throws InterruptedException {
    for (Runnable work :
        List.<Runnable>of(
            () ->
                new Query("( $f := function($n){ $f($n) }; $f(0) )").evaluate(NOTHING, work -> {}),
            () ->
                new Expression("a*b|a")
                    .search("a".repeat(2_000_000), false, match -> true, work -> {}))) {
      AtomicReference<Throwable> thrown = new AtomicReference<>();
      Thread thread = new Thread(work);
      thread.setUncaughtExceptionHandler((t, error) -> thrown.set(error));
      thread.start();
      thread.interrupt();
      thread.join();
      assertThat(thrown.get()).isInstanceOf(UnavailableException.class);
    }
  }
}
