package dev.cairn.asl.cbor;

import static org.assertj.core.api.Assertions.assertThat;

import java.text.Normalizer;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class CanonicalTextTest {
  @Test
  void composedTextIsCanonicalAndDecomposedIsNot() {
    assertThat(CanonicalText.isCanonical("")).isTrue();
    assertThat(CanonicalText.isCanonical("plain")).isTrue();
    assertThat(CanonicalText.isCanonical("caf\u00e9")).isTrue();
    assertThat(CanonicalText.isCanonical("cafe\u0301")).isFalse();
    assertThat(CanonicalText.isCanonical("\u212b")).as("Angstrom sign").isFalse();
    assertThat(CanonicalText.isCanonical("q\u0316\u0301"))
        .as("marks in order of their class")
        .isTrue();
    assertThat(CanonicalText.isCanonical("q\u0301\u0316")).as("marks out of order").isFalse();
    assertThat(CanonicalText.isCanonical("\ud55c")).as("a Hangul syllable").isTrue();
    assertThat(CanonicalText.isCanonical("\u1112\u1161\u11ab")).as("its parts").isFalse();
    assertThat(CanonicalText.isCanonical("\ud83d\ude00")).isTrue();
    assertThat(CanonicalText.isCanonical("\ud83d")).as("half a surrogate pair").isFalse();
    assertThat(CanonicalText.normalise("cafe\u0301")).isEqualTo("caf\u00e9");
  }

  /**
   * U+1E4EC was assigned in Unicode 15, with a combining class by which newer normalisers reorder
   * it.
   */
  @Test
  void aMarkNewerThanUnicodeThirteenStaysWhereItIs() {
    String newMark = Character.toString(0x1e4ec);
    for (String text :
        new String[] {"a" + newMark + "\u0316", "a\u0301" + newMark, newMark + "\u0301\u0301"}) {
      assertThat(CanonicalText.normalise("x" + text))
          .isEqualTo("x" + CanonicalText.normalise(text));
      assertThat(CanonicalText.isCanonical(CanonicalText.normalise(text))).isTrue();
    }
    assertThat(CanonicalText.isCanonical("a\u0301" + newMark))
        .as("a and accent compose still")
        .isFalse();
    assertThat(CanonicalText.isCanonical("a" + newMark + "\u0301"))
        .as("nothing crosses the new mark")
        .isTrue();
    assertThat(CanonicalText.isCanonical("a\u0301\u0316" + newMark)).isFalse();
    assertThat(CanonicalText.isCanonical("a" + newMark + "\u0316")).isTrue();
  }

  /** U+16125 and its like were assigned in Unicode 16 with a decomposition. */
  @Test
  void aCompositionNewerThanUnicodeThirteenIsNotMade() {
    String parts = Character.toString(0x1611e) + Character.toString(0x1611e);
    assertThat(CanonicalText.isCanonical(parts)).isTrue();
    assertThat(CanonicalText.normalise(parts)).isEqualTo(parts);
    assertThat(CanonicalText.isCanonical(Character.toString(0x16121))).isTrue();
  }

  @Test
  void theTableIsThatOfUnicodeThirteen() {
    int assigned = 0;
    boolean platformIsThirteen = Runtime.version().feature() == 17;
    for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
      boolean known = Character.getType(codePoint) != Character.UNASSIGNED;
      if (CanonicalText.isAssigned(codePoint)) {
        assigned++;
        assertThat(known).as("U+%x", codePoint).isTrue();
      } else if (platformIsThirteen) {
        assertThat(known).as("U+%x", codePoint).isFalse();
      }
    }
    // 143,859 characters, 65 controls, 137,468 private, 2,048 surrogates: the Unicode Standard
    // 13.0, appendix D.
    assertThat(assigned).isEqualTo(143_859 + 65 + 137_468 + 2_048);
  }

  @Property(tries = 3000)
  void forTextOfUnicodeThirteenItIsThePlatformsNormalForm(@ForAll("assigned") String text) {
    assertThat(CanonicalText.normalise(text))
        .isEqualTo(Normalizer.normalize(text, Normalizer.Form.NFC));
    assertThat(CanonicalText.isCanonical(text))
        .isEqualTo(Normalizer.isNormalized(text, Normalizer.Form.NFC));
  }

  /**
   * Letters and marks from where normalisation has much to do: Latin, Greek, Indic, Hangul, music.
   */
  @Provide
  Arbitrary<String> assigned() {
    return Arbitraries.oneOf(
            Arbitraries.integers().between(0x40, 0x7f),
            Arbitraries.integers().between(0xc0, 0x4ff),
            Arbitraries.integers().between(0x300, 0x36f),
            Arbitraries.integers().between(0x900, 0xdff),
            Arbitraries.integers().between(0x1100, 0x11ff),
            Arbitraries.integers().between(0x1e00, 0x1fff),
            Arbitraries.integers().between(0xac00, 0xd7a3),
            Arbitraries.integers().between(0x1d100, 0x1d1ff))
        .filter(CanonicalText::isAssigned)
        .list()
        .ofMaxSize(8)
        .map(list -> list.stream().map(Character::toString).collect(Collectors.joining()));
  }
}
