package dev.cairn.testkit.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.AppendRequest;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.rocksdb.RocksEngine;
import dev.cairn.asl.engine.rocksdb.RocksOptions;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.DataLossException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every bit of a real write-ahead log, MANIFEST and CURRENT flipped, and each of them cut at every
 * length: all are noticed by looking, and what is refused is left as it was.
 *
 * <p>{@code -Dcairn.crash.bits=N} sets how many changes are also tried on a store that is really
 * opened, {@code -Dcairn.crash.seed=S} which.
 */
@Timeout(value = 1, unit = TimeUnit.HOURS)
class FlippedBitsTest {
  private static final int OPENED = Campaign.cases("bits", 60);
  private static final Table TABLE = new Table("test.rows", Table.Scope.DERIVED);
  private static final Bytes LOG = Bytes.utf8("log");

  private Path folder;
  private Path store;
  private Map<String, byte[]> whole;

  @BeforeEach
  void makeAStore() {
    folder = Campaign.folder();
    store = folder.resolve("store");
    for (int life = 0; life < 2; life++) {
      try (RocksEngine engine = open(store)) {
        for (int i = 0; i < 9; i++) {
          append(engine, i % 3 == 0 ? 400 : 30);
        }
      }
    }
    whole = Campaign.contents(store);
    assertThat(RocksEngine.check(store)).isEmpty();
  }

  @AfterEach
  void clean() {
    Campaign.delete(folder);
  }

  @ParameterizedTest
  @ValueSource(strings = {".log", "MANIFEST-", "CURRENT"})
  void everyFlippedBitIsNoticed(String kind) throws IOException {
    Path file = file(kind);
    byte[] bytes = bytes(file);
    assertThat(bytes.length).isGreaterThan(10);
    for (int bit = 0; bit < bytes.length * Byte.SIZE; bit++) {
      bytes[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
      write(file, bytes);
      expectNoticed("bit " + bit + " of " + file);
      bytes[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
    }
    write(file, bytes);
    assertThat(RocksEngine.check(store)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {".log", "MANIFEST-", "CURRENT"})
  void everyCutIsNoticed(String kind) throws IOException {
    Path file = file(kind);
    byte[] bytes = bytes(file);
    for (int length = 0; length < bytes.length; length++) {
      write(file, Arrays.copyOf(bytes, length));
      expectNoticed(file + " cut to " + length);
    }
    Files.delete(file);
    expectNoticed(file + " deleted");
  }

  @Test
  void aFlippedBitOfTheMarkNeverHidesTheStoreNorMakesItLie() throws IOException {
    Path mark = store.resolve("cairn.acknowledged");
    byte[] bytes = bytes(mark);
    int refused = 0;
    for (int bit = 0; bit < bytes.length * Byte.SIZE; bit += 7) {
      bytes[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
      write(mark, bytes);
      try {
        assertThat(RocksEngine.check(store)).isEmpty();
      } catch (DataLossException e) {
        assertThat(e).hasMessageContaining("cairn.acknowledged");
        refused++;
      }
      bytes[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
    }
    assertThat(refused).as("only its first line is there once").isBetween(1, 30);
  }

  @Test
  void whatIsRefusedWhenReallyOpenedIsLeftAsItWas() throws IOException {
    Random random = new Random(Campaign.SEED);
    List<String> names = new ArrayList<>();
    for (String kind : List.of(".log", "MANIFEST-", "CURRENT", ".sst")) {
      names.add(file(kind).getFileName().toString());
    }
    for (int i = 0; i < OPENED; i++) {
      String name = names.get(random.nextInt(names.size()));
      byte[] bytes = whole.getOrDefault(name, new byte[0]).clone();
      boolean cut = random.nextInt(3) == 0 || name.endsWith(".sst");
      int at = random.nextInt(bytes.length);
      String what = Campaign.repeat(name + (cut ? " cut to " : " changed in byte ") + at);
      if (cut) {
        bytes = Arrays.copyOf(bytes, at);
      } else {
        bytes[at] ^= (byte) (1 << random.nextInt(Byte.SIZE));
      }
      Path copy = folder.resolve("copy" + i);
      write(whole, copy);
      write(copy.resolve(name), bytes);
      Map<String, byte[]> before = Campaign.contents(copy);
      expectRefused(copy, what);
      assertUnchanged(before, Campaign.contents(copy), what);
      Campaign.delete(copy);
    }
  }

  private static void assertUnchanged(
      Map<String, byte[]> before, Map<String, byte[]> after, String what) {
    assertThat(after.keySet()).as(what).isEqualTo(before.keySet());
    for (Map.Entry<String, byte[]> file : after.entrySet()) {
      assertThat(file.getValue())
          .as(what + ": " + file.getKey())
          .isEqualTo(before.get(file.getKey()));
    }
  }

  private static void expectRefused(Path copy, String what) {
    try (RocksEngine engine = open(copy)) {
      throw new AssertionError(what + " was opened, head " + engine.head(LOG));
    } catch (DamagedException | DataLossException e) {
      assertThat(e).as(what).hasMessageContaining(copy.toString());
    }
  }

  private void expectNoticed(String what) {
    List<String> torn;
    try {
      torn = RocksEngine.check(store);
    } catch (DamagedException | DataLossException e) {
      return;
    } catch (CairnException e) {
      throw new AssertionError(what, e);
    }
    throw new AssertionError(what + " was not noticed: " + torn);
  }

  private static RocksEngine open(Path directory) {
    return RocksEngine.open(directory, Set.of(TABLE), RocksOptions.DEFAULT);
  }

  private static void append(RocksEngine engine, int bytes) {
    byte[] row = new byte[bytes];
    long head = engine.head(LOG);
    new Random(head).nextBytes(row);
    engine.append(
        new AppendRequest(
            LOG,
            0,
            head,
            List.of(Bytes.utf8("record " + head)),
            List.of(RowChange.put(TABLE, Bytes.u64(head), Bytes.wrap(row))),
            Durability.SYNCED));
  }

  private Path file(String kind) {
    return store.resolve(
        whole.keySet().stream()
            .filter(name -> name.endsWith(kind) || name.startsWith(kind))
            .reduce((first, last) -> last)
            .orElseThrow());
  }

  private static void write(Map<String, byte[]> files, Path directory) {
    try {
      Files.createDirectories(directory);
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        write(directory.resolve(file.getKey()), file.getValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] bytes(Path file) throws IOException {
    return Files.readAllBytes(file);
  }

  private static void write(Path file, byte[] bytes) throws IOException {
    Files.write(
        file,
        bytes,
        StandardOpenOption.CREATE,
        StandardOpenOption.TRUNCATE_EXISTING,
        StandardOpenOption.WRITE);
  }
}
