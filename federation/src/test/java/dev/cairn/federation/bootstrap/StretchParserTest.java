package dev.cairn.federation.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.federation.FormatDocument;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StretchParserTest {
  /** Writes down what is parsed. */
  private static final class Heard implements StretchParser.Sink {
    final List<String> all = new ArrayList<>();
    private long large;

    @Override
    public void record(Bytes record, @Nullable Bytes payload) {
      all.add("record " + record.toHex() + " " + (payload == null ? "none" : payload.toHex()));
    }

    @Override
    public void recordOfLarge(Bytes record, long length) {
      all.add("large " + record.toHex() + " " + length);
      large = 0;
    }

    @Override
    public void piece(Bytes piece) {
      large += piece.length();
    }

    @Override
    public void endOfLarge() {
      all.add("end of " + large);
    }

    @Override
    public void checkpoint(Bytes note) {
      all.add("note " + note.toHex());
    }
  }

  private static Bytes hex(String hex) {
    return Bytes.fromHex(hex);
  }

  /** Every kind of entry, with lengths at their bounds. */
  private static Bytes everything() {
    return Bytes.concat(
        FormatDocument.vectors("bootstrap.md").get("data"),
        hex("0400"),
        Bytes.wrap(new byte[1024]),
        hex("0100010000"),
        Bytes.wrap(new byte[65_536]),
        hex("00017201" + "00000000"),
        hex("00017402" + "0000000000010001"),
        Bytes.wrap(new byte[65_537]),
        hex("0000" + "00010000"),
        Bytes.wrap(new byte[65_536]),
        hex("00017500"));
  }

  @Test
  void theVectorOfThePageIsTwoRecordsAndACheckpoint() {
    Heard heard = new Heard();
    StretchParser parser = new StretchParser(heard);
    parser.parse(FormatDocument.vectors("bootstrap.md").get("data"));
    assertThat(heard.all)
        .containsExactly("record 72 none", "record 73 " + Bytes.utf8("hello").toHex(), "note 6e");
    assertThat(parser.isAtEnd()).isTrue();
  }

  @Test
  void cutsAnywhereChangeNothing() {
    Heard whole = new Heard();
    new StretchParser(whole).parse(everything());
    assertThat(whole.all).hasSize(9).contains("end of 65537");
    Random random = new Random(4);
    for (int round = 0; round < 60; round++) {
      Heard heard = new Heard();
      StretchParser parser = new StretchParser(heard);
      int max = round < 3 ? 1 + round : 1 << (1 + random.nextInt(18));
      Bytes rest = everything();
      while (!rest.isEmpty()) {
        int count = Math.min(rest.length(), 1 + random.nextInt(max));
        parser.parse(rest.slice(0, count));
        rest = rest.slice(count);
      }
      assertThat(heard.all).isEqualTo(whole.all);
      assertThat(parser.isAtEnd()).isTrue();
    }
  }

  @Test
  void anEndWithinAnEntryIsNoEnd() {
    for (String begun :
        new String[] {"00", "0001", "000172", "00017201", "0001720100000001", "0000"}) {
      StretchParser parser = new StretchParser(new Heard());
      parser.parse(hex(begun));
      assertThat(parser.isAtEnd()).as(begun).isFalse();
    }
    StretchParser parser = new StretchParser(new Heard());
    parser.parse(hex("000172020000000000010001ff"));
    assertThat(parser.isAtEnd()).isFalse();
  }

  @Test
  void lengthsBeyondTheirBoundsAreRefusedBeforeTheirBytesCome() {
    for (String wrong :
        new String[] {
          "0401" + "00".repeat(20), // a record of 1,025 bytes
          "ffff" + "00".repeat(20),
          "00017203", // a kind of payload that there is not
          "0001720100010001", // a small payload that is not small
          "00017201ffffffff",
          "000172020000000000010000", // a large one that is not large
          "00017202ffffffffffffffff",
          "000000000000", // a note of nothing
          "000000010001",
          "0000ffffffff",
        }) {
      StretchParser parser = new StretchParser(new Heard());
      assertThatThrownBy(() -> parser.parse(hex(wrong)))
          .as(wrong)
          .isInstanceOf(MalformedException.class);
    }
  }

  @Test
  void noiseIsEntriesOrATypedError() {
    Random random = new Random(9);
    int refused = 0;
    for (int i = 0; i < 3_000; i++) {
      byte[] noise = new byte[random.nextInt(300)];
      random.nextBytes(noise);
      if (noise.length > 1 && random.nextBoolean()) {
        noise[0] = 0;
      }
      try {
        new StretchParser(new Heard()).parse(Bytes.wrap(noise));
      } catch (MalformedException e) {
        refused++;
      }
    }
    assertThat(refused).isPositive();
  }
}
