package dev.cairn.pel.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.pel.model.Refusal;
import dev.cairn.pel.operator.archive.ArchiveEntry;
import dev.cairn.pel.operator.archive.ArchiveReader;
import dev.cairn.pel.operator.archive.ArchiveSource;
import dev.cairn.pel.operator.archive.TarReader;
import dev.cairn.pel.operator.archive.ZipReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;

/** Archives that others wrote are read whole, and damaged ones never as something else. */
class ArchiveTest {
  private record InMemory(Bytes bytes) implements ArchiveSource {
    @Override
    public long length() {
      return bytes.length();
    }

    @Override
    public InputStream open(long from, long to) {
      return new ByteArrayInputStream(bytes.slice((int) from, (int) to).toArray());
    }
  }

  private static Map<String, Bytes> read(ArchiveReader reader) throws IOException {
    Map<String, Bytes> found = new TreeMap<>();
    try (reader) {
      for (ArchiveEntry entry = reader.next(); entry != null; entry = reader.next()) {
        try (InputStream content = reader.content()) {
          Bytes bytes = Bytes.wrap(content.readAllBytes());
          assertThat(entry.size()).isEqualTo(bytes.length());
          found.put(entry.path(), bytes);
        }
      }
    }
    return found;
  }

  private static Map<String, Bytes> zip(byte[] archive) throws IOException {
    return read(new ZipReader(new InMemory(Bytes.copyOf(archive)), 1 << 24));
  }

  private static Map<String, Bytes> tar(byte[] archive) throws IOException {
    return read(new TarReader(new ByteArrayInputStream(archive)));
  }

  private static Map<String, Bytes> contents() {
    Random random = new Random(7);
    Map<String, Bytes> contents = new TreeMap<>();
    for (int i = 0; i < 20; i++) {
      byte[] bytes = new byte[random.nextInt(3000)];
      random.nextBytes(bytes);
      Arrays.fill(bytes, 0, bytes.length / 2, (byte) 'x');
      contents.put("dir" + (i % 3) + "/fäle " + i, Bytes.wrap(bytes));
    }
    return contents;
  }

  private static byte[] written(Map<String, Bytes> contents) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream out = new ZipOutputStream(bytes, StandardCharsets.UTF_8)) {
      out.setComment("a comment");
      for (Map.Entry<String, Bytes> member : contents.entrySet()) {
        out.putNextEntry(new ZipEntry(member.getKey()));
        member.getValue().writeTo(out);
        out.closeEntry();
      }
    }
    return bytes.toByteArray();
  }

  /** One ustar header with its content, in as few words as the format allows. */
  private static byte[] tarOf(Map<String, Bytes> contents) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (Map.Entry<String, Bytes> member : contents.entrySet()) {
      byte[] header = new byte[512];
      put(header, 0, member.getKey());
      put(header, 100, "0000644\0");
      put(header, 124, String.format(java.util.Locale.ROOT, "%011o ", member.getValue().length()));
      put(header, 148, "        ");
      put(header, 156, "0");
      put(header, 257, "ustar\00000");
      int sum = 0;
      for (byte b : header) {
        sum += b & 0xff;
      }
      put(header, 148, String.format(java.util.Locale.ROOT, "%06o\0 ", sum));
      out.write(header);
      member.getValue().writeTo(out);
      out.write(new byte[(512 - member.getValue().length() % 512) % 512]);
    }
    out.write(new byte[1024]);
    return out.toByteArray();
  }

  private static void put(byte[] header, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }

  @Test
  void whatTheJdkZipsIsReadWhole() throws IOException {
    assertThat(zip(written(contents()))).isEqualTo(contents());
  }

  @Test
  void aTarIsReadWhole() throws IOException {
    assertThat(tar(tarOf(contents()))).isEqualTo(contents());
  }

  @Test
  void aFlippedBitOrACutInAZipIsRefusedOrChangesNoContent() throws IOException {
    Map<String, Bytes> contents = new TreeMap<>(contents());
    contents.keySet().removeIf(path -> !path.endsWith("1"));
    byte[] whole = written(contents);
    int refused = 0;
    for (int bit = 0; bit < whole.length * 8; bit++) {
      byte[] damaged = whole.clone();
      damaged[bit / 8] ^= (byte) (1 << (bit % 8));
      refused += refusedOrSame(() -> zip(damaged), contents, "bit " + bit);
    }
    // Times, versions, comments and attributes say nothing that is read.
    assertThat(refused).isGreaterThan(whole.length * 8 * 3 / 4);
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThat(refusedOrSame(() -> zip(cut), Map.of(), "cut " + length)).isEqualTo(1);
    }
  }

  @Test
  void aFlippedBitInATarHeaderOrACutIsRefused() throws IOException {
    Map<String, Bytes> contents = Map.of("a", Bytes.utf8("content"), "b", Bytes.utf8("more"));
    byte[] whole = tarOf(contents);
    int refused = 0;
    for (int bit = 0; bit < 512 * 8; bit++) {
      byte[] damaged = whole.clone();
      damaged[bit / 8] ^= (byte) (1 << (bit % 8));
      refused += refusedOrSame(() -> tar(damaged), contents, "bit " + bit);
    }
    // A space may stand for a leading zero, and the other way round.
    assertThat(refused).isGreaterThan(512 * 8 - 16);
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThat(refusedOrSame(() -> tar(cut), Map.of(), "cut " + length)).isEqualTo(1);
    }
  }

  private interface Reading {
    Map<String, Bytes> read() throws IOException;
  }

  /** 1 if it was refused; anything but a refusal must be the same contents under whatever names. */
  private static int refusedOrSame(Reading reading, Map<String, Bytes> same, String what) {
    try {
      assertThat(reading.read().values())
          .as(what)
          .containsExactlyInAnyOrderElementsOf(same.values());
      return 0;
    } catch (Refusal e) {
      return 1;
    } catch (IOException e) {
      return fail(what, e);
    }
  }
}
