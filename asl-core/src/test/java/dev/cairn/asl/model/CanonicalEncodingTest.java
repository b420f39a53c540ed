package dev.cairn.asl.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CanonicalEncodingTest {
  private static final String MAGIC = "41534c31";

  @Test
  void theTrailerStandsBehindThePayload() {
    CanonicalEncoding tagged =
        new CanonicalEncoding(Bytes.utf8("hello"), new TypeTag("text/plain"));
    assertThat(tagged.encode().toHex())
        .isEqualTo("68656c6c6f" + "746578742f706c61696e" + "0a" + "0000000000000005" + MAGIC);
    assertThat(new CanonicalEncoding(Bytes.EMPTY, null).encode().toHex())
        .isEqualTo("00" + "0000000000000000" + MAGIC);
  }

  @Test
  void aLengthBeyondTheLargestPayloadIsTheCallersError() {
    assertThat(CanonicalEncoding.trailer(null, Long.MAX_VALUE).toHex())
        .isEqualTo("007fffffffffffffff" + MAGIC);
    assertThatThrownBy(() -> CanonicalEncoding.trailer(null, -1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "'', nothing",
    "41534c31, the magic alone",
    "000000000000000041534c31, a byte short",
    "00000000000000000041534c32, another version",
    "00000000000000000041534c3100, a byte behind",
    "00000000000000000141534c31, a payload longer than the input",
    "6100000000000000000041534c31, a byte before that nobody counts",
    "00ffffffffffffffff41534c31, a payload of 2^64-1 bytes",
    "007fffffffffffffff41534c31, a payload of 2^63-1 bytes",
    "61ff000000000000000041534c31, a tag longer than the input",
    "80000000000000000041534c31, a tag length above 127",
    "0a01000000000000000041534c31, a tag with a control character",
    "e901000000000000000041534c31, a tag that is not ASCII",
    "7f01000000000000000041534c31, a tag with DEL"
  })
  void whatIsNoEncodingIsRefused(String hex, String what) {
    assertThatThrownBy(() -> CanonicalEncoding.parse(Bytes.fromHex(hex)))
        .as(what)
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void aTagLengthOf128IsRefusedEvenIfTheBytesAreThere() {
    Bytes tag = Bytes.utf8("a".repeat(128));
    Bytes encoded = Bytes.concat(tag, Bytes.fromHex("800000000000000000" + MAGIC));
    assertThatThrownBy(() -> CanonicalEncoding.parse(encoded))
        .isInstanceOf(MalformedException.class);
    CanonicalEncoding longest = new CanonicalEncoding(Bytes.EMPTY, new TypeTag("a".repeat(127)));
    assertThat(CanonicalEncoding.parse(longest.encode())).isEqualTo(longest);
  }

  @Test
  void aPayloadThatLooksLikeATrailerConfusesNobody() {
    CanonicalEncoding inner = new CanonicalEncoding(Bytes.utf8("a"), new TypeTag("b"));
    CanonicalEncoding outer = new CanonicalEncoding(inner.encode(), null);
    assertThat(CanonicalEncoding.parse(outer.encode())).isEqualTo(outer);
    CanonicalEncoding moved = new CanonicalEncoding(Bytes.utf8("hellotext/plain"), null);
    CanonicalEncoding tagged =
        new CanonicalEncoding(Bytes.utf8("hello"), new TypeTag("text/plain"));
    assertThat(moved.encode()).isNotEqualTo(tagged.encode());
  }

  @Property
  void everyEncodingReadsBackAsItself(@ForAll byte[] payload, @ForAll("tags") String tag) {
    CanonicalEncoding encoding = new CanonicalEncoding(Bytes.copyOf(payload), tagOf(tag));
    assertThat(CanonicalEncoding.parse(encoding.encode())).isEqualTo(encoding);
  }

  @Property(tries = 3000)
  void differentArtifactsHaveDifferentEncodings(
      @ForAll("pieces") String left,
      @ForAll("pieces") String leftTag,
      @ForAll("pieces") String right,
      @ForAll("pieces") String rightTag) {
    CanonicalEncoding a = new CanonicalEncoding(Bytes.utf8(left), tagOf(leftTag));
    CanonicalEncoding b = new CanonicalEncoding(Bytes.utf8(right), tagOf(rightTag));
    assertThat(a.encode().equals(b.encode())).isEqualTo(a.equals(b));
  }

  @Property(tries = 3000)
  void anyBytesAreEitherRefusedOrExactlyWhatWeWouldWrite(@ForAll("trailerLike") byte[] bytes) {
    Bytes input = Bytes.copyOf(bytes);
    CanonicalEncoding parsed;
    try {
      parsed = CanonicalEncoding.parse(input);
    } catch (MalformedException e) {
      return;
    }
    assertThat(parsed.encode()).isEqualTo(input);
  }

  @Provide
  Arbitrary<String> tags() {
    return Arbitraries.strings().withCharRange(' ', '~').ofMaxLength(127);
  }

  @Provide
  Arbitrary<String> pieces() {
    return Arbitraries.strings().withChars("ab").ofMaxLength(3);
  }

  @Provide
  Arbitrary<byte[]> trailerLike() {
    Arbitrary<byte[]> front =
        Arbitraries.bytes().between((byte) 0x5e, (byte) 0x63).array(byte[].class).ofMaxSize(4);
    return net.jqwik.api.Combinators.combine(
            front, Arbitraries.integers().between(0, 4), Arbitraries.integers().between(0, 4))
        .as(
            (bytes, tag, payload) ->
                Bytes.concat(
                        Bytes.wrap(bytes),
                        Bytes.wrap(new byte[] {tag.byteValue()}),
                        Bytes.u64(payload),
                        Bytes.fromHex(MAGIC))
                    .toArray());
  }

  private static @Nullable TypeTag tagOf(String text) {
    return text.isEmpty() ? null : new TypeTag(text);
  }
}
