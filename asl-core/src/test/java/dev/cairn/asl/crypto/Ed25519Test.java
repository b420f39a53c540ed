package dev.cairn.asl.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairn.asl.Vectors;
import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.MalformedException;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Ed25519Test {
  private static final SigningKey KEY =
      SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8("seed")));
  private static final Bytes MESSAGE = Bytes.utf8("a message");

  /** The order of the base point, RFC 8032 section 5.1. */
  private static final BigInteger ORDER =
      BigInteger.TWO.pow(252).add(new BigInteger("27742317777372353535851937790883648493"));

  /** RFC 8032 section 7.1: tests 1, 2, 3 and SHA(abc). */
  @ParameterizedTest
  @CsvSource({
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60,"
        + "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a,'',"
        + "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        + "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb,"
        + "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c,72,"
        + "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7,"
        + "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025,af82,"
        + "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        + "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42,"
        + "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf,"
        + "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f,"
        + "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
        + "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"
  })
  void theStandardsOwnVectorsHold(String seed, String publicKey, String message, String signature) {
    SigningKey key = SigningKey.fromSeed(Bytes.fromHex(seed));
    assertThat(key.seed().toHex()).isEqualTo(seed);
    assertThat(key.publicKey().encoded().toHex()).isEqualTo(publicKey);
    assertThat(key.sign(Bytes.fromHex(message)).toHex()).isEqualTo(signature);
    assertThat(
            PublicKey.of(Bytes.fromHex(publicKey))
                .verifies(Bytes.fromHex(message), Bytes.fromHex(signature)))
        .isTrue();
  }

  @Test
  void aKeyOfTwoHalvesSignsAsOneOfItsSeed() {
    SigningKey kept =
        SigningKey.fromHalves(KEY.seed(), PublicKey.checkedBefore(KEY.publicKey().encoded()));
    assertThat(kept.publicKey()).isEqualTo(KEY.publicKey()).hasSameHashCodeAs(KEY.publicKey());
    assertThat(kept.sign(MESSAGE)).isEqualTo(KEY.sign(MESSAGE));
    assertThat(kept.publicKey().verifies(MESSAGE, kept.sign(MESSAGE))).isTrue();
  }

  @Test
  void halvesThatDoNotBelongTogetherSignNothing() {
    SigningKey other = SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8("other")));
    SigningKey mixed = SigningKey.fromHalves(KEY.seed(), other.publicKey());
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> mixed.sign(MESSAGE))
          .isInstanceOf(DamagedException.class)
          .hasMessageNotContaining(KEY.seed().toHex());
    }
  }

  @Test
  void aKeyCheckedBeforeThatIsNoPointIsToldWhenItIsUsed() {
    Bytes noPoint = Bytes.fromHex("02" + "00".repeat(31));
    assertThatThrownBy(() -> PublicKey.of(noPoint)).isInstanceOf(MalformedException.class);
    PublicKey unchecked = PublicKey.checkedBefore(noPoint);
    assertThatThrownBy(() -> unchecked.verifies(MESSAGE, KEY.sign(MESSAGE)))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> PublicKey.checkedBefore(Bytes.EMPTY))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void everyFlippedBitOfASignatureOrMessageIsNoticed() {
    Bytes signature = KEY.sign(MESSAGE);
    assertThat(KEY.publicKey().verifies(MESSAGE, signature)).isTrue();
    for (int bit = 0; bit < signature.length() * 8; bit++) {
      assertThat(KEY.publicKey().verifies(MESSAGE, flip(signature, bit)))
          .as("bit %s", bit)
          .isFalse();
    }
    for (int bit = 0; bit < MESSAGE.length() * 8; bit++) {
      assertThat(KEY.publicKey().verifies(flip(MESSAGE, bit), signature))
          .as("bit %s", bit)
          .isFalse();
    }
  }

  @Test
  void theSameSignatureWithAGreaterScalarIsRefused() {
    Bytes signature = KEY.sign(MESSAGE);
    byte[] little = signature.toArray();
    byte[] big = new byte[32];
    for (int i = 0; i < 32; i++) {
      big[i] = little[63 - i];
    }
    BigInteger greater = new BigInteger(1, big).add(ORDER);
    for (int i = 0; i < 32; i++) {
      little[32 + i] = greater.shiftRight(8 * i).byteValue();
    }
    assertThat(KEY.publicKey().verifies(MESSAGE, Bytes.wrap(little))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 32, 63, 65, 128})
  void aSignatureOfAnotherLengthIsFalseAndNoError(int length) {
    assertThat(KEY.publicKey().verifies(MESSAGE, Bytes.wrap(new byte[length]))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 31, 33})
  void aKeyOfAnotherLengthIsRefused(int length) {
    assertThatThrownBy(() -> PublicKey.of(Bytes.wrap(new byte[length])))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining(length + " bytes where 32 are due");
    assertThatThrownBy(() -> SigningKey.fromSeed(Bytes.wrap(new byte[length])))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aKeyThatIsNoPointOfTheCurveIsRefused() {
    Bytes noPoint =
        Bytes.fromHex("0200000000000000000000000000000000000000000000000000000000000000");
    assertThatThrownBy(() -> PublicKey.of(noPoint))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("not a point of the curve");
  }

  @Test
  void noSecretIsEverPrinted() {
    assertThat(KEY.toString()).doesNotContain(KEY.seed().toHex().substring(0, 8));
    assertThat(KEY.publicKey())
        .isEqualTo(PublicKey.of(KEY.publicKey().encoded()))
        .hasSameHashCodeAs(PublicKey.of(KEY.publicKey().encoded()));
    assertThat(KEY.publicKey())
        .isNotEqualTo(SigningKey.fromSeed(Bytes.wrap(new byte[32])).publicKey());
  }

  /**
   * Signatures over points of small order and other encodings, of which libraries think
   * differently. A key that is refused counts as a signature that does not verify.
   */
  @Test
  void edgeCasesHaveTheVerdictThatNodesAgreeOn() throws IOException {
    assertThat(verdict(Bytes.wrap(new byte[32]), MESSAGE, Bytes.wrap(new byte[64])))
        .as("all zeros")
        .isFalse();
    Bytes identity = Bytes.fromHex("01" + "00".repeat(31));
    assertThat(verdict(identity, MESSAGE, identity.plus(Bytes.wrap(new byte[32]))))
        .as("the identity as key")
        .isFalse();
    Optional<Path> folder = Vectors.find("cctv/ed25519");
    if (folder.isPresent()) {
      JsonNode vectors =
          new ObjectMapper().readTree(folder.get().resolve("ed25519vectors.json").toFile());
      List<String> verdicts = Files.readAllLines(folder.get().resolve("verdicts-jdk17-bc1.86.csv"));
      assertThat(vectors.size()).isEqualTo(914);
      assertThat(verdicts).hasSize(915);
      for (JsonNode vector : vectors) {
        int number = vector.get("number").intValue();
        String[] row = verdicts.get(number + 1).split(",", -1);
        assertThat(row[0]).isEqualTo(Integer.toString(number));
        boolean verifies =
            verdict(
                Bytes.fromHex(vector.get("key").textValue()),
                Bytes.utf8(vector.get("msg").textValue()),
                Bytes.fromHex(vector.get("sig").textValue()));
        assertThat(verifies).as("vector %s", number).isEqualTo(row[2].equals("1"));
      }
    }
  }

  private static boolean verdict(Bytes key, Bytes message, Bytes signature) {
    try {
      return PublicKey.of(key).verifies(message, signature);
    } catch (MalformedException e) {
      return false;
    }
  }

  private static Bytes flip(Bytes bytes, int bit) {
    byte[] bent = bytes.toArray();
    bent[bit / 8] ^= (byte) (1 << (bit % 8));
    return Bytes.wrap(bent);
  }
}
