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

/** Who has verified a checkpoint says so under it, and nobody else can. */
final class CosignatureTest {
  private static final SigningKey NODE = key("node");
  private static final SigningKey WITNESS = key("witness");
  private static final CosignerKey COSIGNER = CosignerKey.of("test", WITNESS.publicKey());
  private static final Checkpoint CHECKPOINT =
      new Checkpoint(
          "test",
          new Origin(NodeId.of(NODE.publicKey()), 1),
          3,
          HashAlgorithm.SHA_256.hash(Bytes.utf8("root")),
          9);

  private static SigningKey key(String name) {
    return SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8(name)));
  }

  private static SignedNote with(NoteSignature... lines) {
    SignedNote note = SignedNote.parse(CHECKPOINT.sign(NODE));
    List<NoteSignature> all = new ArrayList<>(note.signatures());
    all.addAll(List.of(lines));
    return new SignedNote(note.text(), all);
  }

  @Test
  void aCosignatureStandsUnderTheNoteAndTheOriginsSignatureStaysGood() {
    Cosignature made = Cosignature.sign(CHECKPOINT.text(), WITNESS, 1_679_315_147);
    SignedNote note = SignedNote.parse(with(made.line(COSIGNER)).encode());
    assertThat(Cosignature.find(note, COSIGNER)).contains(made);
    assertThat(Cosignature.names(note)).containsExactly(COSIGNER.name());
    assertThat(Checkpoint.verify(note.encode(), NODE.publicKey())).isEqualTo(CHECKPOINT);
    assertThat(Checkpoint.withoutCosignatures(note.encode(), NODE.publicKey()))
        .isEqualTo(CHECKPOINT.sign(NODE));
  }

  @Test
  void itCoversTheTimeAndTheTextAndIsOfOneKey() {
    Cosignature made = Cosignature.sign(CHECKPOINT.text(), WITNESS, 7);
    assertThat(made.verifies(COSIGNER, CHECKPOINT.text())).isTrue();
    assertThat(new Cosignature(8, made.signature()).verifies(COSIGNER, CHECKPOINT.text()))
        .isFalse();
    assertThat(made.verifies(COSIGNER, CHECKPOINT.text().replace("logseq 9", "logseq 8")))
        .isFalse();
    CosignerKey other = CosignerKey.of("test", NODE.publicKey());
    assertThat(made.verifies(other, CHECKPOINT.text())).isFalse();
    assertThat(Cosignature.find(with(made.line(COSIGNER)), other)).isEmpty();
    Bytes plain = WITNESS.sign(Bytes.utf8(CHECKPOINT.text()));
    assertThat(new Cosignature(7, plain).verifies(COSIGNER, CHECKPOINT.text()))
        .as("a signature of the text alone is no cosignature")
        .isFalse();
  }

  @Test
  void aBadOneInAKnownNameIsRefusedNotPassedOver() {
    Cosignature made = Cosignature.sign(CHECKPOINT.text(), WITNESS, 7);
    NoteSignature good = made.line(COSIGNER);
    for (Bytes bytes :
        List.of(
            Bytes.u64(8).plus(made.signature()),
            Bytes.u64(0).plus(made.signature()),
            Bytes.u64(-1).plus(made.signature()),
            made.signature(),
            good.signature().plus(Bytes.fromHex("00")))) {
      SignedNote note = with(new NoteSignature(good.name(), good.keyHash(), bytes));
      assertThatThrownBy(() -> Cosignature.find(note, COSIGNER))
          .isInstanceOf(MalformedException.class)
          .hasMessageContaining(COSIGNER.name());
    }
  }

  @Test
  void aCosignersKeyHasOneTextAndIsNoVerifierKey() {
    assertThat(CosignerKey.parse(COSIGNER.format())).isEqualTo(COSIGNER);
    assertThat(COSIGNER.keyHash())
        .isNotEqualTo(new VerifierKey(COSIGNER.name(), WITNESS.publicKey()).keyHash());
    String verifier = new VerifierKey(COSIGNER.name(), WITNESS.publicKey()).format();
    for (String text :
        List.of(
            "",
            "+",
            "a+b",
            verifier,
            COSIGNER.format() + "=",
            COSIGNER.format().substring(1),
            COSIGNER.format().replace("+", "++"))) {
      assertThatThrownBy(() -> CosignerKey.parse(text))
          .as(text)
          .isInstanceOf(MalformedException.class);
    }
  }

  /** The example of the C2SP page: its form, as its key is not published with it. */
  @Test
  void theLineOfTheSpecificationHasTheFormOfOurs() {
    SignedNote note =
        SignedNote.parse(
            Bytes.utf8(
                "example.com/behind-the-sofa\n"
                    + "20852163\n"
                    + "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
                    + "— witness.example.com/w1"
                    + " jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"));
    assertThat(Cosignature.names(note)).containsExactly("witness.example.com/w1");
    assertThat(note.signatures().get(0).signature().u64At(0)).isEqualTo(1_679_315_147);
  }
}
