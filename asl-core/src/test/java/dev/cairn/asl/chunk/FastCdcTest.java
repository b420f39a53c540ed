package dev.cairn.asl.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.GoldenVectors;
import dev.cairn.asl.Vectors;
import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Cuts fall where the published algorithm puts them, and a small change moves few. */
final class FastCdcTest {
  private static final FastCdc STORE = new FastCdc(64 << 10, 256 << 10, 1 << 20, 0);

  @Test
  void cutsAreThoseOfTheDocument() {
    GoldenVectors golden = GoldenVectors.of("chunking.md");
    byte[] payload = counted(2 << 20);
    byte[] small = java.util.Arrays.copyOf(payload, 1 << 16);
    assertThat(encoded(new FastCdc(1024, 4096, 16_384, 0), small))
        .isEqualTo(golden.get("small.cuts"));
    assertThat(encoded(new FastCdc(1024, 4096, 16_384, 666), small))
        .isEqualTo(golden.get("seeded.cuts"));
    assertThat(encoded(STORE, payload)).isEqualTo(golden.get("store.cuts"));
  }

  @Test
  void cutsAreThoseThatTheRemoteExecutionApiPublishes() throws IOException {
    Optional<Path> cuts = Vectors.find("remote-apis/fastcdc2020_test_vectors.txt");
    Optional<Path> image = Vectors.find("fastcdc/test/fixtures/SekienAkashita.jpg");
    long seed = 0;
    int checked = 0;
    int at = 0;
    if (cuts.isPresent() && image.isPresent()) {
      byte[] bytes = Files.readAllBytes(image.get());
      for (String line : Files.readAllLines(cuts.get())) {
        if (line.startsWith("# Seed: ")) {
          seed = Long.parseLong(line.substring(8).strip());
          at = 0;
        } else if (!line.startsWith("#") && !line.isBlank()) {
          String[] fields = line.split("\t", -1);
          assertThat(at).isEqualTo(Integer.parseInt(fields[0]));
          int length = new FastCdc(4096, 16_384, 65_535, seed).cut(bytes, at, bytes.length);
          assertThat(length).isEqualTo(Integer.parseInt(fields[1]));
          assertThat(HashAlgorithm.SHA_256.hash(Bytes.copyOf(bytes, at, at + length)).toHex())
              .isEqualTo(fields[2]);
          at += length;
          checked++;
        }
      }
      assertThat(checked).isEqualTo(12);
    }
    byte[] none = new byte[0];
    assertThat(STORE.cut(none, 0, 0)).isZero();
  }

  @Test
  void chunksKeepTheirBoundsWhateverTheBytes() {
    Random random = new Random(3);
    byte[] noise = new byte[8 << 20];
    random.nextBytes(noise);
    for (byte[] payload : List.of(noise, new byte[5 << 20], new byte[1], counted(65_537))) {
      List<Integer> lengths = lengths(STORE, payload);
      int total = 0;
      for (int i = 0; i < lengths.size(); i++) {
        assertThat(lengths.get(i)).isBetween(i == lengths.size() - 1 ? 1 : 64 << 10, 1 << 20);
        total += lengths.get(i);
      }
      assertThat(total).isEqualTo(payload.length);
    }
    assertThat(lengths(STORE, noise).size()).isBetween(16, 64);
  }

  @Test
  void anInsertionChangesTheChunksAroundItAlone() {
    Random random = new Random(4);
    byte[] before = new byte[16 << 20];
    random.nextBytes(before);
    byte[] inserted = new byte[1024];
    random.nextBytes(inserted);
    ByteArrayOutputStream after = new ByteArrayOutputStream();
    after.write(before, 0, before.length / 2);
    after.write(inserted, 0, inserted.length);
    after.write(before, before.length / 2, before.length / 2);
    Set<Bytes> kept = digests(before);
    long fresh = digests(after.toByteArray()).stream().filter(d -> !kept.contains(d)).count();
    assertThat(fresh).isBetween(1L, 4L);
  }

  @Test
  void whereTheBytesLieInTheirArrayDoesNotMatter() {
    byte[] payload = counted(3 << 20);
    byte[] shifted = new byte[payload.length + 77];
    System.arraycopy(payload, 0, shifted, 70, payload.length);
    assertThat(STORE.cut(shifted, 70, 70 + payload.length))
        .isEqualTo(STORE.cut(payload, 0, payload.length));
  }

  @Test
  void sizesThatMakeNoSenseAreRefused() {
    assertThatThrownBy(() -> new FastCdc(64, 1000, 4096, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new FastCdc(8192, 4096, 16_384, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new FastCdc(1024, 4096, 4095, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> STORE.cut(new byte[4], 3, 5))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  private static byte[] counted(int length) {
    ByteBuffer out = ByteBuffer.allocate(length + 32);
    for (int i = 0; out.position() < length; i++) {
      out.put(
          HashAlgorithm.SHA_256
              .hash(Bytes.wrap(ByteBuffer.allocate(4).putInt(i).array()))
              .toByteBuffer());
    }
    return java.util.Arrays.copyOf(out.array(), length);
  }

  private static List<Integer> lengths(FastCdc chunker, byte[] payload) {
    List<Integer> lengths = new ArrayList<>();
    int at = 0;
    while (at < payload.length) {
      int length = chunker.cut(payload, at, payload.length);
      lengths.add(length);
      at += length;
    }
    return lengths;
  }

  private static Bytes encoded(FastCdc chunker, byte[] payload) {
    List<Integer> lengths = lengths(chunker, payload);
    ByteBuffer out = ByteBuffer.allocate(4 * lengths.size());
    lengths.forEach(out::putInt);
    return Bytes.wrap(out.array());
  }

  private static Set<Bytes> digests(byte[] payload) {
    Set<Bytes> digests = new HashSet<>();
    int at = 0;
    for (int length : lengths(STORE, payload)) {
      digests.add(HashAlgorithm.SHA_256.hash(Bytes.copyOf(payload, at, at + length)));
      at += length;
    }
    return digests;
  }
}
