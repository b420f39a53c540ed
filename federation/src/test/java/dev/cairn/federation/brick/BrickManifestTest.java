package dev.cairn.federation.brick;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.federation.FormatDocument;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BrickManifestTest {
  private static final Map<String, Bytes> VECTORS = FormatDocument.vectors("bricks.md");

  private static ArtifactKey key(String payload) {
    return ArtifactKey.of(Bytes.utf8(payload), null);
  }

  private static Map<String, BrickManifest> examples() {
    return Map.of(
        "empty",
        new BrickManifest(List.of()),
        "two",
        BrickManifest.of(
            List.of(
                new Brick(new Box(0, 0, 0, 16, 16, 16), key("one")),
                new Brick(new Box(-16, 0, -300, 0, 16, 70_000), key("two")))));
  }

  @Test
  void theBytesAreThoseOfThePage() {
    assertThat(VECTORS).hasSameSizeAs(examples());
    examples()
        .forEach(
            (name, manifest) -> {
              assertThat(manifest.encode().toHex())
                  .as(name)
                  .isEqualTo(VECTORS.getOrDefault(name, Bytes.EMPTY).toHex());
              assertThat(BrickManifest.decode(VECTORS.get(name))).isEqualTo(manifest);
            });
  }

  @Test
  void anyManifestComesBackAndTheOrderOfItsBricksDoesNotMatter() {
    Random random = new Random(3);
    for (int i = 0; i < 50; i++) {
      List<Brick> bricks = new ArrayList<>();
      for (int b = random.nextInt(60); b > 0; b--) {
        bricks.add(new Brick(FrustumTest.box(random, 1L << random.nextInt(48)), key("brick " + b)));
      }
      BrickManifest manifest = BrickManifest.of(bricks);
      Collections.shuffle(bricks, random);
      assertThat(BrickManifest.of(bricks).encode()).isEqualTo(manifest.encode());
      assertThat(BrickManifest.decode(manifest.encode())).isEqualTo(manifest);
    }
  }

  @Test
  void noOtherBytesAreAManifest() {
    Bytes good = examples().get("two").encode();
    for (int cut = 0; cut < good.length(); cut++) {
      int end = cut;
      assertThatThrownBy(() -> BrickManifest.decode(good.slice(0, end)))
          .isInstanceOf(MalformedException.class);
    }
    assertThatThrownBy(() -> BrickManifest.decode(good.plus(Bytes.utf8("x"))))
        .isInstanceOf(MalformedException.class);
    int refused = 0;
    for (int bit = 0; bit < 8 * good.length(); bit++) {
      byte[] flipped = good.toArray();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      try {
        BrickManifest other = BrickManifest.decode(Bytes.wrap(flipped));
        assertThat(other.encode()).isEqualTo(Bytes.wrap(flipped));
      } catch (CairnException e) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(50);
    assertThatThrownBy(
            () -> BrickManifest.decode(new CborWriter().array(2).uint(2).array(0).toBytes()))
        .isInstanceOf(UnsupportedVersionException.class);
    assertThatThrownBy(
            () ->
                BrickManifest.decode(
                    new CborWriter().array(2).uint(1).raw(Bytes.fromHex("9a7fffffff")).toBytes()))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void bricksOutOfOrderOrTwiceAreRefused() {
    List<Brick> bricks = new ArrayList<>(examples().get("two").bricks());
    Collections.reverse(bricks);
    assertThatThrownBy(() -> new BrickManifest(bricks)).isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> new BrickManifest(List.of(bricks.get(0), bricks.get(0))))
        .isInstanceOf(MalformedException.class);
  }
}
