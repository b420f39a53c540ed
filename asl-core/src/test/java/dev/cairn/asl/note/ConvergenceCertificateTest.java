package dev.cairn.asl.note;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.evidence.StateEvidence;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.Snapshot;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Nodes sign one state of one cut, and no other statement can be taken for theirs. */
final class ConvergenceCertificateTest {
  private static final SigningKey A = key("a");
  private static final SigningKey B = key("b");
  private static final Snapshot SNAPSHOT = snapshot("state", 3);

  private static SigningKey key(String name) {
    return SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8(name)));
  }

  private static Snapshot snapshot(String state, long size) {
    Bytes root = HashAlgorithm.SHA_256.hash(Bytes.utf8("root"));
    return new Snapshot(
        "test",
        List.of(new Snapshot.Head(new Origin(NodeId.of(A.publicKey()), 1), 9, size, root)),
        HashAlgorithm.SHA_256.hash(Bytes.utf8(state)));
  }

  @Test
  void whoSignedFirstDoesNotShow() {
    ConvergenceCertificate one = ConvergenceCertificate.of(SNAPSHOT, A);
    assertThat(one.isConvergence()).isFalse();
    ConvergenceCertificate both = one.signedBy(B);
    assertThat(both.isConvergence()).isTrue();
    assertThat(both.nodes())
        .containsExactlyInAnyOrder(NodeId.of(A.publicKey()), NodeId.of(B.publicKey()));
    assertThat(ConvergenceCertificate.of(SNAPSHOT, B).signedBy(A).encode())
        .isEqualTo(both.encode());
    assertThat(both.signedBy(A)).isEqualTo(both);
    assertThat(ConvergenceCertificate.verified(both.encode())).isEqualTo(both);
  }

  @Test
  void anotherToolReadsTheNote() {
    ConvergenceCertificate both = ConvergenceCertificate.of(SNAPSHOT, A).signedBy(B);
    String text = both.encode().toUtf8();
    SignedNote note = SignedNote.parse(Bytes.utf8(text.substring(text.indexOf("\n\n") + 2)));
    VerifierKey known = VerifierKey.parse(both.statement().signer(B.publicKey()).format());
    assertThat(note.verify(List.of(known))).containsExactly(known);
  }

  @Test
  void noChangedByteIsTaken() {
    Bytes file = ConvergenceCertificate.of(SNAPSHOT, A).signedBy(B).encode();
    for (int at = 0; at < file.length(); at++) {
      byte[] changed = file.toArray();
      changed[at] ^= 1;
      int place = at;
      assertThatThrownBy(() -> ConvergenceCertificate.verified(Bytes.wrap(changed)))
          .as("byte " + place)
          .isInstanceOfAny(MalformedException.class, UnsupportedVersionException.class);
      assertThatThrownBy(() -> ConvergenceCertificate.verified(file.slice(0, place)))
          .as("cut to " + place)
          .isInstanceOf(MalformedException.class);
    }
  }

  @Test
  void aSignatureOverAnotherCutOrStateIsNotAdded() {
    ConvergenceCertificate one = ConvergenceCertificate.of(SNAPSHOT, A);
    for (Snapshot other : List.of(snapshot("other", 3), snapshot("state", 4))) {
      Bytes signature = StateStatement.of(other).sign(B);
      assertThatThrownBy(() -> one.with(B.publicKey(), signature))
          .isInstanceOf(MalformedException.class);
    }
    Bytes mine = one.statement().sign(A);
    assertThatThrownBy(() -> one.with(B.publicKey(), mine)).isInstanceOf(MalformedException.class);
  }

  @Test
  void noOtherStatementPassesForOneOfAState() {
    Checkpoint checkpoint =
        new Checkpoint(
            "test", SNAPSHOT.heads().get(0).origin(), 3, SNAPSHOT.heads().get(0).root(), 9);
    assertThatThrownBy(() -> StateStatement.verify(checkpoint.sign(A), A.publicKey()))
        .isInstanceOf(MalformedException.class);
    String text = StateStatement.of(SNAPSHOT).text();
    assertThatThrownBy(() -> Checkpoint.parse(text)).isInstanceOf(MalformedException.class);
    Cosignature cosigned = Cosignature.sign(text, A, 7);
    assertThatThrownBy(
            () -> ConvergenceCertificate.of(SNAPSHOT, B).with(A.publicKey(), cosigned.signature()))
        .isInstanceOf(MalformedException.class);
    for (String bad :
        List.of(
            "",
            "\n",
            text + "\n",
            text.replace("\n", "\r\n"),
            text.replace("cut ", "cut  "),
            text.replace("/state", ""),
            text.replace("cairn/v1/test/state", "cairn/v1/state"),
            text.replace("test", "te/st"),
            text.substring(0, text.length() - 1),
            text.replaceAll("root ..", "root AB"))) {
      assertThatThrownBy(() -> StateStatement.parse(bad))
          .as(bad)
          .isInstanceOf(MalformedException.class);
    }
  }

  @Test
  void moreNodesThanANoteHasRoomForAreRefused() {
    ConvergenceCertificate all = ConvergenceCertificate.of(SNAPSHOT, key("0"));
    for (int i = 1; i < SignedNote.SIGNATURES_MAX; i++) {
      all = all.signedBy(key("" + i));
    }
    assertThat(ConvergenceCertificate.verified(all.encode())).isEqualTo(all);
    ConvergenceCertificate full = all;
    assertThatThrownBy(() -> full.signedBy(key("one more")))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("64");
  }

  @Test
  void twoStatesOfOneCutProveThatTheNodeIsWrong() {
    ConvergenceCertificate one = ConvergenceCertificate.of(SNAPSHOT, A);
    ConvergenceCertificate other = ConvergenceCertificate.of(snapshot("other", 3), A);
    NodeId node = NodeId.of(A.publicKey());
    StateEvidence evidence = StateEvidence.of(A.publicKey(), one.note(node), other.note(node));
    assertThat(StateEvidence.of(A.publicKey(), other.note(node), one.note(node)))
        .isEqualTo(evidence);
    assertThat(StateEvidence.decode(evidence.encoded())).isEqualTo(evidence);
    assertThat(evidence.describe()).contains(node.toString()).contains("two states");
    Bytes later = ConvergenceCertificate.of(snapshot("other", 4), A).note(node);
    assertThatThrownBy(() -> StateEvidence.of(A.publicKey(), one.note(node), later))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> StateEvidence.of(B.publicKey(), one.note(node), other.note(node)))
        .isInstanceOf(MalformedException.class);
    for (int at = 0; at < evidence.encoded().length(); at++) {
      byte[] changed = evidence.encoded().toArray();
      changed[at] ^= 1;
      assertThatThrownBy(() -> StateEvidence.decode(Bytes.wrap(changed)))
          .isInstanceOfAny(MalformedException.class, UnsupportedVersionException.class);
    }
  }
}
