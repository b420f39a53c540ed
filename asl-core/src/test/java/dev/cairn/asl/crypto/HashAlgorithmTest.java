package dev.cairn.asl.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class HashAlgorithmTest {
  /**
   * Python's hashlib gives the same for the first three; for BLAKE3 see the test vectors of its
   * specification.
   */
  @ParameterizedTest
  @CsvSource({
    "SHA_256, '', e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "SHA_256, abc, ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "SHA_512_256, '', c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a",
    "SHA_512_256, abc, 53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23",
    "SHA3_256, '', a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a",
    "SHA3_256, abc, 3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
    "BLAKE3, '', af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
    "BLAKE3, abc, 6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85"
  })
  void eachGivesItsPublishedDigests(HashAlgorithm algorithm, String text, String hex) {
    assertThat(algorithm.hash(Bytes.utf8(text)).toHex()).isEqualTo(hex);
    Hasher hasher = algorithm.newHasher();
    hasher.update(Bytes.utf8(text));
    assertThat(hasher.digest().toHex()).isEqualTo(hex);
    hasher.update(Bytes.utf8(text));
    assertThat(hasher.digest().toHex()).as("a hasher starts over").isEqualTo(hex);
  }

  @ParameterizedTest
  @EnumSource
  void aForkAndItsOriginGoSeparateWays(HashAlgorithm algorithm) {
    Bytes first = Bytes.wrap(new byte[1000]);
    Hasher hasher = algorithm.newHasher();
    hasher.update(first);
    Hasher fork = hasher.fork();
    fork.update(Bytes.utf8("fork"));
    hasher.update(Bytes.utf8("origin"));
    assertThat(fork.digest()).isEqualTo(algorithm.hash(first, Bytes.utf8("fork")));
    assertThat(hasher.digest()).isEqualTo(algorithm.hash(first, Bytes.utf8("origin")));
  }

  @ParameterizedTest
  @EnumSource
  void numberAndLabelLeadBack(HashAlgorithm algorithm) {
    assertThat(HashAlgorithm.byId(algorithm.id())).isSameAs(algorithm);
    assertThat(HashAlgorithm.byLabel(algorithm.label())).isSameAs(algorithm);
    assertThat(algorithm.newHasher().digest().length()).isEqualTo(HashAlgorithm.DIGEST_BYTES);
  }

  @ParameterizedTest
  @EnumSource
  void aRangeBeyondTheArrayIsRefused(HashAlgorithm algorithm) {
    byte[] array = new byte[8];
    assertThatThrownBy(() -> algorithm.newHasher().update(array, 4, 5))
        .isInstanceOf(RuntimeException.class);
    assertThatThrownBy(() -> algorithm.newHasher().update(array, 4, -1))
        .isInstanceOf(RuntimeException.class);
    assertThatThrownBy(() -> algorithm.newHasher().update(array, -1, 1))
        .isInstanceOf(RuntimeException.class);
  }

  @Test
  void anUnknownNumberOrLabelIsRefusedWithoutRepeatingWhateverCame() {
    assertThatThrownBy(() -> HashAlgorithm.byId(5))
        .isInstanceOf(MalformedException.class)
        .hasMessage("unknown hash id 5");
    assertThatThrownBy(() -> HashAlgorithm.byId(0)).isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> HashAlgorithm.byLabel("md5"))
        .isInstanceOf(MalformedException.class)
        .hasMessage("unknown hash function 'md5'");
    assertThatThrownBy(() -> HashAlgorithm.byLabel("SHA256"))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> HashAlgorithm.byLabel("\u001b[2J".repeat(1000)))
        .isInstanceOf(MalformedException.class)
        .hasMessage("unknown hash function with a name of 4000 characters");
  }
}
