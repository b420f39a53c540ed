package dev.cairn.pel.operator.re2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.pel.model.Refusal;
import org.junit.jupiter.api.Test;

class ExpressionTest {
  private static void search(int length, long work) {
    new Expression("a*b|a").search("a".repeat(length), false, match -> true, work, taken -> {});
  }

  @Test
  void aSearchThatLooksTooOftenEnds() {
    search(100, 1_000_000);
    assertThatThrownBy(() -> search(10_000, 1_000_000))
        .isInstanceOf(Refusal.class)
        .extracting(error -> ((Refusal) error).code())
        .isEqualTo("too-expensive");
  }

  @Test
  void theSizeOfAnAutomatonIsEstimatedFromAbove() {
    assertThat(ExpressionSize.of("")).isEqualTo(1);
    assertThat(ExpressionSize.of("abc")).isEqualTo(4);
    assertThat(ExpressionSize.of("[a-z]{3}")).isEqualTo(4);
    assertThat(ExpressionSize.of("(ab){2,5}")).isGreaterThanOrEqualTo(11);
    assertThat(ExpressionSize.of("[^]]{2}[[:alpha:]]\\{9}")).isBetween(7, 10);
    assertThat(ExpressionSize.of("((a{100}){100}){100}")).isGreaterThan(ExpressionSize.MAX);
  }
}
