package dev.cairn.asl.engine.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.AppendRequest;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.error.DataLossException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A mark that is gone or damaged is told, and is not taken for one that promised nothing. */
@Timeout(120)
class LostMarkTest {
  private static final Set<Table> TABLES = Set.of();
  private static final int LOGS = 40;

  @TempDir private Path folder;
  private Path mark;

  @BeforeEach
  void write() {
    mark = folder.resolve(AcknowledgedMark.NAME);
    try (RocksEngine engine = RocksEngine.open(folder, TABLES, RocksOptions.DEFAULT)) {
      for (int log = 0; log < LOGS; log++) {
        append(engine, log, 0);
      }
    }
  }

  private static void append(StorageEngine engine, int log, long index) {
    engine.append(
        new AppendRequest(
            Bytes.u64(log),
            1,
            index,
            List.of(Bytes.utf8("record " + index)),
            List.of(),
            Durability.SYNCED));
  }

  private void expectTold(String what) {
    for (Runnable opening :
        List.<Runnable>of(
            () -> RocksEngine.open(folder, TABLES, RocksOptions.DEFAULT).close(),
            () -> RocksEngine.openReadOnly(folder, TABLES, RocksOptions.DEFAULT).close(),
            () -> RocksEngine.openAtRest(folder, TABLES, RocksOptions.DEFAULT),
            () -> RocksEngine.check(folder))) {
      assertThatThrownBy(opening::run)
          .as(what)
          .isInstanceOf(DataLossException.class)
          .hasMessageContaining(AcknowledgedMark.NAME);
    }
  }

  private void expectAccepted(String what) {
    for (int i = 0; i < 2; i++) {
      try (RocksEngine engine = RocksEngine.openAfterLoss(folder, TABLES, RocksOptions.DEFAULT)) {
        assertThat(engine.losses()).as(what).containsExactly(LostTail.unknown(last(engine)));
        append(engine, 0, engine.head(Bytes.u64(0)));
      }
      expectTold(what + ", until somebody accepts it");
    }
    try (RocksEngine engine = RocksEngine.openAfterLoss(folder, TABLES, RocksOptions.DEFAULT)) {
      engine.acceptLosses();
      append(engine, 0, engine.head(Bytes.u64(0)));
    }
    try (RocksEngine engine = RocksEngine.open(folder, TABLES, RocksOptions.DEFAULT)) {
      assertThat(engine.losses()).isEmpty();
      assertThat(engine.head(Bytes.u64(LOGS - 1))).isEqualTo(1);
    }
    assertThat(AcknowledgedMark.read(folder).covers(Bytes.u64(0), 2)).as(what).isTrue();
  }

  private static long last(RocksEngine engine) {
    return engine.losses().get(0).held();
  }

  @Test
  void oneThatIsDeleted() throws IOException {
    Files.delete(mark);
    expectTold("deleted");
    expectAccepted("deleted");
  }

  @Test
  void oneThatIsEmptiedOrCut() throws IOException {
    byte[] whole = Files.readAllBytes(mark);
    assertThat(whole.length).isGreaterThan(4 * AcknowledgedMark.PAGE_BYTES);
    for (int length : new int[] {0, 10, 21, 22, 4096, 4200, 8192, 3 * 4096, 3 * 4096 + 129}) {
      Files.write(mark, Arrays.copyOf(whole, length));
      expectTold("cut to " + length);
    }
    expectAccepted("cut");
  }

  @Test
  void oneThatIsZeroedOrBeginsOtherwise() throws IOException {
    byte[] whole = Files.readAllBytes(mark);
    byte[] zeroed = whole.clone();
    Arrays.fill(zeroed, AcknowledgedMark.PAGE_BYTES, zeroed.length, (byte) 0);
    Files.write(mark, zeroed);
    expectTold("zeroed");
    byte[] other = whole.clone();
    other[3] ^= 1;
    Files.write(mark, other);
    expectTold("another beginning");
    expectAccepted("another beginning");
  }

  @Test
  void aDatabaseThatNeverHadOneGetsOne(@TempDir Path old) {
    try (RocksDatabase database =
        RocksDatabase.open(
            old,
            Map.of("_log", Table.Access.IN_ORDER, "_head", Table.Access.LOOKED_UP),
            RocksOptions.DEFAULT)) {
      assertThat(database.family("_log")).isNotNull();
    }
    RocksEngine.open(old, TABLES, RocksOptions.DEFAULT).close();
    assertThat(old.resolve(AcknowledgedMark.NAME)).exists();
    RocksEngine.open(old, TABLES, RocksOptions.DEFAULT).close();
  }
}
