package dev.cairn.asl.note;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.GoldenVectors;
import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LogProofTest {
  private static final GoldenVectors LOG = GoldenVectors.of("merkle-log.md");
  private static final Bytes NOTE = LOG.get("checkpoint.note");

  private static List<Bytes> hashes() {
    Bytes all = LOG.get("inclusion.2of5");
    List<Bytes> hashes = new ArrayList<>();
    for (int at = 0; at < all.length(); at += 32) {
      hashes.add(all.slice(at, at + 32));
    }
    return hashes;
  }

  private static LogProof proof(Bytes extra) {
    return new LogProof(extra, 2, hashes(), NOTE);
  }

  private static String text() {
    return proof(Bytes.utf8("more")).encode().toUtf8();
  }

  @Test
  void aProofIsReadAsItIsWritten() {
    for (Bytes extra : new Bytes[] {null, Bytes.utf8("more")}) {
      assertThat(LogProof.parse(proof(extra).encode())).isEqualTo(proof(extra));
    }
    LogProof alone = new LogProof(null, 0, List.of(), NOTE);
    assertThat(LogProof.parse(alone.encode())).isEqualTo(alone);
    assertThat(text())
        .startsWith("c2sp.org/tlog-proof@v1\nextra bW9yZQ==\nindex 2\n")
        .endsWith("\n\n" + NOTE.toUtf8());
  }

  @Test
  void aLeafIsProvenAtItsIndexOnly() {
    proof(null).verify(LOG.get("leaf.2"));
    assertThatThrownBy(() -> proof(null).verify(LOG.get("leaf.3")))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> new LogProof(null, 3, hashes(), NOTE).verify(LOG.get("leaf.2")))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> new LogProof(null, 5, hashes(), NOTE).verify(LOG.get("leaf.2")))
        .hasMessageContaining("is not in a tree of 5");
  }

  @ParameterizedTest
  @CsvSource({
    "proof@v1, proof@v2, first line",
    "extra , Extra , index <n>",
    "bW9yZQ==, bW9yZR==, canonical base64",
    "bW9yZQ==, '', empty extra",
    "index 2, index 02, decimal",
    "index 2, index -1, decimal",
    "index 2, index 9223372036854775808, 2^63",
    "index 2, index, index <n>",
  })
  void anotherTextIsRefused(String was, String is, String why) {
    assertThat(text()).contains(was);
    Bytes changed = Bytes.utf8(text().replace(was, is));
    assertThatThrownBy(() -> LogProof.parse(changed))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining(why);
  }

  @Test
  void everyCutAndACarriageReturnAreRefused() {
    byte[] all = text().getBytes(StandardCharsets.UTF_8);
    for (int length = 0; length < all.length; length++) {
      Bytes cut = Bytes.copyOf(all, 0, length);
      assertThatThrownBy(() -> LogProof.parse(cut))
          .as("cut at %s", length)
          .isInstanceOf(MalformedException.class);
    }
    Bytes dos = Bytes.utf8(text().replace("index 2\n", "index 2\r\n"));
    assertThatThrownBy(() -> LogProof.parse(dos)).isInstanceOf(MalformedException.class);
  }

  @Test
  void tooManyAndShortHashesAreRefused() {
    Bytes hash = LOG.get("leaf.0");
    List<Bytes> many = Collections.nCopies(65, hash);
    assertThatThrownBy(() -> new LogProof(null, 0, many, NOTE))
        .isInstanceOf(MalformedException.class);
    String first = text().lines().skip(3).findFirst().orElseThrow();
    Bytes more = Bytes.utf8(text().replace(first + "\n", (first + "\n").repeat(63)));
    assertThatThrownBy(() -> LogProof.parse(more)).hasMessageContaining("more than 64 hashes");
    Bytes shorter = Bytes.utf8(text().replace(first, "AAAA"));
    assertThatThrownBy(() -> LogProof.parse(shorter)).hasMessageContaining("3 bytes");
  }
}
