package dev.cairn.asl.engine.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.AppendOutcome;
import dev.cairn.asl.engine.AppendRequest;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.error.DataLossException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Copies of an open database. */
@Timeout(120)
final class RocksCopyTest {
  private static final Table ROWS = new Table("test.rows", Table.Scope.DERIVED);
  private static final Bytes LOG = Bytes.utf8("log");

  @TempDir private Path folder;

  private RocksEngine open(Path place) {
    return RocksEngine.open(place, Set.of(ROWS), RocksOptions.DEFAULT);
  }

  private static void append(StorageEngine engine, long index, Durability durability) {
    Bytes record = Bytes.utf8("record " + index);
    AppendOutcome outcome =
        engine.append(
            new AppendRequest(
                LOG,
                1,
                index,
                List.of(record),
                List.of(RowChange.put(ROWS, Bytes.u64(index), record)),
                durability));
    assertThat(outcome).isInstanceOf(AppendOutcome.Committed.class);
  }

  /** Every record has its row, and there are no other rows. */
  private static long checkWhole(StorageEngine engine) {
    long head = engine.head(LOG);
    long rows = 0;
    try (RowCursor cursor = engine.scan(ROWS, Bytes.EMPTY, Bytes.EMPTY)) {
      while (cursor.next()) {
        assertThat(cursor.key()).isEqualTo(Bytes.u64(rows));
        assertThat(cursor.value()).isEqualTo(Bytes.utf8("record " + rows));
        rows++;
      }
    }
    assertThat(rows).isEqualTo(head);
    return head;
  }

  @Test
  void aCopyHoldsAllThatWasAcknowledgedAndGoesItsOwnWay() {
    Path copy = folder.resolve("copy");
    try (RocksEngine engine = open(folder.resolve("db"))) {
      for (int i = 0; i < 20; i++) {
        append(engine, i, i % 3 == 0 ? Durability.SYNCED : Durability.RELAXED);
      }
      engine.copyTo(copy);
      append(engine, 20, Durability.SYNCED);
      assertThat(RocksEngine.check(copy)).isEmpty();
      try (RocksEngine copied = open(copy)) {
        assertThat(checkWhole(copied)).isEqualTo(20);
        append(copied, 20, Durability.SYNCED);
        append(copied, 21, Durability.SYNCED);
      }
      append(engine, 21, Durability.SYNCED);
      assertThat(checkWhole(engine)).isEqualTo(22);
    }
  }

  @Test
  void aCopyMadeBesideWritersIsAPrefixThatHoldsAllAcknowledgedBeforeItBegan() throws Exception {
    try (RocksEngine engine = open(folder.resolve("db"))) {
      AtomicLong acknowledged = new AtomicLong();
      AtomicBoolean stop = new AtomicBoolean();
      Thread writer =
          new Thread(
              () -> {
                for (long i = 0; !stop.get(); i++) {
                  append(engine, i, i % 5 == 0 ? Durability.SYNCED : Durability.RELAXED);
                  acknowledged.set(i + 1);
                }
              });
      writer.start();
      long last = 0;
      try {
        for (int i = 0; i < 10; i++) {
          while (acknowledged.get() < last + 50) {
            Thread.onSpinWait();
          }
          Path copy = folder.resolve("copy-" + i);
          long before = acknowledged.get();
          engine.copyTo(copy);
          long after = acknowledged.get();
          try (RocksEngine copied = open(copy)) {
            last = checkWhole(copied);
          }
          assertThat(last).isBetween(before, after + 1);
        }
      } finally {
        stop.set(true);
        writer.join();
      }
      assertThat(checkWhole(engine)).isEqualTo(acknowledged.get());
    }
  }

  @Test
  void aCopyThatLosesItsTailIsNoticedAsTheOriginalWouldBe() throws IOException {
    Path copy = folder.resolve("copy");
    try (RocksEngine engine = open(folder.resolve("db"))) {
      append(engine, 0, Durability.SYNCED);
      engine.copyTo(copy);
      append(engine, 1, Durability.SYNCED);
      Path later = folder.resolve("later");
      engine.copyTo(later);
      Files.copy(
          later.resolve(AcknowledgedMark.NAME),
          copy.resolve(AcknowledgedMark.NAME),
          java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }
    assertThatThrownBy(() -> open(copy)).isInstanceOf(DataLossException.class);
  }

  @Test
  void tableFilesAreSharedAndNothingElse() throws IOException {
    Path copy = folder.resolve("copy");
    Path place = folder.resolve("db");
    try (RocksEngine engine = open(place)) {
      append(engine, 0, Durability.SYNCED);
      engine.copyTo(copy);
      int shared = 0;
      try (Stream<Path> files = Files.list(copy)) {
        for (Path file : files.toList()) {
          Path original = place.resolve(file.getFileName());
          boolean same = Files.exists(original) && Files.isSameFile(file, original);
          assertThat(same).as("%s", file).isEqualTo(isNeverChanged(file));
          shared += same ? 1 : 0;
        }
      }
      assertThat(shared).isPositive();
    }
  }

  private static boolean isNeverChanged(Path file) {
    String name = file.getFileName().toString();
    return name.endsWith(".sst") || name.endsWith(".blob") || name.startsWith("OPTIONS-");
  }

  @Test
  void whereSomethingIsNothingIsCopied() throws IOException {
    Path copy = Files.createDirectory(folder.resolve("copy"));
    Files.writeString(copy.resolve("mine"), "mine");
    try (RocksEngine engine = open(folder.resolve("db"))) {
      append(engine, 0, Durability.SYNCED);
      assertThatThrownBy(() -> engine.copyTo(copy)).isInstanceOf(UnavailableException.class);
      assertThat(copy.resolve("mine")).content().isEqualTo("mine");
      append(engine, 1, Durability.SYNCED);
    }
    try (MemoryEngine memory = new MemoryEngine(Set.of(ROWS))) {
      assertThatThrownBy(() -> memory.copyTo(copy)).isInstanceOf(RefusedException.class);
      append(memory, 0, Durability.SYNCED);
      try (MemoryEngine copied = memory.copy()) {
        append(memory, 1, Durability.SYNCED);
        assertThat(checkWhole(copied)).isEqualTo(1);
        append(copied, 1, Durability.SYNCED);
      }
      assertThat(checkWhole(memory)).isEqualTo(2);
    }
  }
}
