package dev.cairn.asl.bytes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ReadOnlyBufferException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class BytesTest {
  private static final Bytes ABC = Bytes.utf8("abc");

  @Test
  void aCopyDoesNotSeeLaterWrites() {
    byte[] array = {1, 2, 3, 4};
    Bytes whole = Bytes.copyOf(array);
    Bytes part = Bytes.copyOf(array, 1, 3);
    array[1] = 9;
    assertThat(whole.toHex()).isEqualTo("01020304");
    assertThat(part.toHex()).isEqualTo("0203");
    whole.toArray()[0] = 9;
    assertThat(whole.at(0)).isEqualTo(1);
  }

  @Test
  void aRangeBeyondTheArrayIsRefusedAndNeverPadded() {
    byte[] array = {1, 2, 3};
    assertThatThrownBy(() -> Bytes.copyOf(array, 0, 4))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> Bytes.copyOf(array, 2, 1))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> ABC.slice(1, 4)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> ABC.slice(4)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> ABC.at(3)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> ABC.at(-1)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void aSliceCannotReadItsNeighbours() {
    Bytes middle = Bytes.fromHex("00112233445566778899aabbccddeeff").slice(4, 12);
    assertThat(middle.u64At(0)).isEqualTo(0x445566778899aabbL);
    assertThat(middle.u32At(4)).isEqualTo(0x8899aabb);
    assertThatThrownBy(() -> middle.u64At(1)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> middle.u32At(5)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> middle.u32At(-1)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> middle.at(8)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThat(middle.toByteBuffer().remaining()).isEqualTo(8);
    assertThat(middle.toByteBuffer().getLong()).isEqualTo(0x445566778899aabbL);
    assertThatThrownBy(() -> middle.toByteBuffer().put((byte) 0))
        .isInstanceOf(ReadOnlyBufferException.class);
  }

  @Test
  void aSliceIsAsGoodAsACopy() throws IOException, NoSuchAlgorithmException {
    Bytes slice = Bytes.utf8("xabcx").slice(1, 4);
    assertThat(slice).isEqualTo(ABC).hasSameHashCodeAs(ABC).isEqualByComparingTo(ABC);
    assertThat(slice.toUtf8()).isEqualTo("abc");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    slice.writeTo(out);
    assertThat(out.toByteArray()).isEqualTo(ABC.toArray());
    byte[] target = new byte[5];
    slice.copyTo(target, 1);
    assertThat(target).containsExactly(0, 'a', 'b', 'c', 0);
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    slice.updateInto(digest);
    assertThat(Bytes.wrap(digest.digest()).toHex())
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assertThat(slice.startsWith(Bytes.utf8("ab"))).isTrue();
    assertThat(slice.startsWith(Bytes.utf8("abcd"))).isFalse();
    assertThat(slice.startsWith(Bytes.utf8("b"))).isFalse();
    assertThat(slice.startsWith(Bytes.EMPTY)).isTrue();
  }

  @Test
  void aPartIsComparedWithAPartOfAnArrayAndNotWithWhatLiesBesideIt() {
    Bytes bytes = Bytes.wrap(new byte[] {9, 1, 2, 3, 9}).slice(1, 4);
    byte[] array = {7, 2, 3, 8};
    assertThat(bytes.equalsAt(1, array, 1, 2)).isTrue();
    assertThat(bytes.equalsAt(0, array, 1, 2)).isFalse();
    assertThat(bytes.equalsAt(1, array, 0, 2)).isFalse();
    assertThat(bytes.equalsAt(3, array, 4, 0)).isTrue();
    assertThatThrownBy(() -> bytes.equalsAt(2, array, 1, 2))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> bytes.equalsAt(0, array, 2, 3))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void emptinessHasOneInstance() {
    assertThat(Bytes.utf8("")).isSameAs(Bytes.EMPTY);
    assertThat(Bytes.wrap(new byte[0])).isSameAs(Bytes.EMPTY);
    assertThat(ABC.slice(3)).isSameAs(Bytes.EMPTY);
    assertThat(Bytes.concat()).isSameAs(Bytes.EMPTY);
    assertThat(Bytes.EMPTY.isEmpty()).isTrue();
  }

  @Test
  void halfASurrogatePairHasNoBytes() {
    assertThatThrownBy(() -> Bytes.utf8("a\ud83d")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Bytes.utf8("\ude00\ud83d"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(Bytes.utf8("\ud83d\ude00").toHex()).isEqualTo("f09f9880");
  }

  @Test
  void thePrefixEndIsTheLeastGreaterThanAllWithThePrefix() {
    assertThat(Bytes.fromHex("0102").prefixEnd()).isEqualTo(Bytes.fromHex("0103"));
    assertThat(Bytes.fromHex("01ff").prefixEnd()).isEqualTo(Bytes.fromHex("02"));
    assertThat(Bytes.fromHex("7fff").prefixEnd()).isEqualTo(Bytes.fromHex("80"));
    assertThat(Bytes.fromHex("ffff").prefixEnd()).isEqualTo(Bytes.EMPTY);
    assertThat(Bytes.EMPTY.prefixEnd()).isEqualTo(Bytes.EMPTY);
  }

  @Test
  void longsSortAsUnsignedNumbers() {
    assertThat(Bytes.u64(1)).isLessThan(Bytes.u64(256)).isGreaterThan(Bytes.u64(0));
    assertThat(Bytes.u64(-1)).isGreaterThan(Bytes.u64(Long.MAX_VALUE));
    assertThat(Bytes.u64(0x0102030405060708L).toHex()).isEqualTo("0102030405060708");
  }

  @Test
  void badHexIsTheCallersError() {
    assertThat(Bytes.fromHex("aBcD").toHex()).isEqualTo("abcd");
    assertThatThrownBy(() -> Bytes.fromHex("abc")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Bytes.fromHex("0g")).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void itsDescriptionShowsItsLengthAndNoByte() {
    assertThat(Bytes.fromHex("0102030405060708")).hasToString("Bytes[8 bytes]");
    assertThat(Bytes.EMPTY).hasToString("Bytes[0 bytes]");
  }

  @Property
  void orderIsThatOfUnsignedBytesAndAgreesWithEquality(
      @ForAll @Size(max = 4) byte[] left, @ForAll @Size(max = 4) byte[] right) {
    Bytes a = Bytes.wrap(left);
    Bytes b = Bytes.wrap(right);
    int due = padded(left).compareTo(padded(right));
    if (due == 0) {
      due = Integer.compare(left.length, right.length);
    }
    assertThat(Integer.signum(a.compareTo(b))).isEqualTo(due);
    assertThat(a.equals(b)).isEqualTo(due == 0);
  }

  @Property
  void longBytesThatShareABeginningAreOrderedTooWhereverTheyLie(
      @ForAll @Size(max = 20) byte[] shared,
      @ForAll @Size(max = 12) byte[] left,
      @ForAll @Size(max = 12) byte[] right,
      @ForAll @Size(max = 9) byte[] before) {
    Bytes a = Bytes.wrap(shared).plus(Bytes.wrap(left));
    Bytes b = Bytes.wrap(shared).plus(Bytes.wrap(right));
    Bytes slice = Bytes.wrap(before).plus(b).slice(before.length);
    int due = Integer.signum(Arrays.compareUnsigned(a.toArray(), b.toArray()));
    assertThat(Integer.signum(a.compareTo(slice))).isEqualTo(due);
    assertThat(Integer.signum(slice.compareTo(a))).isEqualTo(-due);
    assertThat(a.equals(slice)).isEqualTo(due == 0);
    assertThat(slice).isEqualTo(b).hasSameHashCodeAs(b);
  }

  @Test
  void hashesOfNeighboursAreFarApart() {
    Set<Integer> lowBits = new TreeSet<>();
    for (int i = 0; i < 1024; i++) {
      Bytes key = Bytes.wrap(new byte[36]).plus(Bytes.u64(i));
      int hash = key.hashCode();
      lowBits.add((hash ^ (hash >>> 16)) & 1023);
    }
    assertThat(lowBits).hasSizeGreaterThan(550); // Chance gives 647.
  }

  @Property
  void hexAndConcatenationRoundTrip(@ForAll byte[] left, @ForAll byte[] right) {
    Bytes joined = Bytes.wrap(left).plus(Bytes.wrap(right));
    assertThat(joined.slice(0, left.length)).isEqualTo(Bytes.wrap(left));
    assertThat(joined.slice(left.length)).isEqualTo(Bytes.wrap(right));
    assertThat(Bytes.fromHex(joined.toHex())).isEqualTo(joined);
  }

  @Property
  void whateverBeginsWithAPrefixLiesBelowItsEnd(
      @ForAll @Size(min = 1, max = 3) byte[] prefix, @ForAll @Size(max = 3) byte[] rest) {
    Bytes start = Bytes.wrap(prefix);
    Bytes end = start.prefixEnd();
    Bytes inside = start.plus(Bytes.wrap(rest));
    assertThat(inside).isGreaterThanOrEqualTo(start);
    if (!end.isEmpty()) {
      assertThat(inside).isLessThan(end);
      assertThat(end.startsWith(start)).isFalse();
    }
  }

  private static BigInteger padded(byte[] bytes) {
    return new BigInteger(1, java.util.Arrays.copyOf(bytes, 4));
  }

  @Test
  void slicesThatStandBehindEachOtherHoldOneArray() {
    Bytes whole = Bytes.wrap(new byte[100]);
    Bytes other = Bytes.wrap(new byte[7]);
    assertThat(Bytes.held(List.of())).isZero();
    assertThat(Bytes.held(List.of(whole.slice(3, 5), whole.slice(5, 9), other, Bytes.EMPTY)))
        .isEqualTo(107);
  }

  @Property
  void textIsReadStrictlyExactlyIfADecoderReadsIt(
      @ForAll @Size(max = 8) List<@IntRange(min = 0, max = 17) Integer> parts) {
    // Leading bytes, bytes behind them, and the character that stands for what cannot be read.
    List<String> known =
        List.of(
            "00", "61", "7f", "80", "9f", "a0", "bf", "bd", "c0", "c2", "df", "e0", "ed", "ef",
            "f0", "f4", "ff", "efbfbd");
    Bytes bytes =
        Bytes.concat(parts.stream().map(known::get).map(Bytes::fromHex).toArray(Bytes[]::new));
    String due;
    try {
      due = StandardCharsets.UTF_8.newDecoder().decode(bytes.toByteBuffer()).toString();
    } catch (CharacterCodingException e) {
      assertThatThrownBy(bytes::toWellFormedUtf8).isInstanceOf(CharacterCodingException.class);
      return;
    }
    assertThatCode(() -> assertThat(bytes.toWellFormedUtf8()).isEqualTo(due))
        .doesNotThrowAnyException();
  }

  @Property
  void textIsWellFormedExactlyIfAnEncoderTakesIt(
      @ForAll @Size(max = 6) List<@IntRange(min = 0, max = 4) Integer> parts) {
    StringBuilder text = new StringBuilder();
    parts.forEach(part -> text.append("a\u00e9\ud83d\ude00\uffff".charAt(part)));
    boolean due = StandardCharsets.UTF_8.newEncoder().canEncode(text);
    assertThat(Bytes.isWellFormed(text.toString())).isEqualTo(due);
  }
}
