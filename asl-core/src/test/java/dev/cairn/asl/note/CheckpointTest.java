package dev.cairn.asl.note;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointTest {
  private static final SigningKey KEY =
      SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8("a")));
  private static final SigningKey OTHER_KEY =
      SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8("b")));
  private static final Origin ORIGIN = new Origin(NodeId.of(KEY.publicKey()), 1);
  private static final Bytes EMPTY_ROOT = HashAlgorithm.SHA_256.hash();
  private static final Bytes ROOT = HashAlgorithm.SHA_256.hash(Bytes.utf8("root"));
  private static final Checkpoint CHECKPOINT = new Checkpoint("default", ORIGIN, 42, ROOT, 7);

  @Test
  void theTextHasFourLines() {
    assertThat(CHECKPOINT.text())
        .isEqualTo(
            "cairn/v1/default/"
                + ORIGIN.node()
                + "/1\n42\n"
                + StrictBase64.encode(ROOT)
                + "\nlogseq 7\n");
    assertThat(Checkpoint.parse(CHECKPOINT.text())).isEqualTo(CHECKPOINT);
  }

  @Test
  void aSignedCheckpointIsVerifiedByItsNodesKey() {
    Bytes note = CHECKPOINT.sign(KEY);
    assertThat(Checkpoint.verify(note, ORIGIN, "default", KEY.publicKey())).isEqualTo(CHECKPOINT);
    assertThat(Checkpoint.verify(note, null, "default", KEY.publicKey())).isEqualTo(CHECKPOINT);
    SignedNote parsed = SignedNote.parse(note);
    assertThat(parsed.text()).isEqualTo(CHECKPOINT.text());
    assertThat(parsed.signatures()).hasSize(1);
    assertThat(parsed.signatures().get(0).name()).isEqualTo("cairn/v1/default/" + ORIGIN);
  }

  @Test
  void aFederationWithDotsAndHyphensSurvives() {
    Checkpoint dotted =
        new Checkpoint(
            "a.b-c.example", new Origin(ORIGIN.node(), 2_147_483_647), 1, ROOT, Long.MAX_VALUE);
    assertThat(
            Checkpoint.verify(dotted.sign(KEY), dotted.origin(), "a.b-c.example", KEY.publicKey()))
        .isEqualTo(dotted);
  }

  @Test
  void theEmptyLogHasACheckpointToo() {
    Checkpoint empty = new Checkpoint("default", ORIGIN, 0, EMPTY_ROOT, 0);
    assertThat(Checkpoint.verify(empty.sign(KEY), ORIGIN, "default", KEY.publicKey()))
        .isEqualTo(empty);
  }

  @Test
  void everyFlippedBitOfASignedCheckpointIsRefused() {
    Bytes note = CHECKPOINT.sign(KEY);
    for (int bit = 0; bit < note.length() * 8; bit++) {
      byte[] bent = note.toArray();
      bent[bit / 8] ^= (byte) (1 << (bit % 8));
      assertThatThrownBy(
              () -> Checkpoint.verify(Bytes.copyOf(bent), null, "default", KEY.publicKey()))
          .as("bit %s", bit)
          .isInstanceOf(MalformedException.class);
    }
  }

  @Test
  void anotherOriginFederationOrKeyIsRefusedByName() {
    Bytes note = CHECKPOINT.sign(KEY);
    Origin nextEpoch = new Origin(ORIGIN.node(), 2);
    assertThatThrownBy(() -> Checkpoint.verify(note, nextEpoch, "default", KEY.publicKey()))
        .isInstanceOf(MalformedException.class)
        .hasMessage("checkpoint of " + ORIGIN + " where one of " + nextEpoch + " is due");
    assertThatThrownBy(() -> Checkpoint.verify(note, ORIGIN, "other", KEY.publicKey()))
        .isInstanceOf(MalformedException.class)
        .hasMessage("checkpoint of " + ORIGIN + ": of federation default, not other");
    assertThatThrownBy(() -> Checkpoint.verify(note, ORIGIN, "default", OTHER_KEY.publicKey()))
        .isInstanceOf(MalformedException.class)
        .hasMessage("checkpoint of " + ORIGIN + ": the key is not its node's");
    Bytes cut = note.slice(0, note.length() - 1);
    assertThatThrownBy(() -> Checkpoint.verify(cut, ORIGIN, "default", KEY.publicKey()))
        .isInstanceOf(MalformedException.class)
        .hasMessageStartingWith("where a checkpoint of " + ORIGIN + " is due: signed note: ");
    assertThatThrownBy(() -> CHECKPOINT.sign(OTHER_KEY))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aSignatureOfAnotherTextDoesNotVerify() {
    SignedNote honest = SignedNote.parse(CHECKPOINT.sign(KEY));
    Checkpoint greater = new Checkpoint("default", ORIGIN, 43, ROOT, 7);
    Bytes forged = new SignedNote(greater.text(), honest.signatures()).encode();
    assertThatThrownBy(() -> Checkpoint.verify(forged, ORIGIN, "default", KEY.publicKey()))
        .isInstanceOf(MalformedException.class)
        .hasMessage("checkpoint of " + ORIGIN + ": signature does not verify");
  }

  @Test
  void cosignaturesAreIgnoredAndAloneAreNotEnough() {
    SignedNote signed = SignedNote.parse(CHECKPOINT.sign(KEY));
    Bytes text = Bytes.utf8(CHECKPOINT.text());
    NoteSignature cosignature =
        new NoteSignature(
            "witness.example",
            SignedNote.keyHash("witness.example", OTHER_KEY.publicKey()),
            OTHER_KEY.sign(text));
    List<NoteSignature> both = new ArrayList<>(signed.signatures());
    both.add(0, cosignature);
    Bytes cosigned = new SignedNote(signed.text(), both).encode();
    assertThat(Checkpoint.verify(cosigned, ORIGIN, "default", KEY.publicKey()))
        .isEqualTo(CHECKPOINT);
    Bytes alone = new SignedNote(signed.text(), List.of(cosignature)).encode();
    assertThatThrownBy(() -> Checkpoint.verify(alone, ORIGIN, "default", KEY.publicKey()))
        .isInstanceOf(MalformedException.class)
        .hasMessage("checkpoint of " + ORIGIN + ": signature does not verify");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cairn/v2/default/NODE/1\n42\nROOT\nlogseq 7\n",
        "cairn/v1/Default/NODE/1\n42\nROOT\nlogseq 7\n",
        "cairn/v1//NODE/1\n42\nROOT\nlogseq 7\n",
        "cairn/v1/-a/NODE/1\n42\nROOT\nlogseq 7\n",
        "cairn/v1/default/NODE\n42\nROOT\nlogseq 7\n",
        "cairn/v1/default/NODE/0\n42\nROOT\nlogseq 7\n",
        "cairn/v1/default/NODE/01\n42\nROOT\nlogseq 7\n",
        "cairn/v1/default/NODE/2147483648\n42\nROOT\nlogseq 7\n",
        "cairn/v1/default/NODE/1/1\n42\nROOT\nlogseq 7\n",
        "cairn/v1/default/NODE/1 \n42\nROOT\nlogseq 7\n",
        "cairn/v1/default/../1\n42\nROOT\nlogseq 7\n",
        "cairn/v1/default/NODE/1\n042\nROOT\nlogseq 7\n",
        "cairn/v1/default/NODE/1\n+42\nROOT\nlogseq 7\n",
        "cairn/v1/default/NODE/1\n-42\nROOT\nlogseq 7\n",
        "cairn/v1/default/NODE/1\n9223372036854775808\nROOT\nlogseq 7\n",
        "cairn/v1/default/NODE/1\n99999999999999999999\nROOT\nlogseq 7\n",
        "cairn/v1/default/NODE/1\n٤٢\nROOT\nlogseq 7\n",
        "cairn/v1/default/NODE/1\n\nROOT\nlogseq 7\n",
        "cairn/v1/default/NODE/1\n0\nROOT\nlogseq 0\n",
        "cairn/v1/default/NODE/1\n0\nROOT\nlogseq 7\n",
        "cairn/v1/default/NODE/1\n42\nROOT\nlogseq 0\n",
        "cairn/v1/default/NODE/1\n42\nAAAA\nlogseq 7\n",
        "cairn/v1/default/NODE/1\n42\n\nlogseq 7\n",
        "cairn/v1/default/NODE/1\n42\nROOT\n",
        "cairn/v1/default/NODE/1\n42\nROOT\nlogseq 07\n",
        "cairn/v1/default/NODE/1\n42\nROOT\nlogseq  7\n",
        "cairn/v1/default/NODE/1\n42\nROOT\nlogseq -7\n",
        "cairn/v1/default/NODE/1\n42\nROOT\nlogseq 7\nlogseq 7\n",
        "cairn/v1/default/NODE/1\n42\nROOT\nother\nlogseq 7\n",
        "cairn/v1/default/NODE/1\n42\nROOT\nlogseq 7\n\n",
        "cairn/v1/default/NODE/1\n42\nROOT\nlogseq 7",
        "cairn/v1/default/NODE/1\r\n42\r\nROOT\r\nlogseq 7\r\n",
        "\n42\nROOT\nlogseq 7\n",
        "",
        "\n",
      })
  void aTextThatWeWouldNotWriteIsRefused(String template) {
    String text =
        template
            .replace("NODE", ORIGIN.node().toString())
            .replace("ROOT", StrictBase64.encode(ROOT));
    assertThatThrownBy(() -> Checkpoint.parse(text)).isInstanceOf(MalformedException.class);
  }

  @Test
  void aForeignCheckpointIsReadAsABody() {
    String text =
        "example.com/log\n20852163\n" + StrictBase64.encode(ROOT) + "\nTimestamp: 1\nanything\n";
    CheckpointBody body = CheckpointBody.parse(text);
    assertThat(body)
        .isEqualTo(
            new CheckpointBody(
                "example.com/log", 20852163, ROOT, List.of("Timestamp: 1", "anything")));
    assertThat(body.format()).isEqualTo(text);
  }
}
