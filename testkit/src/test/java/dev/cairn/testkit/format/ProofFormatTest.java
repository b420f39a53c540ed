package dev.cairn.testkit.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.note.LogProof;
import dev.cairn.federation.proof.ArtifactProof;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Holds proofs of artifacts to the vectors of {@code docs/format/artifact-proof.md}. */
class ProofFormatTest {
  @Test
  void aProofIsVerifiedAndWrittenAsTheDocumentSays() throws IOException {
    GoldenVectors golden = GoldenVectors.of("artifact-proof.md");
    Bytes file = golden.take("proof");
    ArtifactProof proof = ArtifactProof.verified(file);
    assertThat(proof.proof().extra()).isEqualTo(golden.take("extra"));
    assertThat(proof.record().index()).isEqualTo(1);
    assertThat(proof.checkpoint().treeSize()).isEqualTo(5);
    assertThat(proof.encode()).isEqualTo(file);
    assertThat(again(proof, null)).isEqualTo(file);
    assertThat(again(proof, Bytes.utf8("hello"))).isEqualTo(golden.take("withPayload"));
    assertThat(ArtifactProof.verified(again(proof, Bytes.utf8("hello"))).payload())
        .isEqualTo(Bytes.utf8("hello"));
    Map<String, Bytes> refused = golden.takeAll("refused.");
    refused.forEach(
        (name, bytes) ->
            assertThatThrownBy(() -> ArtifactProof.verified(bytes))
                .as(name)
                .isInstanceOf(MalformedException.class));
    assertThat(refused).hasSize(3);
    golden.assertAllTaken();
  }

  private static Bytes again(ArtifactProof proof, Bytes payload) {
    LogProof log = proof.proof();
    return ArtifactProof.of(
            proof.record(), proof.key(), log.hashes(), log.note(), payload, List.of(), null)
        .encode();
  }
}
