package dev.cairn.federation.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.PayloadDigest;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HashRangeTest {
  private static PayloadDigest digest(String prefix) {
    return new PayloadDigest(Bytes.fromHex(prefix + "0".repeat(64 - prefix.length())));
  }

  @ParameterizedTest
  @CsvSource({
    "all, '00 7f ff', ''",
    "40..80, '40 7f', '3f 80 00 ff'",
    "..80, '00 7f', '80 ff'",
    "4.., '40 ff', '00 3f'",
    "c0..40, 'c0 ff 00 3f', '40 bf'"
  })
  void whatIsInIt(String text, String inside, String outside) {
    HashRange range = HashRange.parse(text);
    assertThat(HashRange.parse(range.toString())).isEqualTo(range);
    for (String prefix : inside.split(" ", -1)) {
      assertThat(range.contains(digest(prefix))).as(prefix).isTrue();
    }
    for (String prefix : outside.isEmpty() ? new String[0] : outside.split(" ", -1)) {
      assertThat(range.contains(digest(prefix))).as(prefix).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "..0", "40..40", "4..40", "40", "4g..", "40...80", "ALL", "A0..b0"})
  void whatIsNone(String text) {
    assertThatThrownBy(() -> HashRange.parse(text)).isInstanceOf(MalformedException.class);
  }

  @Test
  void aDigestIsWritten64DigitsLongAtMost() {
    String longest = "1".repeat(64);
    assertThat(HashRange.parse(longest + "..").toString()).isEqualTo(longest + "..");
    assertThatThrownBy(() -> HashRange.parse(longest + "1.."))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> new HashRange(Bytes.fromHex("40"), HashRange.ALL.to()))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void straightPartsAreTheSameInOrder() {
    assertThat(HashRange.parse("40..80").straight()).containsExactly(HashRange.parse("40..80"));
    assertThat(HashRange.ALL.straight()).containsExactly(HashRange.ALL);
    assertThat(HashRange.parse("40..").straight()).containsExactly(HashRange.parse("40.."));
    assertThat(HashRange.parse("c0..40").straight())
        .containsExactly(HashRange.parse("..40"), HashRange.parse("c0.."));
  }

  @ParameterizedTest
  @CsvSource({"all, ''", "..40, ''", "40..80, 3f", "4001.., 4000", "0001.., 0000"})
  void whatComesBeforeIt(String text, @Nullable String before) {
    PayloadDigest expected =
        before == null || before.isEmpty()
            ? null
            : new PayloadDigest(Bytes.fromHex(before + "f".repeat(64 - before.length())));
    assertThat(HashRange.parse(text).before()).isEqualTo(expected);
  }
}
