package dev.cairn.asl.cbor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The deterministic subset of CBOR: what is written, and that nothing else is read. */
class CborTest {
  @ParameterizedTest
  @CsvSource({
    "0, 00",
    "1, 01",
    "10, 0a",
    "23, 17",
    "24, 1818",
    "100, 1864",
    "255, 18ff",
    "256, 190100",
    "1000, 1903e8",
    "65535, 19ffff",
    "65536, 1a00010000",
    "1000000, 1a000f4240",
    "4294967295, 1affffffff",
    "4294967296, 1b0000000100000000",
    "1000000000000, 1b000000e8d4a51000",
    "9223372036854775807, 1b7fffffffffffffff",
    "-1, 20",
    "-10, 29",
    "-24, 37",
    "-25, 3818",
    "-100, 3863",
    "-256, 38ff",
    "-257, 390100",
    "-1000, 3903e7",
    "-9223372036854775808, 3b7fffffffffffffff"
  })
  void integersTakeTheirShortestForm(long value, String hex) {
    assertThat(new CborWriter().integer(value).toBytes().toHex()).isEqualTo(hex);
    CborReader in = reader(hex);
    assertThat(in.integer()).isEqualTo(value);
    in.end();
  }

  @ParameterizedTest
  @CsvSource({
    "1800, shortest",
    "1817, shortest",
    "190000, shortest",
    "1900ff, shortest",
    "1a0000ffff, shortest",
    "1b00000000ffffffff, shortest",
    "1b8000000000000000, above 2^63-1",
    "1bffffffffffffffff, above 2^63-1",
    "3800, shortest",
    "3817, shortest",
    "3b8000000000000000, below -2^63",
    "3bffffffffffffffff, below -2^63",
    "18, too early",
    "19ff, too early",
    "1a000000, too early",
    "1b00000001000000, too early",
    "1c, reserved",
    "1d, reserved",
    "1e, reserved",
    "1f, indefinite",
    "3f, indefinite",
    "40, not",
    "60, not",
    "c000, not",
    "f4, not",
    "f90000, not"
  })
  void anIntegerInAnyOtherFormIsRefused(String hex, String message) {
    assertThatThrownBy(() -> reader(hex).integer())
        .isInstanceOf(MalformedException.class)
        .hasMessageStartingWith("test at byte 0: ")
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource({
    "580100, a length in a longer form than it needs",
    "5f41004100ff, a byte string of indefinite length",
    "41, a byte string longer than the input",
    "5b7fffffffffffffff00, a byte string of 2^63-1 bytes",
    "5bffffffffffffffff00, a byte string of 2^64-1 bytes",
    "780161, a text length in a longer form than it needs",
    "7f6161ff, a text of indefinite length",
    "62c328, text that is not UTF-8",
    "61ff, text that is not UTF-8",
    "62c080, an overlong NUL",
    "63eda080, half a surrogate pair",
    "64f4908080, a code point above 10FFFF",
    "6365cc81, e and an acute accent instead of one character",
    "63e284ab, the Angstrom sign instead of A with ring",
    "7b7fffffffffffffff61, a text of 2^63-1 bytes",
    "980100, an array count in a longer form than it needs",
    "9f00ff, an array of indefinite length",
    "81, an array without its item",
    "9a7fffffff00, an array of 2^31-1 items in one byte",
    "9bffffffffffffffff00, an array of 2^64-1 items",
    "b8016100, a map count in a longer form than it needs",
    "bf616100ff, a map of indefinite length",
    "a1, a map without its pair",
    "a16161, a map without its value",
    "ba7fffffff616100, a map of 2^31-1 pairs",
    "a10000, a map whose key is a number",
    "a1416100, a map whose key is a byte string",
    "a2616200616100, a map whose keys are not sorted",
    "a262616100616200, a map whose keys are sorted by bytes but not by length",
    "a2616100616100, a map with a key twice",
    "a16365cc8100, a map whose key is not in NFC",
    "c000, a tag",
    "c249010000000000000000, a bignum",
    "f7, undefined",
    "f814, false in two bytes",
    "f820, an unassigned simple value",
    "e0, simple value 0",
    "f90000, a half float",
    "fa47c35000, a float",
    "fb7ff8000000000000, a double",
    "ff, a break",
    "fc, a reserved head",
    "0000, an item behind the item",
    "f600, an item behind null",
    "8000, an item behind an array",
    "'', nothing at all"
  })
  void aValueThatWeWouldNotWriteIsRefused(String hex, String what) {
    assertThatThrownBy(() -> decode(Bytes.fromHex(hex)))
        .as(what)
        .isInstanceOf(MalformedException.class)
        .hasMessageStartingWith("test at byte ");
  }

  @Test
  void depthIsBoundedForReadingAndWritingAlike() {
    CborValue deep = new CborValue.Int(1);
    for (int i = 0; i < CborValue.DEPTH_MAX; i++) {
      deep = new CborValue.Array(List.of(deep));
    }
    assertThat(decode(deep.encode())).isEqualTo(deep);
    CborValue deeper = new CborValue.Array(List.of(deep));
    assertThatThrownBy(deeper::encode)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("64");
    Bytes hostile = Bytes.fromHex("81".repeat(100_000) + "00");
    assertThatThrownBy(() -> decode(hostile))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("deeper than 64");
  }

  @Test
  void aCountIsCheckedBeforeAnythingIsMadeOfIt() {
    assertThatThrownBy(() -> reader("9a7fffffff").array())
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("a count of 2147483647 beyond the input's end");
    assertThatThrownBy(() -> reader("5a7fffffff").bytes())
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("a length of 2147483647 beyond the input's end");
  }

  @Test
  void aStructureOfAnotherVersionIsNamedSoHoweverManyFieldsItHas() {
    reader("820107").structure(1, 2);
    assertThatThrownBy(() -> reader("820207").structure(1, 2))
        .isInstanceOf(UnsupportedVersionException.class)
        .hasMessage("test: version 2 is not the supported version 1");
    assertThatThrownBy(() -> reader("83020708").structure(1, 2))
        .isInstanceOf(UnsupportedVersionException.class);
    assertThatThrownBy(() -> reader("83010708").structure(1, 2))
        .isInstanceOf(MalformedException.class)
        .hasMessage("test at byte 0: an array of 3 items where 2 are due");
    assertThatThrownBy(() -> reader("80").structure(1, 2)).isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> reader("8260").structure(1, 2)).isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> reader("8120").structure(1, 1)).isInstanceOf(MalformedException.class);
  }

  @Test
  void theTypedReadersCheckTheirBounds() {
    assertThat(reader("1903e8").uint(1000)).isEqualTo(1000);
    assertThatThrownBy(() -> reader("1903e9").uint(1000))
        .isInstanceOf(MalformedException.class)
        .hasMessage("test at byte 0: 1001 is more than 1000");
    assertThatThrownBy(() -> reader("20").uint()).isInstanceOf(MalformedException.class);
    assertThat(reader("420102").bytes(2)).isEqualTo(Bytes.fromHex("0102"));
    assertThatThrownBy(() -> reader("420102").bytes(3))
        .isInstanceOf(MalformedException.class)
        .hasMessage("test at byte 0: 2 bytes where 3 are due");
    assertThatThrownBy(() -> reader("820000").array(1)).isInstanceOf(MalformedException.class);
    assertThat(reader("f5").bool()).isTrue();
    assertThat(reader("f4").bool()).isFalse();
    assertThatThrownBy(() -> reader("f6").bool()).isInstanceOf(MalformedException.class);
    assertThat(reader("f6").nul()).isTrue();
    assertThat(reader("f5").nul()).isFalse();
    assertThat(reader("").nul()).isFalse();
    CborReader in = reader("0102");
    in.uint();
    assertThat(in.offset()).isEqualTo(1);
    assertThat(in.remaining()).isEqualTo(1);
    assertThatThrownBy(in::end)
        .isInstanceOf(MalformedException.class)
        .hasMessage("test at byte 1: 1 bytes too many");
    assertThat(in.malformed("wrong")).hasMessage("test at byte 1: wrong");
  }

  @Test
  void theWriterTakesOnlyWhatItCanWrite() {
    CborWriter out = new CborWriter();
    assertThatThrownBy(() -> out.uint(-1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> out.array(-1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> out.text("e\u0301")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> out.text("\ud800")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new CborValue.Text("e\u0301"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () ->
                new CborValue.Dict(
                    new TreeMap<>(java.util.Map.of("e\u0301", new CborValue.Null()))))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(out.toBytes()).as("a refusal writes nothing").isEqualTo(Bytes.EMPTY);
    assertThat(
            out.raw(Bytes.fromHex("8101")).text("é").bool(true).bool(false).nul().toBytes().toHex())
        .isEqualTo("810162c3a9f5f4f6");
  }

  @Test
  void itsBufferGrows() {
    CborWriter out = new CborWriter();
    Bytes block = Bytes.wrap(new byte[1000]);
    for (int i = 0; i < 100; i++) {
      out.bytes(block);
    }
    CborReader in = new CborReader("test", out.toBytes());
    for (int i = 0; i < 100; i++) {
      assertThat(in.bytes()).isEqualTo(block);
    }
    in.end();
  }

  @Test
  void mapKeysAreSortedByLengthFirst() {
    SortedMap<String, CborValue> entries = new TreeMap<>();
    for (String key : List.of("b", "aa", "a", "é", "", "z")) {
      entries.put(key, new CborValue.Text(key));
    }
    CborValue.Dict dict = new CborValue.Dict(entries);
    assertThat(dict.entries().keySet()).containsExactly("", "a", "b", "z", "aa", "é");
    assertThat(dict.encode().toHex())
        .isEqualTo("a6606061616161616261626" + "17a617a62616162616162c3a962c3a9");
    assertThat(decode(dict.encode())).isEqualTo(dict);
    assertThat(new CborValue.Dict(dict.entries())).isEqualTo(dict);
  }

  @Property
  void everyValueSurvivesTheRoundTrip(@ForAll("values") CborValue value) {
    assertThat(decode(value.encode())).isEqualTo(value);
  }

  @Property(tries = 5000)
  void anyBytesAreEitherRefusedOrExactlyWhatWeWouldWrite(@ForAll("cborLike") byte[] bytes) {
    Bytes input = Bytes.wrap(bytes);
    CborValue value;
    try {
      value = decode(input);
    } catch (MalformedException e) {
      return;
    }
    assertThat(value.encode()).isEqualTo(input);
  }

  @Property(tries = 2000)
  void aFlippedBitGivesAnotherValueOrARefusalButNeverTheSameValue(
      @ForAll("values") CborValue value, @ForAll int place) {
    byte[] bent = value.encode().toArray();
    int bit = Math.floorMod(place, bent.length * 8);
    bent[bit / 8] ^= (byte) (1 << (bit % 8));
    try {
      assertThat(decode(Bytes.wrap(bent))).isNotEqualTo(value);
    } catch (MalformedException e) {
      assertThat(e).hasMessageStartingWith("test at byte ");
    }
  }

  @Provide
  Arbitrary<CborValue> values() {
    return values(3);
  }

  /** Short strings over heads and arguments that matter, so that many of them are well-formed. */
  @Provide
  Arbitrary<byte[]> cborLike() {
    Arbitrary<Byte> heads =
        Arbitraries.of(
                0x00, 0x17, 0x18, 0x20, 0x38, 0x40, 0x41, 0x60, 0x61, 0x62, 0x80, 0x81, 0x82, 0xa0,
                0xa1, 0xa2, 0xf4, 0xf6)
            .map(Integer::byteValue);
    return Arbitraries.oneOf(heads, heads, Arbitraries.bytes())
        .array(byte[].class)
        .ofMinSize(0)
        .ofMaxSize(10);
  }

  private static Arbitrary<CborValue> values(int depth) {
    Arbitrary<String> texts =
        Arbitraries.strings()
            .ofMaxLength(5)
            .filter(CborTest::isWellFormed)
            .map(CborWriter::normalise);
    Arbitrary<CborValue> leaves =
        Arbitraries.oneOf(
            Arbitraries.just(new CborValue.Null()),
            Arbitraries.of(true, false).map(CborValue.Bool::new),
            Arbitraries.longs().map(CborValue.Int::new),
            texts.map(CborValue.Text::new),
            Arbitraries.bytes()
                .array(byte[].class)
                .ofMaxSize(30)
                .map(b -> new CborValue.Binary(Bytes.copyOf(b))));
    if (depth == 0) {
      return leaves;
    }
    return Arbitraries.oneOf(
        leaves,
        values(depth - 1).list().ofMaxSize(4).map(CborValue.Array::new),
        Arbitraries.maps(texts, values(depth - 1))
            .ofMaxSize(4)
            .map(map -> new CborValue.Dict(new TreeMap<>(map))));
  }

  private static boolean isWellFormed(String text) {
    return text.codePoints()
        .noneMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
  }

  private static CborValue decode(Bytes encoded) {
    CborReader in = new CborReader("test", encoded);
    CborValue value = CborValue.read(in);
    in.end();
    return value;
  }

  private static CborReader reader(String hex) {
    return new CborReader("test", Bytes.fromHex(hex));
  }
}
