package dev.cairn.asl.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ArtifactHasherTest {
  private static final TypeTag TAG = new TypeTag("text/plain");

  @ParameterizedTest
  @EnumSource
  void aPayloadInRandomPiecesHasTheIdentityOfTheWhole(HashAlgorithm algorithm) {
    Random random = new Random(42);
    for (int round = 0; round < 50; round++) {
      byte[] payload = new byte[random.nextInt(5000)];
      random.nextBytes(payload);
      TypeTag tag = random.nextBoolean() ? TAG : null;
      ArtifactHasher hasher = new ArtifactHasher(algorithm);
      int at = 0;
      while (at < payload.length) {
        int count = Math.min(payload.length - at, random.nextInt(300));
        if (random.nextBoolean()) {
          hasher.update(payload, at, count);
        } else {
          hasher.update(Bytes.copyOf(payload, at, at + count));
        }
        at += count;
      }
      Bytes whole = Bytes.copyOf(payload);
      ArtifactKey key =
          new ArtifactKey(algorithm, algorithm.hash(new CanonicalEncoding(whole, tag).encode()));
      assertThat(hasher.finish(tag))
          .isEqualTo(new ArtifactId(key, tag, payload.length, PayloadDigest.of(whole)));
    }
  }

  @Test
  void allShortCutsAgree() {
    Bytes payload = Bytes.utf8("hello");
    ArtifactId id = ArtifactHasher.identify(payload, TAG);
    assertThat(id.key()).isEqualTo(ArtifactKey.of(payload, TAG));
    assertThat(id.key().digest())
        .isEqualTo(HashAlgorithm.SHA_256.hash(new CanonicalEncoding(payload, TAG).encode()));
    assertThat(id.payloadDigest())
        .hasToString("sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    assertThat(ArtifactHasher.identify(payload, null).key()).isNotEqualTo(id.key());
  }

  @Test
  void aNegativeLengthIsTheCallersError() {
    ArtifactId id = ArtifactHasher.identify(Bytes.EMPTY, null);
    assertThatThrownBy(() -> new ArtifactId(id.key(), null, -1, id.payloadDigest()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
