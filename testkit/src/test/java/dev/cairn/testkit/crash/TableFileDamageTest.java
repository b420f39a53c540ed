package dev.cairn.testkit.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.rocksdb.RocksEngine;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.store.Store;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A bit flipped in a table or blob file, or the file cut, before a store is opened or under an open
 * one: the damage is told, or does no harm; no row is ever another than it was, and none is
 * silently gone.
 *
 * <p>{@code -Dcairn.crash.tables=N} sets how many, {@code -Dcairn.crash.seed=S} which.
 */
@Timeout(value = 3, unit = TimeUnit.HOURS)
class TableFileDamageTest {
  private static final int CASES = Campaign.cases("tables", 160);
  private static final int COMMITS = 24;

  private Path folder;
  private Path pristine;
  private Map<String, Map<Bytes, Bytes>> rows;

  @BeforeEach
  void makeAStoreOfFiles() throws IOException {
    folder = Campaign.folder();
    pristine = folder.resolve("pristine");
    for (int life = 0; life < 2; life++) {
      try (Store store = Work.open(pristine)) {
        for (int i = 0; i < COMMITS; i++) {
          Work.commit(store, life, i);
        }
        store.stateRoot();
      }
    }
    // Opening flushes what the last life left in its log.
    RocksEngine.open(pristine, Work.TABLES, Work.OPTIONS).close();
    try (RocksEngine engine = RocksEngine.openReadOnly(pristine, Work.TABLES, Work.OPTIONS)) {
      rows = read(engine);
    }
    assertThat(files()).anyMatch(name -> name.endsWith(".blob"));
    assertThat(files()).anyMatch(name -> name.endsWith(".sst"));
  }

  @AfterEach
  void clean() {
    Campaign.delete(folder);
  }

  @Test
  void damageIsToldOrHarmlessAndNoAnswerIsWrong() throws Exception {
    List<String> names = files();
    AtomicInteger told = new AtomicInteger();
    Campaign.run(
        CASES,
        number -> {
          Random random = new Random(new SplittableRandom(Campaign.SEED + number).nextLong());
          String name = names.get(random.nextInt(names.size()));
          boolean live = random.nextBoolean();
          boolean cut = random.nextInt(4) == 0;
          Path copy = folder.resolve("copy" + number);
          Campaign.copy(pristine, copy);
          long at = (long) (random.nextDouble() * Files.size(copy.resolve(name)));
          int bit = random.nextInt(Byte.SIZE);
          Damage damage = () -> harm(copy.resolve(name), cut, at, bit);
          if (isTold(copy, live, damage)) {
            told.incrementAndGet();
          } else if (cut) {
            assertThat(live).as("a cut file was opened: " + name + " at " + at).isTrue();
          }
          Campaign.delete(copy);
        });
    assertThat(told.get()).as("cases told").isGreaterThan(CASES / 3);
  }

  private interface Damage {
    void happen() throws IOException;
  }

  /** True if opening or reading says so; checks every row that is given nevertheless. */
  private boolean isTold(Path copy, boolean live, Damage damage) throws IOException {
    if (!live) {
      damage.happen();
    }
    try (RocksEngine engine = RocksEngine.open(copy, Work.TABLES, Work.OPTIONS)) {
      if (live) {
        damage.happen();
      }
      boolean told = false;
      for (Table table : Work.TABLES) {
        Map<Bytes, Bytes> expected = rows.getOrDefault(table.name(), new TreeMap<>());
        told |= scanIsTold(engine, table, expected);
        for (Map.Entry<Bytes, Bytes> row : expected.entrySet()) {
          try {
            assertThat(engine.get(table, row.getKey())).isEqualTo(row.getValue());
          } catch (DamagedException | UnavailableException e) {
            told = true;
          }
        }
      }
      return told;
    } catch (CairnException e) {
      return true;
    }
  }

  private static boolean scanIsTold(RocksEngine engine, Table table, Map<Bytes, Bytes> expected) {
    var next = expected.entrySet().iterator();
    try (RowCursor cursor = engine.scan(table, Bytes.EMPTY, Bytes.EMPTY)) {
      while (cursor.next()) {
        Map.Entry<Bytes, Bytes> row = next.next();
        assertThat(cursor.key()).isEqualTo(row.getKey());
        assertThat(cursor.value()).isEqualTo(row.getValue());
      }
    } catch (DamagedException | UnavailableException e) {
      return true;
    }
    assertThat(next.hasNext()).as("a scan that ends too early in " + table.name()).isFalse();
    return false;
  }

  private static void harm(Path file, boolean cut, long at, int bit) throws IOException {
    try (RandomAccessFile target = new RandomAccessFile(file.toFile(), "rw")) {
      if (cut) {
        target.setLength(at);
      } else {
        target.seek(at);
        int old = target.read();
        target.seek(at);
        target.write(old ^ 1 << bit);
      }
    }
  }

  private static Map<String, Map<Bytes, Bytes>> read(RocksEngine engine) {
    Map<String, Map<Bytes, Bytes>> all = new TreeMap<>();
    for (Table table : Work.TABLES) {
      TreeMap<Bytes, Bytes> rows = new TreeMap<>();
      try (RowCursor cursor = engine.scan(table, Bytes.EMPTY, Bytes.EMPTY)) {
        while (cursor.next()) {
          rows.put(cursor.key(), cursor.value());
        }
      }
      all.put(table.name(), rows);
    }
    return all;
  }

  private List<String> files() {
    return Campaign.contents(pristine).keySet().stream()
        .filter(name -> name.endsWith(".sst") || name.endsWith(".blob"))
        .toList();
  }
}
