package dev.cairn.asl.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.error.MalformedException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys, digests, nodes, origins, tags and federation names: their forms and what is none. */
class IdentityTest {
  private static final String HEX =
      "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

  @ParameterizedTest
  @EnumSource
  void aKeyHasATextAndABinaryForm(HashAlgorithm algorithm) {
    ArtifactKey key = new ArtifactKey(algorithm, Bytes.fromHex(HEX));
    assertThat(key).hasToString("asl1-" + algorithm.label() + ":" + HEX);
    assertThat(ArtifactKey.parse(key.toString())).isEqualTo(key);
    assertThat(key.bytes().toHex()).isEqualTo("000" + algorithm.id() + HEX);
    assertThat(ArtifactKey.fromBytes(key.bytes())).isEqualTo(key);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        HEX,
        "asl1-sha256",
        "asl1-sha256:",
        "sha256:" + HEX,
        "asl2-sha256:" + HEX,
        "ASL1-sha256:" + HEX,
        "asl1-SHA256:" + HEX,
        "asl1-:" + HEX,
        "asl1-md5:" + HEX,
        "asl1-sha256:" + HEX + "0",
        "asl1-sha256:" + HEX + "\n",
        " asl1-sha256:" + HEX,
        "asl1-sha256:2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824",
        "asl1-sha256:../../../../../../../../../../../../../../../../../../../../etc/",
        "asl1-sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b982"
      })
  void aTextThatIsNoKeyIsRefused(String text) {
    assertThatThrownBy(() -> ArtifactKey.parse(text)).isInstanceOf(MalformedException.class);
  }

  @Test
  void bytesThatAreNoKeyAreRefused() {
    Bytes digest = Bytes.fromHex(HEX);
    for (String start : new String[] {"0000", "0005", "0100", "ffff", "00", "000101"}) {
      Bytes bytes = Bytes.fromHex(start).plus(digest);
      assertThatThrownBy(() -> ArtifactKey.fromBytes(bytes))
          .as(start)
          .isInstanceOf(MalformedException.class);
    }
    assertThatThrownBy(() -> ArtifactKey.fromBytes(Bytes.EMPTY))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> new ArtifactKey(HashAlgorithm.SHA_256, digest.slice(1)))
        .isInstanceOf(MalformedException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        HEX,
        "sha256:",
        "sha512:" + HEX,
        "sha256:" + HEX + " ",
        "asl1-sha256:" + HEX,
        "sha256:zz"
      })
  void aTextThatIsNoPayloadDigestIsRefused(String text) {
    assertThat(PayloadDigest.parse("sha256:" + HEX))
        .isEqualTo(PayloadDigest.of(Bytes.utf8("hello")));
    assertThatThrownBy(() -> PayloadDigest.parse(text)).isInstanceOf(MalformedException.class);
  }

  @Test
  void aNodeIsTheDigestOfItsKey() {
    SigningKey key = SigningKey.fromSeed(Bytes.fromHex(HEX));
    NodeId node = NodeId.of(key.publicKey());
    assertThat(node.digest()).isEqualTo(HashAlgorithm.SHA_256.hash(key.publicKey().encoded()));
    assertThat(NodeId.parse(node.toString())).isEqualTo(node);
    assertThat(node.shortText()).hasSize(12).isEqualTo(node.toString().substring(0, 12));
    assertThatThrownBy(() -> NodeId.parse("x")).isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> new NodeId(Bytes.EMPTY)).isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> new PayloadDigest(Bytes.EMPTY)).isInstanceOf(MalformedException.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 65_536, Integer.MAX_VALUE})
  void anOriginHasATextAndABinaryForm(int epoch) {
    Origin origin = new Origin(NodeId.parse(HEX), epoch);
    assertThat(origin).hasToString(HEX + "/" + epoch);
    assertThat(Origin.parse(origin.toString())).isEqualTo(origin);
    assertThat(origin.bytes().length()).isEqualTo(36);
    assertThat(Origin.fromBytes(origin.bytes())).isEqualTo(origin);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/1",
        HEX,
        HEX + "/",
        HEX + "/0",
        HEX + "/01",
        HEX + "/-1",
        HEX + "/+1",
        HEX + "/1 ",
        HEX + "/2147483648",
        HEX + "/99999999999",
        HEX + "/1/1",
        "x/1"
      })
  void aTextThatIsNoOriginIsRefused(String text) {
    assertThatThrownBy(() -> Origin.parse(text)).isInstanceOf(MalformedException.class);
  }

  @Test
  void anOriginWithAnEpochOutOfRangeIsRefused() {
    for (String epoch : new String[] {"00000000", "80000000", "ffffffff", "000001", ""}) {
      Bytes bytes = Bytes.fromHex(HEX + epoch);
      assertThatThrownBy(() -> Origin.fromBytes(bytes))
          .as(epoch)
          .isInstanceOf(MalformedException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "caf\u00e9", "tab\t", "line\n", "\u007f", "\u0000", "\ud83d\ude00"})
  void aTextThatIsNoTypeTagIsRefused(String text) {
    assertThatThrownBy(() -> new TypeTag(text)).isInstanceOf(MalformedException.class);
    assertThat(new TypeTag("a".repeat(127)).bytes().length()).isEqualTo(127);
    assertThatThrownBy(() -> new TypeTag("a".repeat(128))).isInstanceOf(MalformedException.class);
    assertThat(new TypeTag(" ~").text()).isEqualTo(" ~");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-a", ".a", "A", "a_b", "a b", "a/b", "caf\u00e9", "a\n", "a+b"})
  void aTextThatIsNoFederationNameIsRefused(String name) {
    assertThatThrownBy(() -> Federation.checkName(name)).isInstanceOf(MalformedException.class);
    assertThat(Federation.checkName(Federation.DEFAULT_NAME)).isEqualTo("default");
    assertThat(Federation.checkName("0.a-b")).isEqualTo("0.a-b");
    assertThat(Federation.checkName("a".repeat(63))).hasSize(63);
    assertThatThrownBy(() -> Federation.checkName("a".repeat(64)))
        .isInstanceOf(MalformedException.class);
  }

  @Property
  void theOrderOfKeysIsThatOfTheirBytes(
      @ForAll HashAlgorithm left,
      @ForAll HashAlgorithm right,
      @ForAll @Size(2) byte[] a,
      @ForAll @Size(2) byte[] b) {
    ArtifactKey first = new ArtifactKey(left, Bytes.copyOf(a).plus(Bytes.wrap(new byte[30])));
    ArtifactKey second = new ArtifactKey(right, Bytes.copyOf(b).plus(Bytes.wrap(new byte[30])));
    assertThat(Integer.signum(first.compareTo(second)))
        .isEqualTo(Integer.signum(first.bytes().compareTo(second.bytes())));
  }

  @Property
  void theOrderOfOriginsIsThatOfTheirBytes(
      @ForAll @Size(1) byte[] a,
      @ForAll @IntRange(min = 1) int left,
      @ForAll @Size(1) byte[] b,
      @ForAll @IntRange(min = 1) int right) {
    Origin first = new Origin(new NodeId(Bytes.copyOf(a).plus(Bytes.wrap(new byte[31]))), left);
    Origin second = new Origin(new NodeId(Bytes.copyOf(b).plus(Bytes.wrap(new byte[31]))), right);
    assertThat(Integer.signum(first.compareTo(second)))
        .isEqualTo(Integer.signum(first.bytes().compareTo(second.bytes())));
  }
}
