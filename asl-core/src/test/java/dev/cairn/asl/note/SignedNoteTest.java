package dev.cairn.asl.note;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.Vectors;
import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.error.MalformedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SignedNoteTest {
  private static final SigningKey ALICE =
      SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8("alice")));
  private static final SigningKey BOB =
      SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8("bob")));
  private static final VerifierKey ALICE_KEY = new VerifierKey("alice.example", ALICE.publicKey());
  private static final VerifierKey BOB_KEY = new VerifierKey("bob.example", BOB.publicKey());
  private static final String TEXT = "first line\n\nthird line: é\n";

  @Test
  void aNoteIsTextAnEmptyLineAndSignatures() {
    SignedNote note = new SignedNote(TEXT, List.of(sign(ALICE, ALICE_KEY), sign(BOB, BOB_KEY)));
    String encoded = note.encode().toUtf8();
    assertThat(encoded).startsWith(TEXT + "\n— alice.example ").endsWith("=\n");
    assertThat(encoded.lines().skip(4)).hasSize(2).allMatch(line -> line.startsWith("— "));
    assertThat(SignedNote.parse(note.encode())).isEqualTo(note);
  }

  @Test
  void unknownKeysAreIgnoredAndOneKnownOneIsEnough() {
    SignedNote note = new SignedNote(TEXT, List.of(sign(ALICE, ALICE_KEY), sign(BOB, BOB_KEY)));
    assertThat(note.verify(List.of(ALICE_KEY))).containsExactly(ALICE_KEY);
    assertThat(note.verify(List.of(BOB_KEY, ALICE_KEY))).containsExactly(ALICE_KEY, BOB_KEY);
    VerifierKey otherName = new VerifierKey("carol.example", ALICE.publicKey());
    VerifierKey otherKey = new VerifierKey("alice.example", BOB.publicKey());
    assertThatThrownBy(() -> note.verify(List.of(otherName, otherKey)))
        .isInstanceOf(MalformedException.class)
        .hasMessage("signed note: no signature of a known key");
    assertThatThrownBy(() -> note.verify(List.of())).isInstanceOf(MalformedException.class);
  }

  @Test
  void oneBadSignatureOfAKnownKeyRejectsTheWholeNote() {
    NoteSignature bad =
        new NoteSignature("bob.example", BOB_KEY.keyHash(), ALICE.sign(Bytes.utf8(TEXT)));
    SignedNote note = new SignedNote(TEXT, List.of(sign(ALICE, ALICE_KEY), bad));
    assertThat(note.verify(List.of(ALICE_KEY))).containsExactly(ALICE_KEY);
    assertThatThrownBy(() -> note.verify(List.of(ALICE_KEY, BOB_KEY)))
        .isInstanceOf(MalformedException.class)
        .hasMessage("signed note: the signature of bob.example does not verify");
    SignedNote goodThenBad = new SignedNote(TEXT, List.of(sign(BOB, BOB_KEY), bad));
    assertThatThrownBy(() -> goodThenBad.verify(List.of(BOB_KEY)))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void aKeyThatSignsTwiceCountsOnce() {
    SignedNote note = new SignedNote(TEXT, List.of(sign(ALICE, ALICE_KEY), sign(ALICE, ALICE_KEY)));
    assertThat(note.verify(List.of(ALICE_KEY))).containsExactly(ALICE_KEY);
  }

  @Test
  void theSameKnownKeyTwiceIsTheCallersError() {
    SignedNote note = new SignedNote(TEXT, List.of(sign(ALICE, ALICE_KEY)));
    assertThatThrownBy(() -> note.verify(List.of(ALICE_KEY, ALICE_KEY)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\n",
        "\n\n",
        "text\n",
        "text\n\n",
        "text\n\n\n",
        "text\nLINE\n",
        "text\n\nLINE",
        "text\n\nLINE\n\n",
        "text\n\nLINE\n\nLINE",
        "text\n\nLINE\ntext\n",
        "text\n\n LINE\n",
        "text\n\nLINE \n",
        "text\r\n\r\nLINE\r\n",
        "text\t\n\nLINE\n",
        "te\0xt\n\nLINE\n",
        "te\u001bxt\n\nLINE\n",
        "text\n\n- alice AAAAAAA=\n",
        "text\n\n—alice AAAAAAA=\n",
        "text\n\n— alice\n",
        "text\n\n— alice \n",
        "text\n\n—  AAAAAAA=\n",
        "text\n\n— AAAAAAA=\n",
        "text\n\n— al ice AAAAAAA=\n",
        "text\n\n— al\u00a0ice AAAAAAA=\n",
        "text\n\n— al\u2003ice AAAAAAA=\n",
        "text\n\n— al\u0085ice AAAAAAA=\n",
        "text\n\n— al+ice AAAAAAA=\n",
        "text\n\n— alice  AAAAAAA=\n",
        "text\n\n— alice AAAAAA==\n",
        "text\n\n— alice AAAA\n",
        "text\n\n— alice AAAAAAA\n",
        "text\n\n— alice AAAAAAB=\n",
        "text\n\n— alice AAAAAA-=\n",
        "text\n\n— alice AAAAAAA==\n",
        "text\n\n— alice AAAAAAA= AAAAAAA=\n",
        "text\n\n— alice AAAA*AAA=\n",
      })
  void aNoteThatWeWouldNotWriteIsRefused(String template) {
    Bytes note = Bytes.utf8(template.replace("LINE", "— alice AAAAAAA="));
    assertThatThrownBy(() -> SignedNote.parse(note)).isInstanceOf(MalformedException.class);
  }

  @Test
  void theLeastNoteIsAccepted() {
    SignedNote note = SignedNote.parse(Bytes.utf8("\n\n— a AAAAAAA=\n"));
    assertThat(note)
        .isEqualTo(new SignedNote("\n", List.of(new NoteSignature("a", 0, Bytes.fromHex("00")))));
  }

  @Test
  void bytesThatAreNotUtf8AreRefused() {
    Bytes note = Bytes.fromHex("ff").plus(Bytes.utf8("\n\n— a AAAAAAA=\n"));
    assertThatThrownBy(() -> SignedNote.parse(note))
        .isInstanceOf(MalformedException.class)
        .hasMessage("signed note: not UTF-8");
  }

  @Test
  void notesAreBoundedInBytesAndSignatures() {
    NoteSignature signature = sign(ALICE, ALICE_KEY);
    SignedNote most = new SignedNote("text\n", Collections.nCopies(64, signature));
    assertThat(SignedNote.parse(most.encode()).signatures()).hasSize(64);
    String oneMore = most.encode().toUtf8() + signature.line() + "\n";
    assertThatThrownBy(() -> SignedNote.parse(Bytes.utf8(oneMore)))
        .isInstanceOf(MalformedException.class)
        .hasMessage("signed note: more than 64 signatures");
    assertThatThrownBy(() -> new SignedNote("text\n", Collections.nCopies(65, signature)))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> new SignedNote("text\n", List.of()))
        .isInstanceOf(MalformedException.class);
    Bytes tooLong = Bytes.utf8("x".repeat(65_536) + "\n\n" + signature.line() + "\n");
    assertThatThrownBy(() -> SignedNote.parse(tooLong))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("more than 65536");
    SignedNote unwritable = new SignedNote("x".repeat(65_536) + "\n", List.of(signature));
    assertThatThrownBy(unwritable::encode).isInstanceOf(MalformedException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"no newline", "control \u0007\n", "\ud800\n", ""})
  void aTextThatCannotBeSignedIsRefusedAtOnce(String text) {
    List<NoteSignature> signatures = List.of(sign(ALICE, ALICE_KEY));
    assertThatThrownBy(() -> new SignedNote(text, signatures))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void aVerifierKeyHasATextForm() {
    String text = ALICE_KEY.format();
    assertThat(text).matches("alice\\.example\\+[0-9a-f]{8}\\+[A-Za-z0-9+/]{44}");
    assertThat(VerifierKey.parse(text)).isEqualTo(ALICE_KEY);
    assertThat(
            VerifierKey.parse(
                    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
                .keyHash())
        .as("the example of the C2SP specification")
        .isEqualTo(0x530d903a);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "alice",
        "alice+530d903a",
        "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U0=",
        "example.com/foo+530d903a+",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n",
        "example.com/f oo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
      })
  void aVerifierKeyThatIsNotOneIsRefused(String text) {
    assertThatThrownBy(() -> VerifierKey.parse(text)).isInstanceOf(MalformedException.class);
  }

  @Property
  void whatParsesIsExactlyWhatWouldBeWritten(@ForAll String text, @ForAll byte[] tail) {
    Bytes base = Bytes.wrap((text + "\n\n— a AAAAAAA=\n").getBytes(StandardCharsets.UTF_8));
    for (Bytes candidate : List.of(base, base.plus(Bytes.wrap(tail)), Bytes.wrap(tail))) {
      SignedNote note;
      try {
        note = SignedNote.parse(candidate);
      } catch (MalformedException e) {
        continue;
      }
      assertThat(note.encode()).isEqualTo(candidate);
    }
  }

  @Test
  void notesOfOthersAreReadAsTheyAre() throws IOException {
    Bytes example =
        Bytes.utf8(
            "This is an example message.\n\n— example.com/foo "
                + "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n");
    VerifierKey key =
        VerifierKey.parse("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k");
    assertThat(SignedNote.parse(example).verify(List.of(key))).containsExactly(key);
    Optional<Path> folder = Vectors.find("c2sp");
    if (folder.isPresent()) {
      for (String name :
          List.of("signed-note-0.txt", "signed-note-1.txt", "tlog-cosignature-example.txt")) {
        Bytes note = Bytes.wrap(Files.readAllBytes(folder.get().resolve(name)));
        assertThat(SignedNote.parse(note).encode()).as(name).isEqualTo(note);
      }
      Bytes cosigned =
          Bytes.wrap(Files.readAllBytes(folder.get().resolve("tlog-cosignature-example.txt")));
      CheckpointBody body = CheckpointBody.parse(SignedNote.parse(cosigned).text());
      assertThat(body.origin()).isEqualTo("example.com/behind-the-sofa");
      assertThat(body.size()).isEqualTo(20_852_163);
    }
  }

  @Test
  void checkpointsOfOthersAreReadOrRefusedAsTheirAuthorsSay() throws IOException {
    assertThat(readsAsCheckpoint(Bytes.utf8("log\n1\n" + "A".repeat(43) + "=\n\n— a AAAAAAA=\n")))
        .isTrue();
    assertThat(readsAsCheckpoint(Bytes.utf8("log\n1\n\n— a AAAAAAA=\n"))).isFalse();
    Optional<Path> folder =
        Vectors.find(
            "sigstore-java/sigstore-java/src/test/resources/dev/sigstore/samples/checkpoints");
    if (folder.isPresent()) {
      try (Stream<Path> files = Files.list(folder.get())) {
        List<Path> samples = files.sorted().toList();
        assertThat(samples).hasSize(9);
        for (Path sample : samples) {
          boolean valid = sample.getFileName().toString().startsWith("valid");
          assertThat(readsAsCheckpoint(Bytes.wrap(Files.readAllBytes(sample))))
              .as("%s", sample)
              .isEqualTo(valid);
        }
      }
    }
  }

  private static boolean readsAsCheckpoint(Bytes note) {
    try {
      SignedNote signed = SignedNote.parse(note);
      assertThat(signed.encode()).isEqualTo(note);
      assertThat(CheckpointBody.parse(signed.text()).format()).isEqualTo(signed.text());
      return true;
    } catch (MalformedException e) {
      return false;
    }
  }

  private static NoteSignature sign(SigningKey key, VerifierKey as) {
    return new NoteSignature(as.name(), as.keyHash(), key.sign(Bytes.utf8(TEXT)));
  }
}
