package dev.cairn.federation.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.federation.FormatDocument;
import dev.cairn.federation.protocol.PeerMessage.Goodbye;
import dev.cairn.federation.protocol.PeerMessage.Reason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Packed frames: round trips, the page's vectors, and what must be refused before it costs. */
class PackingTest {
  private static final List<String> ALL = Packing.CODECS;
  private static final Map<String, Bytes> VECTORS = FormatDocument.vectors("packed-frames.md");

  private static Bytes text(int bytes) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; text.length() < bytes; i++) {
      text.append("line ").append(i % 977).append(" of a file that people wrote\n");
    }
    return FrameCodec.encode(new Goodbye(Reason.DONE, text.substring(0, Math.min(bytes, 1_000))))
        .plus(Bytes.utf8(text.substring(0, bytes)));
  }

  private static Bytes packed(int codec, long length, Bytes data) {
    return new WireWriter()
        .message(Packing.PACKED, packed -> packed.number(1, codec).number(2, length).bytes(3, data))
        .toBytes();
  }

  @ParameterizedTest
  @ValueSource(strings = {"zstd", "gzip"})
  void whatIsPackedComesOutAsItWasAndTextIsSmaller(String codec) {
    for (int bytes : new int[] {1_100, 65_536, 300_000}) {
      Bytes frame = text(bytes);
      Bytes packed = Packing.pack(frame, codec);
      assertThat(packed.length()).isLessThan(frame.length() * 6 / 10);
      assertThat(Packing.isPacked(packed)).isTrue();
      assertThat(Packing.unpack(packed, ALL)).isEqualTo(frame);
      assertThat(Packing.pack(frame, codec)).isEqualTo(packed);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"zstd", "gzip"})
  void whatDoesNotGetSmallerOrGetsTooSmallIsSentAsItIs(String codec) {
    byte[] noise = new byte[60_000];
    new Random(1).nextBytes(noise);
    noise[0] = 0x0a;
    assertThat(Packing.pack(Bytes.wrap(noise), codec)).isEqualTo(Bytes.wrap(noise));
    assertThat(Packing.pack(text(20), codec)).isEqualTo(text(20));
    Bytes zeros = Bytes.wrap(new byte[4_000_000]);
    Bytes packed = Packing.pack(zeros, codec);
    assertThat(Packing.unpack(packed, ALL)).isEqualTo(zeros);
  }

  @Test
  void theReceiversFirstChoiceIsTakenAndNothingElse() {
    assertThat(Packing.choose(ALL, ALL)).contains("zstd");
    assertThat(Packing.choose(List.of("gzip", "zstd", "identity"), ALL)).contains("gzip");
    assertThat(Packing.choose(List.of("lzma", "gzip", "identity"), ALL)).contains("gzip");
    assertThat(Packing.choose(List.of("identity", "zstd"), ALL)).isEmpty();
    assertThat(Packing.choose(List.of(), ALL)).isEmpty();
    assertThat(Packing.choose(ALL, List.of("identity"))).isEmpty();
  }

  @Test
  void theVectorsOfThePageAreWhatIsRead() {
    Bytes frame = VECTORS.get("frame");
    for (String codec : List.of("gzip", "zstd")) {
      Bytes packed = VECTORS.get("packed." + codec);
      assertThat(Packing.unpack(packed, ALL)).as(codec).isEqualTo(frame);
      assertThat(Packing.unpack(Packing.pack(frame, codec), ALL)).as(codec).isEqualTo(frame);
    }
    assertThat(Packing.pack(frame, "zstd")).isEqualTo(VECTORS.get("packed.zstd"));
    assertThat(FrameCodec.decode(frame)).isPresent();
    assertThat(FrameCodec.decode(VECTORS.get("packed.zstd")))
        .as("where nothing was agreed on, such as in a bundle")
        .isEmpty();
    VECTORS.forEach(
        (name, bytes) -> {
          if (name.startsWith("refused.")) {
            assertThatThrownBy(() -> Packing.unpack(bytes, ALL))
                .as(name)
                .isInstanceOf(MalformedException.class);
          }
        });
  }

  @Test
  void aCodecThatWasNotOfferedIsRefused() {
    Bytes packed = Packing.pack(text(5_000), "zstd");
    for (List<String> offered :
        List.of(List.<String>of(), List.of("identity"), List.of("gzip", "identity"))) {
      assertThatThrownBy(() -> Packing.unpack(packed, offered))
          .isInstanceOf(MalformedException.class)
          .hasMessageContaining("not offered");
    }
    assertThatThrownBy(() -> Packing.unpack(packed(7, 10, Bytes.utf8("x")), ALL))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void bombsConcatenationsDictionariesAndLiesAreRefused() throws IOException {
    Bytes frame = text(40_000);
    for (String codec : List.of("zstd", "gzip")) {
      int number = codec.equals("zstd") ? 2 : 1;
      Bytes data = data(frame, codec);
      long length = frame.length();
      assertRefused(packed(number, length - 1, data));
      assertRefused(packed(number, length + 1, data));
      assertRefused(packed(number, 0, data));
      assertRefused(packed(number, (4L << 20) + 1, data));
      assertRefused(packed(number, 1L << 40, data));
      assertRefused(packed(number, length, data.plus(data)));
      assertRefused(packed(number, length, data.plus(Bytes.wrap(new byte[1]))));
      assertRefused(packed(number, length, data.slice(0, data.length() - 1)));
      assertRefused(packed(number, length, data.slice(0, data.length() / 2)));
      assertRefused(packed(number, length, Bytes.EMPTY));
      Bytes nested = packed(number, length, data);
      assertRefused(packed(number, nested.length(), data(nested, codec)));
      for (int i = 0; i < data.length(); i += 7) {
        byte[] flipped = data.toArray();
        flipped[i] ^= 0x10;
        Bytes wrong = packed(number, length, Bytes.wrap(flipped));
        try {
          assertThat(Packing.unpack(wrong, ALL)).isEqualTo(frame);
        } catch (MalformedException e) {
          assertThat(e).hasMessageContaining("packed");
        }
      }
    }
    assertRefused(packed(2, 1_000_000, Bytes.wrap(new byte[0])));
    // A skippable frame, one that wants a dictionary, one of a window of 128 MiB, one without
    // length.
    assertRefused(packed(2, 4, hex("502a4d180400000061626364")));
    assertRefused(packed(2, 4, hex("28b52ffd2101000000")));
    assertRefused(packed(2, 4, hex("28b52ffd00880100000000")));
    assertRefused(packed(2, 4, hex("28b52ffd0058010000")));
    // A gzip member with a name, as other programs write.
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(frame.toArray());
    }
    byte[] named = out.toByteArray();
    named[3] = 8;
    assertRefused(packed(1, frame.length(), Bytes.wrap(named)));
    // Far too good to be true, though it is true: 4 MiB out of less than 4 KiB.
    Bytes zeros = Bytes.wrap(new byte[4_000_000]);
    Bytes bomb = data(zeros, "zstd");
    assertThat(bomb.length()).isLessThan(zeros.length() / Packing.RATIO_MAX);
    assertRefused(packed(2, zeros.length(), bomb));
  }

  private static Bytes data(Bytes content, String codec) throws IOException {
    if (codec.equals("gzip")) {
      return GzipMember.compress(content);
    }
    try (var in =
        dev.cairn.pel.operator.zstd.ZstdCompression.of(
            new java.io.ByteArrayInputStream(content.toArray()), content.length(), 3)) {
      return Bytes.wrap(in.readAllBytes());
    }
  }

  private static Bytes hex(String text) {
    return Bytes.wrap(java.util.HexFormat.of().parseHex(text));
  }

  private static void assertRefused(Bytes frame) {
    assertThatThrownBy(() -> Packing.unpack(frame, ALL)).isInstanceOf(MalformedException.class);
  }
}
